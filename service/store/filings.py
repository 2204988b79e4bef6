"""Statements about away-from-home filings (异地就医备案)."""

from datetime import date, datetime
from uuid import UUID

from service.database import Tx, load_queries
from service.domain.filing import Filing, Reason

Q = load_queries("filings")


async def insert(
    tx: Tx,
    *,
    id: UUID,
    person_id: UUID,
    from_area: str,
    to_area: str,
    reason: Reason,
    begins_on: date,
    ends_on: date | None,
    at: datetime,
) -> int:
    return await tx.run(
        Q.insert,
        id=id,
        person_id=person_id,
        from_area=from_area,
        to_area=to_area,
        reason=reason,
        begins_on=begins_on,
        ends_on=ends_on,
        at=at,
    )


async def page(tx: Tx, *, person_id: UUID, after: UUID, limit: int) -> list[Filing]:
    """Those not ended, newest first; one whose last day is past stays until another replaces it."""
    return await tx.many(Filing, Q.page, person_id=person_id, after=after, limit=limit)


async def find(tx: Tx, *, id: UUID, person_id: UUID) -> Filing | None:
    return await tx.maybe(Filing, Q.find, id=id, person_id=person_id)


async def end(tx: Tx, *, id: UUID, person_id: UUID, at: datetime) -> int:
    return await tx.run(Q.end, id=id, person_id=person_id, at=at)


async def end_lapsed(tx: Tx, *, person_id: UUID, to_area: str, today: date, at: datetime) -> int:
    """Make room for a new one where the last day of the old one is past."""
    return await tx.run(Q.end_lapsed, person_id=person_id, to_area=to_area, today=today, at=at)
