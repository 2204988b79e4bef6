"""`python -m benchmarks.profiled FILE`: our service in one process; profiled from SIGUSR1 on.

The profiler counts CPU time, so that neither waiting nor other processes show.
"""

import cProfile
import runpy
import signal
import sys
import time


def main() -> None:
    """Serve until SIGINT, then write the profile."""
    profiler = cProfile.Profile(time.process_time)
    signal.signal(signal.SIGUSR1, lambda *_: profiler.enable())
    file, sys.argv = sys.argv[1], ["service", "serve", "--in-process"]
    try:
        runpy.run_module("service", run_name="__main__")
    except SystemExit:
        pass
    finally:
        profiler.disable()
        profiler.dump_stats(file)


if __name__ == "__main__":
    main()
