"""Refunds of premiums: orders of their own."""

from datetime import datetime
from uuid import UUID

from service.database import Tx, load_queries
from service.domain.premium_refund import PremiumRefund, RefundState

Q = load_queries("premium_refunds")


async def insert(
    tx: Tx, *, book_id: UUID, refund_id: UUID, premium_id: UUID, amount_fen: int, at: datetime
) -> int:
    return await tx.run(
        Q.insert,
        book_id=book_id,
        refund_id=refund_id,
        premium_id=premium_id,
        amount_fen=amount_fen,
        at=at,
    )


async def take_due(tx: Tx, *, now: datetime, until: datetime, most: int) -> list[PremiumRefund]:
    """Leased until `until`."""
    return await tx.many(PremiumRefund, Q.take_due, now=now, until=until, most=most)


async def find(tx: Tx, *, refund_id: UUID) -> PremiumRefund | None:
    return await tx.maybe(PremiumRefund, Q.find, refund_id=refund_id)


async def settle(
    tx: Tx,
    *,
    book_id: UUID,
    refund_id: UUID,
    state: RefundState,
    reason: str | None,
    refunded_at: datetime | None,
    at: datetime,
) -> int:
    """0 when it is settled already."""
    return await tx.run(
        Q.settle,
        book_id=book_id,
        refund_id=refund_id,
        state=state,
        reason=reason,
        refunded_at=refunded_at,
        at=at,
    )


async def put_off(tx: Tx, *, book_id: UUID, refund_id: UUID, next: datetime) -> int:
    return await tx.run(Q.put_off, book_id=book_id, refund_id=refund_id, next=next)


async def correct(
    tx: Tx, *, book_id: UUID, refund_id: UUID, refunded_at: datetime, at: datetime
) -> int:
    """0 when it had not been declined."""
    return await tx.run(
        Q.correct, book_id=book_id, refund_id=refund_id, refunded_at=refunded_at, at=at
    )
