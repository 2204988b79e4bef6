"""The measurements: which subjects take turns in which stage."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.anchor import CLIENTS
from benchmarks.measure import Bench, Run, Sample
from benchmarks.population import open_sessions
from benchmarks.premiums import Premiums
from benchmarks.report import TARGETS, Stages, line_of, say
from benchmarks.servers import OURS, PEER, Database, Server, serving
from service.world import open_world

_LATENCY_CONNECTIONS = 64
_LATENCY_CLIENTS = 16
_WARM_SECONDS = 2.0


class Options(Struct, frozen=True, kw_only=True):
    """What of it, how often, how long."""

    keys: Sequence[str]
    rounds: int
    seconds: float
    connections: int

    @property
    def warm(self) -> float:
        return min(_WARM_SECONDS, self.seconds)


class _Subjects:
    """Servers, started when a stage first needs them and kept until the end."""

    def __init__(self, bench: Bench, stack: AsyncExitStack) -> None:
        self._bench, self._stack = bench, stack
        self._running: dict[str, Server] = {}

    async def get(self, name: str, command: Sequence[str], database: Database) -> Server:
        if name not in self._running:
            self._running[name] = await self._stack.enter_async_context(
                serving(self._bench.servers, name, command, database)
            )
        return self._running[name]


async def run_stages(
    bench: Bench,
    stack: AsyncExitStack,
    options: Options,
    *,
    small: Database,
    large: Database | None,
    premiums: Premiums | None,
) -> Stages:
    """Everything that was asked for. The small books come first, the large ones last."""
    subjects = _Subjects(bench, stack)
    makers: dict[str, Callable[[], Awaitable[Mapping[str, Run]]]] = {
        "counter": partial(_counter, bench, subjects, options, small),
        "hot": partial(_hot, bench, subjects, options, small),
        "premium": partial(_premium, premiums),
        "status": partial(_status, bench, subjects, small),
        "latency": partial(_latency, bench, subjects, small),
        "growth": partial(_growth, bench, subjects, options, small, large),
    }
    wanted = {target.stage for target in TARGETS if target.key in options.keys}
    return {
        stage: await _rounds(stage, await make(), options)
        for stage, make in makers.items()
        if stage in wanted
    }


async def _rounds(stage: str, runs: Mapping[str, Run], options: Options) -> list[dict[str, Sample]]:
    """A warm-up of each subject that counts for nothing, then they take turns."""
    for run in runs.values():
        say(f"{stage} warm-up   {line_of(await run(options.warm))}")
    rounds = []
    for number in range(options.rounds):
        samples = {}
        for role, run in runs.items():
            samples[role] = await run(options.seconds)
            say(f"{stage} round {number + 1}   {line_of(samples[role])}")
        rounds.append(samples)
    return rounds


async def _counter(
    bench: Bench, subjects: _Subjects, options: Options, small: Database
) -> Mapping[str, Run]:
    ours = await subjects.get("ours", OURS, small)
    runs: dict[str, Run] = {"ours": _settling(bench, ours, options.connections)}
    if {"P1", "P9"} & set(options.keys):
        runs["limit"] = await _best(bench, small, options, hot=False)
    if "P2" in options.keys:
        peer = await subjects.get("fastapi", PEER, small)
        runs["peer"] = _settling(bench, peer, options.connections)
    return runs


async def _premium(premiums: Premiums | None) -> Mapping[str, Run]:
    assert premiums is not None
    return premiums.runs()


async def _hot(
    bench: Bench, subjects: _Subjects, options: Options, small: Database
) -> Mapping[str, Run]:
    ours = await subjects.get("ours", OURS, small)
    return {
        "ours": lambda seconds: bench.http(
            ours, "hot", connections=options.connections, seconds=seconds
        ),
        "limit": await _best(bench, small, options, hot=True),
    }


async def _status(bench: Bench, subjects: _Subjects, small: Database) -> Mapping[str, Run]:
    servers = bench.servers
    settings = replace(servers.settings, database_url=servers.url_of(small.name))
    async with open_world(settings) as world:
        tokens = await open_sessions(world)

    def asking(server: Server) -> Run:
        return lambda seconds: bench.http(
            server, "status", connections=_LATENCY_CONNECTIONS, seconds=seconds, tokens=tokens
        )

    return {
        "ours": asking(await subjects.get("ours", OURS, small)),
        "peer": asking(await subjects.get("fastapi", PEER, small)),
    }


async def _latency(bench: Bench, subjects: _Subjects, small: Database) -> Mapping[str, Run]:
    ours = await subjects.get("ours", OURS, small)
    return {
        "ours": _settling(bench, ours, _LATENCY_CONNECTIONS),
        "limit": lambda seconds: bench.limit(small, clients=_LATENCY_CLIENTS, seconds=seconds),
    }


async def _growth(
    bench: Bench,
    subjects: _Subjects,
    options: Options,
    small: Database,
    large: Database | None,
) -> Mapping[str, Run]:
    assert large is not None
    return {
        "ours": _settling(bench, await subjects.get("ours", OURS, small), options.connections),
        "ours large": _settling(
            bench, await subjects.get("ours large", OURS, large), options.connections
        ),
    }


def _settling(bench: Bench, server: Server, connections: int) -> Run:
    return lambda seconds: bench.http(server, "settle", connections=connections, seconds=seconds)


async def _best(bench: Bench, database: Database, options: Options, *, hot: bool) -> Run:
    """pgbench with as many clients as serve it best here and now."""
    found: dict[int, float] = {}
    for clients in CLIENTS:
        sample = await bench.limit(database, clients=clients, seconds=options.seconds, hot=hot)
        say(f"{'hot' if hot else 'counter'} anchor    {line_of(sample)}")
        found[clients] = sample.per_second
    best = max(found, key=found.__getitem__)
    return lambda seconds: bench.limit(database, clients=best, seconds=seconds, hot=hot)
