"""One run from an empty folder to the verdict."""

import asyncio
import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
from msgspec import Struct

from service.world import World, open_world
from tests.chaos.disturbances import Donors, Killer
from tests.chaos.judge import judge
from tests.chaos.population import Population, populate
from tests.chaos.premiums import Premiums, begun_premiums
from tests.chaos.record import Record
from tests.chaos.servers import Stack, running_stack
from tests.chaos.tills import Desk

WARM_SECONDS = 0.5
GIVE_UP_SECONDS = 60.0
"""After everything is up again: no request may stay without an answer for longer."""


class Plan(Struct, frozen=True, kw_only=True):
    """`kills` or `seconds`, whichever comes first, ends the killing. `reissue`: patients show fresh
    codes elsewhere while they are served, which voids the first; else more patients than tills.
    `pauses`: the least and the most seconds between kills. `premiums`: phones that pay premiums."""

    seed: int
    kills: int
    seconds: float = 3600.0
    tills: int = 24
    patients: int = 40
    reissue: bool = False
    pauses: tuple[float, float] = (0.2, 1.5)
    premiums: int = 0


class Outcome(Struct, frozen=True, kw_only=True):
    """`faults` is the judge's verdict: empty is good. Times in seconds."""

    faults: list[str]
    killed: Counter[str]
    counts: Counter[str]
    seconds: float
    worst_outage: float


def silent(_: str, __: float) -> None:
    """Shows no progress."""


async def play(plan: Plan, *, show: Callable[[str, float], None] = silent) -> Outcome:
    """Bring everything up, disturb it, let it come to rest, judge it."""
    with tempfile.TemporaryDirectory(prefix="gongji-chaos-") as folder:
        show("starting servers", 0)
        async with contextlib.AsyncExitStack() as opened:
            stack = await opened.enter_async_context(
                running_stack(Path(folder), premiums=plan.premiums > 0)
            )
            world = await opened.enter_async_context(open_world(stack.settings))
            people, record = await populate(world, seed=plan.seed, patients=plan.patients), Record()
            premiums = await _premiums(plan, stack, world, people, record, opened)
            begun = time.monotonic()
            killed = await _disturbed(plan, stack, world, people, record, premiums, show=show)
            seconds, worst = time.monotonic() - begun, record.gap()
            show("judging", 1)
            faults = await _judged(stack, people, record, premiums)
    return Outcome(
        faults=faults,
        killed=killed,
        counts=record.counts,
        seconds=seconds,
        worst_outage=worst,
    )


async def _premiums(
    plan: Plan,
    stack: Stack,
    world: World,
    people: Population,
    record: Record,
    opened: contextlib.AsyncExitStack,
) -> Premiums | None:
    if not plan.premiums:
        return None
    sandboxes = await opened.enter_async_context(
        httpx.AsyncClient(base_url=stack.sandboxes, trust_env=False, timeout=30)
    )
    begun = begun_premiums(
        world,
        sandboxes,
        record,
        donors=people.donors,
        phones=plan.premiums,
        seed=plan.seed,
    )
    return await opened.enter_async_context(begun)


async def _judged(
    stack: Stack, people: Population, record: Record, premiums: Premiums | None
) -> list[str]:
    """Once everything has come to rest."""
    if premiums is not None:
        await premiums.rest()
        people = people.joined(premiums.payers.bindings, premiums.payers.credits)
    connection = await asyncpg.connect(stack.settings.database_url)
    faults = await judge(connection, record, people)
    if premiums is not None:
        faults += await premiums.judge(connection)
    await connection.close()
    return faults + stack.own_deaths


async def _disturbed(
    plan: Plan,
    stack: Stack,
    world: World,
    people: Population,
    record: Record,
    premiums: Premiums | None,
    *,
    show: Callable[[str, float], None],
) -> Counter[str]:
    """The kills by kind. Afterwards all is up, and every till has its answers."""
    stop = asyncio.Event()
    async with _clients(stack) as apis:
        busy: set[UUID] | None = None if plan.reissue else set()
        desks = [
            Desk(number, world, apis, people, record, seed=plan.seed, at_counters=busy)
            for number in range(plan.tills)
        ]
        donors = Donors(world, people.bindings, record, seed=plan.seed)
        async with asyncio.TaskGroup() as work:
            for desk in desks:
                work.create_task(desk.work(stop))
            work.create_task(donors.change_their_minds(stop))
            for job in premiums.load(apis, stop) if premiums else ():
                work.create_task(job)
            await asyncio.sleep(WARM_SECONDS)
            killer = Killer(
                stack,
                seed=plan.seed,
                kills=plan.kills,
                seconds=plan.seconds,
                pauses=plan.pauses,
            )
            await killer.rage(
                lambda n: show(f"{_state(record)}, {n} kills", n / max(1, plan.kills))
            )
            await stack.all_up()
            show("coming to rest", 1)
            await asyncio.sleep(WARM_SECONDS)
            stop.set()
            for desk in desks:
                desk.patience.give_up_at = time.monotonic() + GIVE_UP_SECONDS
            if premiums:
                premiums.give_up_in(GIVE_UP_SECONDS)
    return killer.killed


def _state(record: Record) -> str:
    return f"{len(record.settlements)} settled, {len(record.refunds)} refunded"


@contextlib.asynccontextmanager
async def _clients(stack: Stack) -> AsyncIterator[list[httpx.AsyncClient]]:
    async with contextlib.AsyncExitStack() as clients:
        yield [
            await clients.enter_async_context(
                httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
            )
            for url in stack.apis
        ]
