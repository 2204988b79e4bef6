"""Where one worker's CPU time goes: cProfile in our service under load. Slower, so no measure."""

import io
import os
import pstats
from signal import SIGINT, SIGUSR1

from benchmarks.measure import Bench
from benchmarks.report import line_of, say
from benchmarks.servers import Database, serving

_ROWS = 60


async def profile(bench: Bench, database: Database, connections: int, seconds: float) -> None:
    """Print the functions with most time of their own, and with most time in all."""
    found = bench.servers.folder / "service.profile"
    command = ("-m", "benchmarks.profiled", str(found))
    async with serving(
        bench.servers, "profiled", command, database, workers=1, end=SIGINT
    ) as server:
        warm = await bench.http(server, "settle", connections=connections, seconds=seconds)
        say(f"before     {line_of(warm)}")
        os.kill(server.pid, SIGUSR1)
        slow = await bench.http(server, "settle", connections=connections, seconds=seconds)
        say(f"profiled   {line_of(slow)}")
    for order in ("tottime", "cumulative"):
        text = io.StringIO()
        pstats.Stats(str(found), stream=text).sort_stats(order).print_stats(_ROWS)
        say(text.getvalue().replace(f"{os.getcwd()}/", ""))
