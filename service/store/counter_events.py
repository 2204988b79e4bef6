"""What happened at counters and has not been told yet."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("counter_events")

EventKind = Literal["settled", "refunded"]


class CounterEvent(Struct, frozen=True, kw_only=True):
    """`event_id` is the settlement's or the refund's own id."""

    book_id: UUID
    event_id: UUID
    settlement_id: UUID
    kind: EventKind
    at: datetime


async def insert(
    tx: Tx, *, book_id: UUID, event_id: UUID, settlement_id: UUID, kind: EventKind, at: datetime
) -> int:
    return await tx.run(
        Q.insert, book_id=book_id, event_id=event_id, settlement_id=settlement_id, kind=kind, at=at
    )


async def take(tx: Tx, *, most: int) -> list[CounterEvent]:
    """The oldest, gone with the commit."""
    return await tx.many(CounterEvent, Q.take, most=most)
