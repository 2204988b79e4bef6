"""What the tax bureau said of a refund: back to the account, or the premium stays paid."""

from uuid import UUID

from service.database import Tx
from service.domain.premium import Premium, advance
from service.domain.premium_pace import ask_again
from service.domain.premium_refund import PremiumRefund
from service.flows.give_back import give_back
from service.flows.keep_refund_contradiction import keep_refund_contradiction
from service.gateways.tax import RefundResult
from service.store import premium_refunds, premium_steps, premiums
from service.world import World


async def apply_refund(world: World, result: RefundResult) -> bool:
    """Whether the refund is ours. Twice or out of order it changes nothing more."""
    refund_id = UUID(hex=result.refund_no)

    async def work(tx: Tx) -> bool:
        found = await premium_refunds.find(tx, refund_id=refund_id)
        if found is None:
            return False
        # The order first, as everybody: who else is at this refund waits here, and finds it moved.
        (order,) = await premium_steps.lock(tx, premium_ids=[found.premium_id])
        refund = await premium_refunds.find(tx, refund_id=refund_id)
        assert refund is not None
        if refund.state == "asked" and advance(order.state, "refund"):
            await _apply(tx, world, order, refund, result)
        elif result.state in ("refunded", "declined") and result.state != refund.state:
            await keep_refund_contradiction(tx, world, order, refund, result)
        return True

    return await world.database.book(work)


async def _apply(
    tx: Tx, world: World, order: Premium, refund: PremiumRefund, result: RefundResult
) -> None:
    now = world.clock()
    if result.state == "refunded" and result.amount_fen == refund.amount_fen:
        await give_back(tx, world, order, refund)
        await _settle(tx, world, refund, result)
        return
    if result.state == "declined":
        await premiums.keep(tx, book_id=order.book_id, premium_id=order.premium_id, at=now)
        await _settle(tx, world, refund, result)
        return
    if result.state == "refunded":  # another amount: nothing moves on the bureau's word
        await keep_refund_contradiction(tx, world, order, refund, result)
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
