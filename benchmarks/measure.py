"""One run of one subject: load, answers, and the CPU time that its servers used meanwhile."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.anchor import pgbench
from benchmarks.cpu import cpu_ms, cpu_of
from benchmarks.load import Result
from benchmarks.rendering import Kind, Plan
from benchmarks.servers import Database, Server, Servers

_UNKNOWN_RATE = 4000.0
_REQUESTS_MAX = 400_000
_PATIENCE_SECONDS = 120


class Sample(Struct, frozen=True, kw_only=True):
    """What one run of a few seconds measured. `cpu_ms`: per answer, by process group; `foreign`:
    the share of all cores that processes outside this bench used."""

    subject: str
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: Mapping[str, float]
    foreign: float
    faults: Mapping[str, int]
    exhausted: bool = False

    @property
    def server_ms(self) -> float:
        """All server CPU for one answer; the load generator of HTTP is no part of it."""
        return sum(self.cpu_ms.values())


Run = Callable[[float], Awaitable[Sample]]
"""A run of so many seconds."""


class Bench:
    """Counts what was acknowledged in each database, for the check at the end."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.acknowledged: Counter[str] = Counter()
        self._rates: dict[tuple[str, Kind], float] = {}

    async def http(
        self,
        server: Server,
        kind: Kind,
        *,
        connections: int,
        seconds: float,
        tokens: Sequence[str] = (),
    ) -> Sample:
        """Our service or the peer under load."""
        rate = self._rates.get((server.name, kind), _UNKNOWN_RATE)
        plan = Plan(
            kind=kind,
            port=server.port,
            connections=connections,
            seconds=seconds,
            requests=min(_REQUESTS_MAX, int(rate * seconds * 2.5) + 4 * connections),
            redis_socket=self.servers.redis_socket,
            population=server.database.population,
            tokens=list(tokens),
        )
        parts = {
            "app": server.pid,
            "postgres": self.servers.postgres_pid,
            "redis": self.servers.valkey_pid,
        }
        result, used, foreign = await _driven(plan, parts)
        known = self._rates.get((server.name, kind), 0.0)
        self._rates[server.name, kind] = max(known, result.per_second)
        if kind != "status":
            self.acknowledged[server.database.name] += result.acknowledged
        return Sample(
            subject=server.name,
            per_second=result.per_second,
            p50_ms=result.p50_ms,
            p99_ms=result.p99_ms,
            cpu_ms={name: spent / max(1, result.answered) for name, spent in used.items()},
            foreign=foreign,
            faults=result.faults,
            exhausted=result.exhausted,
        )

    async def limit(
        self, database: Database, *, clients: int, seconds: float, hot: bool = False
    ) -> Sample:
        """pgbench on the same PostgreSQL."""
        pid = self.servers.postgres_pid
        before, machine = cpu_ms([pid]), Machine()
        result = await pgbench(self.servers, database, clients=clients, seconds=seconds, hot=hot)
        spent, foreign = cpu_ms([pid]) - before, machine.foreign()
        self.acknowledged[database.name] += result.acknowledged
        count = max(1, result.acknowledged)
        return Sample(
            subject=f"pgbench c={clients}",
            per_second=result.per_second,
            p50_ms=result.p50_ms,
            p99_ms=result.p99_ms,
            cpu_ms={"postgres": spent / count, "client": result.client_cpu_ms / count},
            foreign=foreign,
            faults={"failed": result.failed} if result.failed else {},
        )


async def _driven(plan: Plan, parts: Mapping[str, int]) -> tuple[Result, dict[str, float], float]:
    """The load generator's result, the CPU of the parts, and the foreign share."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.load",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(plan.seconds + _PATIENCE_SECONDS):
            process.stdin.write(msgspec.json.encode(plan) + b"\n")
            if await process.stdout.readline() != b"ready\n":
                raise RuntimeError("the load generator died while preparing")
            before, machine = cpu_of(parts), Machine()
            process.stdin.write(b"go\n")
            line = await process.stdout.readline()
            after, foreign = cpu_of(parts), machine.foreign()
        if not line:
            raise RuntimeError("the load generator died")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    used = {name: after[name] - before[name] for name in parts}
    return msgspec.json.decode(line, type=Result), used, foreign


class Machine:
    """All cores' time since it was made, and how much of it was not ours."""

    def __init__(self) -> None:
        self._busy, self._all = _jiffies()
        self._ours = cpu_ms([os.getpid()])

    def foreign(self) -> float:
        busy, everything = _jiffies()
        ours = (cpu_ms([os.getpid()]) - self._ours) * os.sysconf("SC_CLK_TCK") / 1000
        return max(0.0, busy - self._busy - ours) / max(1, everything - self._all)


def _jiffies() -> tuple[int, int]:
    """Busy and all, of all cores since the start of the machine."""
    times = [int(n) for n in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(times) - times[3] - times[4], sum(times)
