"""Go through all books: closed days are as they were closed, the ledger proves itself, and
settlements and refunds say what was really moved.

Each question is asked of the books as they are at one instant, so that work going on does no harm.
"""

from collections.abc import Callable
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import asdict

from service.database import Tx
from service.domain.closed_day import BEFORE_THE_FIRST, ClosedDay
from service.flows.compare_records import compare_records
from service.flows.digest_day import digest_day
from service.store import books, closed_days
from service.world import World

_SUMS = ("entries", "settlements", "refunds", "paid_fen", "returned_fen", "credited_fen")


class Checked(Struct, frozen=True, kw_only=True):
    """`last` is the end of the chain: who keeps its digest elsewhere sees when days are lost."""

    faults: int
    days: int
    last: ClosedDay | None


async def check_books(
    world: World, *, report: Callable[[str], None], progress: Callable[[str], None]
) -> Checked:
    """Each fault is told to `report` by ids only, each thing begun to `progress`."""
    async with world.database.survey() as tx:
        days = await closed_days.every(tx)
        counts = {row.day: asdict(row) async for row in books.counts_by_day(tx)}
    faults, previous = 0, None
    for place, row in enumerate(days, start=1):
        progress(f"{row.day} ({place} of {len(days)})")
        async with world.database.survey() as tx:
            found = await _day(tx, row, counts.get(row.day, {}), previous)
        faults, previous = faults + len(found), row
        for fault in found:
            report(f"day {row.day}: {fault}")
    faults += await compare_records(world, report=report, progress=progress)
    if days:
        async with world.database.survey() as tx:
            faults += await _before(tx, days[0].day, report)
    return Checked(faults=faults, days=len(days), last=previous)


async def _day(
    tx: Tx, row: ClosedDay, counted: dict[str, int], previous: ClosedDay | None
) -> list[str]:
    faults = []
    expected = (previous.digest, previous.day + timedelta(days=1)) if previous else None
    if (row.previous_digest, row.day) != (expected or (BEFORE_THE_FIRST, row.day)):
        faults.append("it does not follow the day closed before it")
    tally, digest = await digest_day(tx, row.day, previous=row.previous_digest)
    if digest != row.digest:
        faults.append("its entries are not those it was closed over")
    now = {"settlements": 0, "refunds": 0} | counted | asdict(tally)
    for name in _SUMS:
        if now[name] != getattr(row, name):
            faults.append(f"{name} was {getattr(row, name)} when it was closed and is {now[name]}")
    return faults


async def _before(tx: Tx, first: date, report: Callable[[str], None]) -> int:
    found = 0
    async for entry in books.booked_before(tx, day=first):
        found += 1
        report(f"book {entry.book_id}: entry {entry.number} is booked before the first closed day")
    return found
