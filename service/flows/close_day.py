"""Job: close every day that is over, one after the other, from the first day with entries.

A day with nothing in it is closed too: the chain has no gaps. Two at once come to the same row,
and the day's primary key takes one of them.
"""

from datetime import date, timedelta

from msgspec.structs import asdict

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.closed_day import BEFORE_THE_FIRST, ClosedDay
from service.flows.digest_day import digest_day
from service.store import closed_days
from service.world import World

_GRACE = timedelta(minutes=10)
"""What was decided just before midnight is recorded by then."""


async def close_day(world: World) -> int:
    """How many days were closed now."""
    until = business_date(world.clock() - _GRACE) - timedelta(days=1)
    closed = 0
    while row := await _next(world, until):

        async def work(tx: Tx, row: ClosedDay = row) -> int:
            return await closed_days.insert(tx, **asdict(row))

        closed += await world.database.transact(work)
    return closed


async def _next(world: World, until: date) -> ClosedDay | None:
    """The row of the day after the last closed one, unless that day may still change."""
    async with world.database.survey() as tx:
        last = await closed_days.last(tx)
        if last:
            day: date | None = last.day + timedelta(days=1)
        else:
            day = (await closed_days.first_booked(tx)).day
        if day is None or day > until:
            return None
        previous = last.digest if last else BEFORE_THE_FIRST
        tally, digest = await digest_day(tx, day, previous=previous)
        counts = await closed_days.counts(tx, day=day)
    return ClosedDay(
        day=day,
        **asdict(tally),
        **asdict(counts),
        digest=digest,
        previous_digest=previous,
        closed_at=world.clock(),
    )
