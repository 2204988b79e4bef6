"""Steps of many premium orders at once: taken under a lease, then moved together.

Every change names orders the caller has locked or holds the lease of.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.message import MessageKind
from service.domain.premium import Premium, PremiumState
from service.store.premiums import OrderRow

Q = load_queries("premium_steps")


class Refused(Struct, frozen=True, kw_only=True):
    """An order that waits, or is over without money; `word` is what the payer is told, if
    anything; `next_try_at` of one that waits."""

    order: Premium
    reason: str
    word: MessageKind | None
    next_try_at: datetime | None = None


class CreditedRow(Struct, frozen=True):
    premium_id: UUID


class Receipt(Struct, frozen=True, kw_only=True):
    """The bureau's receipt of one order; `at` by the bureau's clock; fen."""

    order: Premium
    amount_fen: int
    number: str
    at: datetime


async def take_alone(
    tx: Tx, *, state: PremiumState, now: datetime, until: datetime, most: int
) -> list[OrderRow]:
    """Due orders that citizens pay now, leased until `until`; `tries` is that before."""
    return await tx.many(OrderRow, Q.take_alone, state=state, now=now, until=until, most=most)


async def take_of_batch(
    tx: Tx, *, batch_id: UUID, state: PremiumState, now: datetime, until: datetime, most: int
) -> list[OrderRow]:
    return await tx.many(
        OrderRow,
        Q.take_of_batch,
        batch_id=batch_id,
        state=state,
        now=now,
        until=until,
        most=most,
    )


async def lock(tx: Tx, *, premium_ids: Sequence[UUID]) -> list[Premium]:
    return await tx.many(Premium, Q.lock, premium_ids=premium_ids)


async def set_held(
    tx: Tx, held: Sequence[Premium], *, tries: int, at: datetime, until: datetime
) -> int:
    """`tries` 0: nobody has sent it yet; 1: the caller does so under a lease until `until`."""
    return await tx.run(
        Q.set_held,
        books=[order.book_id for order in held],
        ids=[order.premium_id for order in held],
        categories=[order.category for order in held],
        amounts=[order.amount_fen for order in held],
        lates=[order.late for order in held],
        tries=tries,
        at=at,
        until=until,
    )


async def set_waiting(tx: Tx, waiting: Sequence[Refused]) -> int:
    return await tx.run(
        Q.set_waiting,
        books=[refused.order.book_id for refused in waiting],
        ids=[refused.order.premium_id for refused in waiting],
        reasons=[refused.reason for refused in waiting],
        words=[refused.word for refused in waiting],
        nexts=[refused.next_try_at for refused in waiting],
    )


async def set_skipped(tx: Tx, skipped: Sequence[Refused], *, at: datetime) -> int:
    return await tx.run(
        Q.set_skipped,
        books=[refused.order.book_id for refused in skipped],
        ids=[refused.order.premium_id for refused in skipped],
        reasons=[refused.reason for refused in skipped],
        words=[refused.word for refused in skipped],
        at=at,
    )


async def set_paid(tx: Tx, receipts: Sequence[Receipt], *, at: datetime) -> int:
    return await tx.run(
        Q.set_paid,
        books=[receipt.order.book_id for receipt in receipts],
        ids=[receipt.order.premium_id for receipt in receipts],
        amounts=[receipt.amount_fen for receipt in receipts],
        receipts=[receipt.number for receipt in receipts],
        receipted=[receipt.at for receipt in receipts],
        at=at,
    )


async def set_declined(tx: Tx, declined: Sequence[Refused], *, at: datetime) -> int:
    return await tx.run(
        Q.set_declined,
        books=[refused.order.book_id for refused in declined],
        ids=[refused.order.premium_id for refused in declined],
        reasons=[refused.reason for refused in declined],
        words=[refused.word for refused in declined],
        at=at,
    )


async def set_credited(tx: Tx, *, ids: Sequence[UUID], at: datetime) -> list[CreditedRow]:
    """Those that were paid and are credited now."""
    return await tx.many(CreditedRow, Q.set_credited, ids=ids, at=at)


async def put_off(tx: Tx, nexts: Mapping[UUID, datetime], *, orders: Sequence[Premium]) -> int:
    """When each of these orders is due next; `nexts` by order."""
    return await tx.run(
        Q.put_off,
        books=[order.book_id for order in orders],
        ids=[order.premium_id for order in orders],
        nexts=[nexts[order.premium_id] for order in orders],
    )


async def set_aside(tx: Tx, *, book_id: UUID, premium_id: UUID, kind: str) -> int:
    return await tx.run(Q.set_aside, book_id=book_id, premium_id=premium_id, kind=kind)
