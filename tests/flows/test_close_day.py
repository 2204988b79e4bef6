"""Days are closed once, in a chain without gaps; whoever changes a closed day is found out."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from service.crypto import sm3
from service.database import Stale
from service.domain.calendar import business_date, start_of
from service.domain.closed_day import BEFORE_THE_FIRST, ClosedDay, canonical
from service.flows.close_day import close_day
from service.flows.settle_together import Settled, settle_together
from service.store import closed_days
from service.world import World
from tests.book_scenes import credit_often, damage, faults, settled, yesterday
from tests.conftest import Clock
from tests.counter_scenes import balance, credit
from tests.flows.counter_families import family, order_of
from tests.people import Cast

BOOK = UUID(int=7)


async def closed(world: World) -> list[ClosedDay]:
    async with world.database.read() as tx:
        return await closed_days.every(tx)


async def rows(world: World, day: date) -> bytes:
    async with world.database.survey() as tx:
        return b"".join([canonical(entry) async for entry in closed_days.entries(tx, day=day)])


async def three_days(world: World) -> list[date]:
    """Closed: one with an entry, an empty one, and one with two entries of two books."""
    last = yesterday(world)
    days = [last - timedelta(days=2), last - timedelta(days=1), last]
    await credit(world, BOOK, 1000, on=days[0])
    await credit(world, BOOK, 500, on=days[2])
    await credit(world, uuid4(), 70, on=days[2])
    assert await close_day(world) == 3
    return days


async def test_every_day_is_closed_in_a_chain_without_gaps(world: World) -> None:
    days = await three_days(world)
    await credit(world, uuid4(), 9)
    assert await close_day(world) == 0
    found = await closed(world)
    assert [row.day for row in found] == days
    assert [(row.entries, row.credited_fen) for row in found] == [(1, 1000), (0, 0), (2, 570)]
    previous = BEFORE_THE_FIRST
    for row in found:
        assert row.previous_digest == previous
        assert row.digest == sm3(previous + await rows(world, row.day))
        previous = row.digest
    assert await faults(world) == []


async def test_nothing_is_closed_where_nothing_is_booked(world: World) -> None:
    assert await close_day(world) == 0
    assert await faults(world) == []


async def test_a_day_is_closed_ten_minutes_after_its_midnight(world: World, clock: Clock) -> None:
    today = business_date(clock())
    await credit(world, BOOK, 1000, on=today)
    midnight = start_of(today + timedelta(days=1))
    clock.set(midnight + timedelta(minutes=9))
    assert await close_day(world) == 0
    clock.set(midnight + timedelta(minutes=10, seconds=1))
    assert await close_day(world) == 1


async def test_two_at_once_close_each_day_once(world: World) -> None:
    last = yesterday(world)
    for back in range(12):
        await credit(world, BOOK, 100, on=last - timedelta(days=back))
    assert sum(await asyncio.gather(*(close_day(world) for _ in range(3)))) == 12
    assert len(await closed(world)) == 12
    assert await faults(world) == []


async def test_a_long_day_is_read_in_pieces(world: World) -> None:
    await credit_often(world, BOOK, 1234, on=yesterday(world))
    assert await close_day(world) == 1
    (row,) = await closed(world)
    assert (row.entries, row.credited_fen) == (1234, 1234)
    assert row.digest == sm3(BEFORE_THE_FIRST + await rows(world, row.day))


async def test_what_happened_on_a_day_is_counted(
    cast: Cast, api: httpx.AsyncClient, world: World, clock: Clock
) -> None:
    await settled(cast, api, world)
    clock.move(days=1, minutes=20)
    assert await close_day(world) == 1
    (row,) = await closed(world)
    assert (row.settlements, row.refunds, row.entries) == (1, 0, 4)
    assert (row.paid_fen, row.returned_fen, row.credited_fen) == (13_000, 0, 13_000)
    assert await faults(world) == []


ENTRY = f"WHERE book_id = '{BOOK}' AND number = 1"
NOT_THOSE = "its entries are not those it was closed over"


@pytest.mark.parametrize(
    ("statement", "place", "words"),
    [
        (f"UPDATE ledger.entry SET amount_fen = 999 {ENTRY}", 0, NOT_THOSE),
        (f"UPDATE ledger.entry SET contra = 'fund:610100' {ENTRY}", 0, NOT_THOSE),
        ("UPDATE ledger.transfer SET journal_id = book_id", 0, NOT_THOSE),
        (f"DELETE FROM ledger.entry {ENTRY}", 0, "entries was 1 when it was closed and is 0"),
        (f"DELETE FROM ledger.transfer WHERE book_id = '{BOOK}'", 2, NOT_THOSE),
        (f"UPDATE ledger.entry SET booked_on = booked_on + 1 {ENTRY}", 1, NOT_THOSE),
        ("UPDATE closed_day SET credited_fen = 5 WHERE entries = 0", 1, "credited_fen was 5"),
        ("UPDATE closed_day SET digest = sha256('x') WHERE entries = 0", 1, NOT_THOSE),
        ("UPDATE closed_day SET digest = sha256('x') WHERE entries = 0", 2, "does not follow"),
        ("DELETE FROM closed_day WHERE entries = 0", 2, "does not follow the day closed before"),
    ],
)
async def test_a_changed_day_is_found_out(
    world: World, statement: str, place: int, words: str
) -> None:
    days = await three_days(world)
    await damage(world, statement)
    told = await faults(world)
    assert [text for text in told if text.startswith(f"day {days[place]}: ") and words in text]


OTHER = UUID(int=8)
ADDED = (
    "INSERT INTO ledger.account (book_id, posted_fen, entry_count, version, opened_at)"
    f" VALUES ('{OTHER}', 30, 1, 1, now())",
    "INSERT INTO ledger.transfer (book_id, transfer_id, journal_id, phase, purpose, contra,"
    f" amount_fen, booked_on, recorded_at) VALUES ('{OTHER}', '{OTHER}', '{OTHER}', 'single',"
    " 'credit', 'fund:530600', 30, $1, now())",
    "INSERT INTO ledger.entry (book_id, number, transfer_id, contra, amount_fen, balance_fen,"
    f" booked_on) VALUES ('{OTHER}', 1, '{OTHER}', 'fund:530600', 30, 30, $1)",
)
"""Past ledger.record, which refuses a closed day."""


async def test_a_row_added_to_a_closed_day_is_found_out(world: World) -> None:
    """Books and chain of entries are right: only the closed day tells."""
    days = await three_days(world)
    for statement in ADDED:
        await damage(world, statement, *((days[1],) if "$1" in statement else ()))
    assert await faults(world) == [
        f"day {days[1]}: {NOT_THOSE}",
        f"day {days[1]}: entries was 0 when it was closed and is 1",
        f"day {days[1]}: credited_fen was 0 when it was closed and is 30",
    ]


async def test_nothing_is_booked_on_a_closed_day(world: World) -> None:
    days = await three_days(world)
    for day in days:
        for book in (BOOK, uuid4()):
            with pytest.raises(Stale):
                await credit(world, book, 30, on=day)
    assert await faults(world) == []
    await credit(world, BOOK, 30)
    assert (await balance(world, BOOK), await faults(world)) == (1530, [])


async def test_what_was_decided_on_a_day_closed_since_is_decided_again(world: World) -> None:
    """Its donor is in force since today only: decided yesterday, the rest would be cash."""
    await three_days(world)
    one, midnight = await family(world, own_fen=300), start_of(business_date(world.clock()))
    moments = [midnight - timedelta(seconds=1)]

    def clock() -> datetime:
        return moments.pop() if moments else world.clock()

    order = await order_of(world, one, fen=1000)
    [outcome] = await settle_together(replace(world, clock=clock), [order])
    assert isinstance(outcome, Settled), outcome
    assert not moments
    assert outcome.receipt.settled_at >= midnight
    plan = outcome.receipt.plan
    assert [plan.paid_by(payer) for payer in ("own", "donor", "cash")] == [300, 700, 0]
    assert await faults(world) == []


async def test_a_row_added_before_the_first_closed_day_is_found_out(world: World) -> None:
    days = await three_days(world)
    await credit(world, BOOK, 30, on=days[0] - timedelta(days=1))
    assert await faults(world) == [f"book {BOOK}: entry 3 is booked before the first closed day"]


async def test_settlements_and_refunds_that_say_otherwise_are_found_out(
    cast: Cast, api: httpx.AsyncClient, world: World
) -> None:
    bill = await settled(cast, api, world)
    id, other = bill.settlement_id, uuid4()
    assert await faults(world) == []
    await damage(world, "UPDATE settlement SET own_fen = own_fen - 1, cash_fen = cash_fen + 1")
    says = "it says 12999 fen of accounts, its transfers say 13000"
    assert await faults(world) == [f"settlement {id}: {says}"]
    await damage(
        world,
        "INSERT INTO refund SELECT book_id, $1, settlement_id, institution_code, 'm', total_fen"
        " + 1, 0, 0, total_fen + 1, 0, '', settled_on, settled_at FROM settlement",
        other,
    )
    assert await faults(world) == [
        f"settlement {id}: {says}",
        f"settlement {id}: more went back than was paid",
        f"refund {other}: it says 18651 fen of accounts, its transfers say 0",
    ]
    await damage(world, "DELETE FROM refund")
    await damage(world, "DELETE FROM settlement")
    assert await faults(world) == [
        f"settlement {id}: it is missing, but its transfers moved 13000 fen"
    ]


async def test_books_that_do_not_prove_themselves_are_told_by_ids(world: World) -> None:
    await credit(world, BOOK, 1000)
    await damage(world, "UPDATE ledger.account SET posted_fen = 2000")
    assert await faults(world) == [f"book {BOOK}: balance differs from entries ({BOOK})"]
