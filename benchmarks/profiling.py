"""Where one worker's time goes: cProfile around our service under load. Slower, so no measure."""

import io
import pstats

from benchmarks.measure import Bench
from benchmarks.report import line_of, say
from benchmarks.servers import INTERRUPT, Database, serving

_ROWS = 45


async def profile(bench: Bench, database: Database, connections: int, seconds: float) -> None:
    """Print the functions with most time of their own, and with most time in all."""
    found = bench.servers.folder / "service.profile"
    command = ("-m", "cProfile", "-o", str(found), "-m", "service", "serve")
    async with serving(
        bench.servers, "profiled", command, database, workers=1, end=INTERRUPT
    ) as server:
        for _ in range(2):
            sample = await bench.http(server, "settle", connections=connections, seconds=seconds)
            say(line_of(sample))
    for order in ("tottime", "cumulative"):
        text = io.StringIO()
        pstats.Stats(str(found), stream=text).strip_dirs().sort_stats(order).print_stats(_ROWS)
        say(text.getvalue())
