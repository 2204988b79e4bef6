"""What the tax bureau said of a refund: back to the account, or the premium stays paid."""

from uuid import UUID

import structlog

from service.database import Stale, Tx
from service.domain.calendar import business_date
from service.domain.premium import Premium, advance, refund_leg
from service.domain.premium_pace import ask_again
from service.domain.premium_refund import PremiumRefund
from service.gateways.tax import RefundResult
from service.store import ledger, premium_claims, premium_refunds, premium_steps, premiums
from service.world import World

log = structlog.get_logger()


async def apply_refund(world: World, result: RefundResult) -> bool:
    """Whether the refund is ours. Twice or out of order it changes nothing more."""
    refund_id = UUID(hex=result.refund_no)

    async def work(tx: Tx) -> bool:
        refund = await premium_refunds.find(tx, refund_id=refund_id)
        if refund is None:
            return False
        # The order first, as everybody: who else is at this refund waits here.
        (order,) = await premium_steps.lock(tx, premium_ids=[refund.premium_id])
        if advance(order.state, "refund"):
            await _apply(tx, world, order, refund, result)
        return True

    try:
        return await world.database.transact(work)
    except Stale:
        return await world.database.transact(work)  # the day was closed: book on the next


async def _apply(
    tx: Tx, world: World, order: Premium, refund: PremiumRefund, result: RefundResult
) -> None:
    now = world.clock()
    if result.state == "refunded" and result.amount_fen != refund.amount_fen:
        log.error("refund_amount_differs", refund=result.refund_no)
    elif result.state == "refunded":
        assert order.held_at is not None
        leg = refund_leg(order, refund.refund_id, year=business_date(order.held_at).year)
        await ledger.record(tx, at=now, booked_on=business_date(now), seen=(), legs=[leg])
        await premium_claims.delete_many(tx, [order])
        await premiums.set_refunded(tx, book_id=order.book_id, premium_id=order.premium_id, at=now)
        await _settle(tx, world, refund, result)
        return
    elif result.state == "declined":
        await premiums.keep(tx, book_id=order.book_id, premium_id=order.premium_id, at=now)
        await _settle(tx, world, refund, result)
        return
    await premium_refunds.put_off(
        tx,
        book_id=refund.book_id,
        refund_id=refund.refund_id,
        next=ask_again(refund.tries, now=now),
    )


async def _settle(tx: Tx, world: World, refund: PremiumRefund, result: RefundResult) -> None:
    now, refunded = world.clock(), result.state == "refunded"
    await premium_refunds.settle(
        tx,
        book_id=refund.book_id,
        refund_id=refund.refund_id,
        state="refunded" if refunded else "declined",
        reason=None if refunded else result.reason or "other",
        refunded_at=(result.at or now) if refunded else None,
        at=now,
    )
