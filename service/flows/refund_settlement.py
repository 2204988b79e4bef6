"""Take a settlement back, whole or in part: to exactly the accounts that paid.

Whether the binding still lives does not matter: what was taken under it goes back to it.
"""

from uuid import UUID

from msgspec import Struct

from service.database import ConstraintBroken, Tx
from service.domain.order import Claim, repeated
from service.domain.receipt import RefundReceipt
from service.domain.refund import plan_refund, remaining
from service.domain.refusal import Refusal
from service.flows.record_refund import record_refund
from service.store import counter_claims, refunds, settlements
from service.store.settlements import SettlementRow
from service.world import World


class RefundOrder(Struct, frozen=True, kw_only=True):
    """`amount_fen` None: all that is left of it. `fingerprint` digests what decides the effect."""

    institution_code: str
    settlement_id: UUID
    amount_fen: int | None
    message_id: str
    fingerprint: bytes


class Refunded(Struct, frozen=True, kw_only=True):
    """`replayed`: nothing new was refunded: this message had done it, or nothing was left."""

    receipt: RefundReceipt
    replayed: bool


async def refund_settlement(world: World, order: RefundOrder) -> Refunded | Refusal:
    """The refund. A full refund of what is refunded already answers the last one again."""

    async def work(tx: Tx) -> Refunded | Refusal:
        row = await settlements.lock_of_institution(
            tx, institution_code=order.institution_code, settlement_id=order.settlement_id
        )
        # Only now: the same message may have been at work while we waited for the lock.
        claim = await counter_claims.find(
            tx, institution_code=order.institution_code, message_id=order.message_id
        )
        if claim is not None:
            return await _again(tx, claim, order)
        if row is None:
            return Refusal(code="request.not_found")
        return await _refund(tx, world, order, row)

    try:
        return await world.database.book(work)
    except ConstraintBroken as fault:
        if fault.constraint != "counter_claim_message_once":
            raise
        return await world.database.transact(work)  # the same message won the race: its answer


async def _again(tx: Tx, claim: Claim, order: RefundOrder) -> Refunded | Refusal:
    earlier = repeated(claim, order.fingerprint, kind="refund")
    if isinstance(earlier, Refusal):
        return earlier
    row = await refunds.get(tx, book_id=earlier.book_id, refund_id=earlier.id)
    return Refunded(receipt=row.content, replayed=True)


async def _refund(
    tx: Tx, world: World, order: RefundOrder, row: SettlementRow
) -> Refunded | Refusal:
    receipt = row.content
    before = [
        refund.content
        for refund in await refunds.of_settlement(
            tx, book_id=row.book_id, settlement_id=row.settlement_id
        )
    ]
    left = remaining(receipt.plan.lines, [refund.plan for refund in before])
    plan = plan_refund(left, amount_fen=order.amount_fen)
    if isinstance(plan, Refusal):
        return plan
    if not plan.lines:
        return Refunded(receipt=before[-1], replayed=True)
    refund = RefundReceipt(
        refund_id=world.new_id(),
        settlement_id=row.settlement_id,
        message_id=order.message_id,
        plan=plan,
        refunded_at=world.clock(),
    )
    await record_refund(
        tx,
        institution_code=order.institution_code,
        fingerprint=order.fingerprint,
        receipt=receipt,
        refund=refund,
        before_fen=sum(earlier.plan.total_fen for earlier in before),
    )
    return Refunded(receipt=refund, replayed=False)
