"""Servers are killed under load and the books stay right; and the judge who says so can say no."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from service.flows.tell_premiums import tell_premiums
from service.flows.work_premiums import work_premiums
from service.flows.work_refunds import work_refunds
from service.settings import Settings
from service.world import World
from tests.chaos.judge import judge
from tests.chaos.phones import Phone
from tests.chaos.population import Population, populate
from tests.chaos.premiums import Premiums, begun_premiums
from tests.chaos.record import Record, Shut
from tests.chaos.run import Plan, play
from tests.chaos.tampering import PREMIUMS, TAMPERING, TRIGGERS_OFF
from tests.chaos.tills import Desk

KILLS = 6


async def test_nothing_is_lost_and_nothing_twice_when_everything_is_killed() -> None:
    """The short form of `make chaos`."""
    outcome = await play(
        Plan(seed=20260401, kills=KILLS, tills=8, patients=12, pauses=(0.1, 0.6), premiums=3)
    )
    assert outcome.faults == []
    assert outcome.killed.total() == KILLS
    assert set(outcome.killed) == {"api", "postgres", "valkey", "worker"}
    assert outcome.counts["settled"] > KILLS
    assert outcome.counts["retries"] > KILLS
    assert outcome.counts["premium ordered"] > 0
    assert outcome.counts["premiums credited"] > 0


class Story:
    """A quiet day at the counters: what the tills were told, and the books, open to tampering."""

    def __init__(self, books: asyncpg.Connection, record: Record, people: Population) -> None:
        self.books, self.record, self.people = books, record, people

    async def verdict(self) -> list[str]:
        return await judge(self.books, self.record, self.people)


@pytest_asyncio.fixture
async def story(world: World, api: httpx.AsyncClient, settings: Settings) -> AsyncIterator[Story]:
    people, record = await populate(world, seed=1, patients=8), Record()
    busy: set[object] = set()
    desks = [
        Desk(n, world, [api], people, record, seed=1, at_counters=busy)  # type: ignore[arg-type]
        for n in range(4)
    ]
    stop = asyncio.Event()
    work = asyncio.gather(*(desk.work(stop) for desk in desks))
    while len(record.refunds) < 8:
        await asyncio.sleep(0.01)
    stop.set()
    await work
    books = await asyncpg.connect(settings.database_url)
    async with books.transaction():
        await books.execute(TRIGGERS_OFF)
        yield Story(books, record, people)
    await books.close()


async def test_the_judge_finds_nothing_where_nothing_is(story: Story) -> None:
    assert await story.verdict() == []


@pytest.mark.parametrize("what", TAMPERING)
async def test_the_judge_sees(story: Story, what: str) -> None:
    statement, said = TAMPERING[what]
    await story.books.execute(statement)
    faults = await story.verdict()
    assert any(said in fault for fault in faults), faults


async def test_the_judge_compares_with_what_the_tills_know(story: Story) -> None:
    told = next(iter(story.record.settlements.values()))
    story.record.refuse(told.institution, told.message_id, "family_code.refused")
    story.record.complaints.append("a till complains")
    [line] = await story.books.fetch(
        "SELECT binding_id, recorded_at FROM ledger.transfer WHERE binding_id IS NOT NULL LIMIT 1"
    )
    story.record.shut.append(Shut(binding_id=line[0], since=line[1], until=None))
    del story.record.refunds[next(iter(story.record.refunds))]
    faults = "\n".join(await story.verdict())
    for said in ("was refused", "a till complains", "used a binding shut", "nobody was told"):
        assert said in faults


@pytest_asyncio.fixture
async def premiums(
    world: World, api: httpx.AsyncClient, bureau: httpx.AsyncClient
) -> AsyncIterator[Premiums]:
    """A quiet day of premiums, come to rest."""
    async with begun_premiums(world, bureau, Record(), donors=[], phones=3, seed=1) as premiums:
        working = asyncio.create_task(_worked(world))
        await asyncio.gather(*(_quiet_day(phone) for phone in premiums.hand_out([api])))
        await premiums.rest()
        working.cancel()
        yield premiums


async def _quiet_day(phone: Phone) -> None:
    """Everybody is paid for, by who comes first; then plans, and some is given back."""
    orders = [await phone.order(bound, uuid4().hex) for bound in phone.bindings]
    for _ in range(3):
        await phone.plan()
    await phone.end_plan()
    await phone.give_back(next(order for order in reversed(orders) if order is not None))


async def _worked(world: World) -> None:
    """What a worker does for premiums."""
    while True:
        taken = await work_premiums(world) + await work_refunds(world) + await tell_premiums(world)
        await asyncio.sleep(0 if taken else 0.05)


async def test_the_judge_of_premiums_sees(premiums: Premiums, settings: Settings) -> None:
    books = await asyncpg.connect(settings.database_url)
    assert await premiums.judge(books) == []
    for what, (statement, said) in PREMIUMS.items():
        transaction = books.transaction()
        await transaction.start()
        await books.execute(TRIGGERS_OFF)
        changed = await books.execute(statement)
        faults = await premiums.judge(books)
        await transaction.rollback()
        assert any(said in fault for fault in faults), (what, changed, faults)
    await books.close()
