"""The platform's statement of a day against our books: what differs is kept, once."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from service.domain.calendar import business_date
from service.domain.statement_file import StatementFault
from service.flows.reconcile_day import Reconciled, reconcile_day
from service.store import differences
from service.store.differences import DifferenceRow
from service.world import World
from tests.book_scenes import refund_row, settlement_row, statement, yesterday
from tests.counter_scenes import HOSPITAL, PHARMACY, institution

UNKNOWN = "H99999999999"
_NIL = UUID(int=0)


async def reconciled(world: World, day: date, *lines: str) -> Reconciled:
    return await reconcile_day(world, lambda: [statement(*lines)], day=day)


async def kept(world: World) -> list[DifferenceRow]:
    async with world.database.read() as tx:
        return await differences.page(tx, after=_NIL, resolved_too=True, limit=100)


def told(found: Reconciled) -> list[tuple[str, str, str, int | None, int | None]]:
    return [
        (one.institution_code, one.message_id, one.kind, one.ours_fen, one.theirs_fen)
        for one in found.found
    ]


async def two_bills(world: World) -> date:
    """Two settlements of a hospital on the day, and one of a pharmacy."""
    day = yesterday(world)
    await institution(world)
    await institution(world, PHARMACY, kind="pharmacy", level="none")
    await settlement_row(world, "m1", on=day, account_fen=600)
    await settlement_row(world, "m2", on=day, account_fen=0)
    await settlement_row(world, "m1", on=day, account_fen=100, code=PHARMACY)
    await settlement_row(world, "today", on=day + timedelta(days=1), account_fen=100)
    return day


async def test_a_day_both_sides_agree_on_differs_in_nothing(world: World) -> None:
    day = await two_bills(world)
    found = await reconciled(
        world,
        day,
        f"{PHARMACY},m1,{day},1000,100,0",
        f"{HOSPITAL},m2,{day},1000,0,0",
        f"{HOSPITAL},m1,{day},1000,600,0",
    )
    assert (found.ours, found.theirs, found.found, found.new, found.bad) == (3, 3, [], 0, [])


async def test_what_differs_is_kept_once(world: World) -> None:
    day = await two_bills(world)
    lines = (f"{HOSPITAL},m1,{day},1000,500,0", f"{HOSPITAL},m3,{day},1000,70,0")
    expected = [
        (HOSPITAL, "m1", "amount", 600, 500),
        (HOSPITAL, "m2", "missing_there", 0, None),
        (HOSPITAL, "m3", "missing_here", None, 70),
        (PHARMACY, "m1", "missing_there", 100, None),
    ]
    first = await reconciled(world, day, *lines)
    assert (told(first), first.new) == (expected, 4)
    again = await reconciled(world, day, *lines)
    assert (told(again), again.new) == (expected, 0)
    rows = await kept(world)
    assert [(row.institution_code, row.message_id, row.kind, row.ours_fen, row.theirs_fen)
            for row in rows] == expected  # fmt: skip
    assert {(row.day, row.source, row.act) for row in rows} == {(day, "platform", None)}


async def test_what_went_back_counts_on_its_own_day(world: World) -> None:
    day = yesterday(world)
    await institution(world)
    earlier = await settlement_row(world, "m1", on=day - timedelta(days=1), account_fen=600)
    same_day = await settlement_row(world, "m2", on=day, account_fen=600)
    await refund_row(world, earlier, on=day, fen=200)
    await refund_row(world, earlier, on=day, fen=100)
    await refund_row(world, same_day, on=day, fen=600)
    await refund_row(world, earlier, on=day + timedelta(days=1), fen=300)
    right = (
        f"{HOSPITAL},m1,{day - timedelta(days=1)},1000,600,300",
        f"{HOSPITAL},m2,{day},1000,600,600",
    )
    assert told(await reconciled(world, day, *right)) == []
    assert told(await reconciled(world, day, right[1])) == [
        (HOSPITAL, "m1", "missing_there", 300, None)
    ]


async def test_a_bad_line_may_be_what_is_missing(world: World) -> None:
    day = await two_bills(world)
    found = await reconciled(
        world,
        day,
        f"{HOSPITAL},m1,{day},1000,500,0",
        f"{HOSPITAL},m2,{day},1000,broken,0",
    )
    assert [bad.line for bad in found.bad] == [3]
    assert (found.withheld, told(found)) == (True, [(HOSPITAL, "m1", "amount", 600, 500)])
    assert len(await kept(world)) == 1


async def test_institutions_nobody_knows_are_told_and_the_others_compared(world: World) -> None:
    day = await two_bills(world)
    found = await reconciled(
        world,
        day,
        f"{HOSPITAL},m1,{day},1000,600,0",
        f"{UNKNOWN},m1,{day},1000,500,0",
        f"{UNKNOWN},m2,{day},1000,500,0",
    )
    assert [(bad.line, bad.sentence[:4]) for bad in found.bad] == [(3, "机构编号")]
    assert (found.withheld, found.theirs, found.new) == (False, 1, 2)


async def test_a_day_that_is_not_over_is_refused(world: World) -> None:
    with pytest.raises(StatementFault, match="还没有结束"):
        await reconciled(world, business_date(world.clock()))
    assert await kept(world) == []


async def test_many_differences_are_kept_in_chunks(world: World) -> None:
    day = await two_bills(world)
    lines = [f"{HOSPITAL},n{n},{day},1000,70,0" for n in range(2100)]
    found = await reconciled(world, day, *lines)
    assert (found.new, len(found.found)) == (2103, 2103)
