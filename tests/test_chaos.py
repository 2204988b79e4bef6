"""Servers are killed under load and the books stay right; and the judge who says so can say no."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import pytest_asyncio

from service.settings import Settings
from service.world import World
from tests.chaos.judge import judge
from tests.chaos.population import Population, populate
from tests.chaos.record import Record, Shut
from tests.chaos.run import Plan, play
from tests.chaos.tills import Desk

KILLS = 6
TRIGGERS_OFF = "SET LOCAL session_replication_role = replica"
ONE = "WHERE settlement_id = (SELECT settlement_id FROM settlement WHERE own_fen > 1 LIMIT 1)"
ONE_REFUND = "WHERE refund_id = (SELECT refund_id FROM refund ORDER BY 1 LIMIT 1)"

TAMPERING = {
    "a settlement is gone": (f"DELETE FROM settlement {ONE}", "is not in the books"),
    "a settlement nobody asked for": (
        "INSERT INTO settlement SELECT (jsonb_populate_record(NULL::settlement, to_jsonb(s) ||"
        f" jsonb_build_object('settlement_id', gen_random_uuid()))).* FROM settlement s {ONE}",
        "nobody was told",
    ),
    "an amount is another": (
        f"UPDATE settlement SET own_fen = own_fen - 1, cash_fen = cash_fen + 1 {ONE}",
        "other amounts than was told",
    ),
    "a refund is gone": (f"DELETE FROM refund {ONE_REFUND}", "refund"),
    "a refund is larger": (
        f"UPDATE refund SET cash_fen = cash_fen + 10000000, total_fen = total_fen + 10000000"
        f" {ONE_REFUND}",
        "more of",
    ),
    "a payment was not made": (
        "DELETE FROM ledger.transfer WHERE (book_id, transfer_id) = (SELECT book_id, transfer_id"
        " FROM ledger.transfer WHERE purpose = 'settlement' LIMIT 1)",
        "the ledger moved",
    ),
    "a balance is another": (
        "UPDATE ledger.account SET posted_fen = posted_fen + 1",
        "ledger.discrepancy: balance differs from entries",
    ),
    "money out of nothing": (
        "UPDATE ledger.transfer SET amount_fen = amount_fen + 1 WHERE purpose = 'credit'",
        "was credited otherwise",
    ),
    "a code was not spent": (
        "DELETE FROM code_claim WHERE claimed_id = (SELECT settlement_id FROM settlement LIMIT 1)",
        "the claims of codes",
    ),
    "a message was forgotten": (
        "DELETE FROM counter_claim WHERE message_id ="
        " (SELECT message_id FROM counter_claim LIMIT 1)",
        "the claims of messages",
    ),
    "an event was lost": ("DELETE FROM counter_event", "the events to be told"),
    "a benefit is another": (
        "UPDATE benefit_year SET fund_fen = fund_fen + 1",
        "benefits of",
    ),
    "another part of a bill counts": (
        "UPDATE benefit_year SET eligible_fen = eligible_fen + 1",
        "benefits of",
    ),
}


async def test_nothing_is_lost_and_nothing_twice_when_everything_is_killed() -> None:
    """The short form of `make chaos`."""
    outcome = await play(Plan(seed=20260401, kills=KILLS, tills=8, patients=12, pauses=(0.1, 0.6)))
    assert outcome.faults == []
    assert outcome.killed.total() == KILLS
    assert set(outcome.killed) == {"api", "postgres", "valkey"}
    assert outcome.counts["settled"] > KILLS
    assert outcome.counts["retries"] > KILLS


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
