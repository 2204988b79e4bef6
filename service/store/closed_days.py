"""Closed days, and what a day is closed over."""

from collections.abc import AsyncIterator
from datetime import date, datetime

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.closed_day import ClosedDay, DayEntry

Q = load_queries("closed_days")


class FirstRow(Struct, frozen=True):
    """`day` is None while nothing is booked."""

    day: date | None


class CountRow(Struct, frozen=True, kw_only=True):
    settlements: int
    refunds: int


async def last(tx: Tx) -> ClosedDay | None:
    return await tx.maybe(ClosedDay, Q.last)


async def every(tx: Tx) -> list[ClosedDay]:
    """In their order: a row a day, so that all of them fit."""
    return await tx.many(ClosedDay, Q.every)


async def first_booked(tx: Tx) -> FirstRow:
    """In a survey: it may look at every entry."""
    return await tx.one(FirstRow, Q.first_booked)


async def entries(tx: Tx, *, day: date) -> AsyncIterator[DayEntry]:
    """By book and number; in a survey."""
    async for entry in tx.stream(DayEntry, Q.entries, day=day):
        yield entry


async def counts(tx: Tx, *, day: date) -> CountRow:
    return await tx.one(CountRow, Q.counts, day=day)


async def insert(
    tx: Tx,
    *,
    day: date,
    entries: int,
    settlements: int,
    refunds: int,
    paid_fen: int,
    returned_fen: int,
    credited_fen: int,
    digest: bytes,
    previous_digest: bytes,
    closed_at: datetime,
) -> int:
    """0 when somebody else has closed the day."""
    return await tx.run(
        Q.insert,
        day=day,
        entries=entries,
        settlements=settlements,
        refunds=refunds,
        paid_fen=paid_fen,
        returned_fen=returned_fen,
        credited_fen=credited_fen,
        digest=digest,
        previous_digest=previous_digest,
        closed_at=closed_at,
    )
