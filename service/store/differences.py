"""Differences with other sides' statements: found, and resolved by a named act."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.difference import Act, Amount, Difference

Q = load_queries("differences")


class InstitutionRow(Struct, frozen=True):
    code: str


class WaitsRow(Struct, frozen=True):
    waits: bool


class DifferenceRow(Difference, frozen=True, kw_only=True):
    """With what became of it; the last three are None while it is open."""

    found_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    act: Act | None


async def insert_many(tx: Tx, *, found: Sequence[Difference], at: datetime) -> int:
    """How many are new; what is known already stays as it is, resolved or not."""
    return await tx.run(
        Q.insert_many,
        ids=[one.id for one in found],
        institutions=[one.institution_code for one in found],
        days=[one.day for one in found],
        messages=[one.message_id for one in found],
        kinds=[one.kind for one in found],
        ours=[one.ours_fen for one in found],
        theirs=[one.theirs_fen for one in found],
        sources=[one.source for one in found],
        at=at,
    )


async def known_institutions(tx: Tx, *, codes: Sequence[str]) -> list[InstitutionRow]:
    """Which of these are there."""
    return await tx.many(InstitutionRow, Q.known_institutions, codes=codes)


async def ours(tx: Tx, *, day: date) -> AsyncIterator[Amount]:
    """What our books say of a day, by institution; in a survey."""
    async for amount in tx.stream(Amount, Q.ours, day=day):
        yield amount


async def page(tx: Tx, *, after: UUID, resolved_too: bool, limit: int) -> list[DifferenceRow]:
    """In the order they were found."""
    return await tx.many(DifferenceRow, Q.page, after=after, resolved_too=resolved_too, limit=limit)


async def lock(tx: Tx, *, id: UUID) -> DifferenceRow | None:
    return await tx.maybe(DifferenceRow, Q.lock, id=id)


async def resolve(tx: Tx, *, id: UUID, act: Act, by: str, note: str, at: datetime) -> int:
    """0 when it is resolved already."""
    return await tx.run(Q.resolve, id=id, act=act, by=by, note=note, at=at)


async def get(tx: Tx, *, id: UUID) -> DifferenceRow | None:
    return await tx.maybe(DifferenceRow, Q.get, id=id)


async def money_waits(tx: Tx, *, id: UUID) -> bool:
    """Then only the tax bureau's answer settles it."""
    row = await tx.maybe(WaitsRow, Q.money_waits, id=id)
    return row is not None and row.waits
