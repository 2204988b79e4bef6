"""Take a settlement back, whole or in part: to exactly the accounts that paid.

Whether the binding still lives does not matter: what was taken under it goes back to it.
"""

from datetime import datetime
from uuid import UUID, uuid5

from msgspec import Struct

from service.database import ConstraintBroken, Tx
from service.domain.calendar import business_date
from service.domain.ledger import Leg
from service.domain.order import Claim, repeated
from service.domain.receipt import Receipt, RefundReceipt
from service.domain.refund import RefundPlan, plan_refund, remaining
from service.domain.refusal import Refusal
from service.store import benefits, counter_claims, counter_events, ledger, refunds, settlements
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
        claim = await counter_claims.find(
            tx, institution_code=order.institution_code, message_id=order.message_id
        )
        if claim is not None:
            return await _again(tx, claim, order)
        found = await settlements.find(
            tx, institution_code=order.institution_code, settlement_id=order.settlement_id
        )
        if found is None:
            return Refusal(code="request.not_found")
        row = await settlements.lock(tx, book_id=found.book_id, settlement_id=order.settlement_id)
        return await _refund(tx, world, order, row)

    try:
        return await world.database.transact(work)
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
    await _record(tx, order, receipt, refund)
    return Refunded(receipt=refund, replayed=False)


async def _record(tx: Tx, order: RefundOrder, receipt: Receipt, refund: RefundReceipt) -> None:
    at, book_id = refund.refunded_at, receipt.patient.id
    await counter_claims.insert(
        tx,
        institution_code=order.institution_code,
        message_id=order.message_id,
        kind="refund",
        fingerprint=order.fingerprint,
        claimed_book=book_id,
        claimed_id=refund.refund_id,
    )
    await refunds.insert(
        tx, receipt=refund, book_id=book_id, institution_code=order.institution_code
    )
    legs = _legs(receipt, refund.plan, refund.refund_id, year_of=receipt.settled_at)
    if legs:
        await ledger.record(tx, at=at, booked_on=business_date(at), seen=(), legs=legs)
    fund = refund.plan.returned_to("fund")
    if receipt.plan.estimated_fen and fund:
        await benefits.give_back(
            tx,
            book_id=book_id,
            year=business_date(receipt.settled_at).year,
            eligible_fen=receipt.plan.eligible_fen * fund // receipt.plan.estimated_fen,
            fund_fen=fund,
        )
    await counter_events.insert(
        tx,
        book_id=book_id,
        event_id=refund.refund_id,
        settlement_id=receipt.settlement_id,
        kind="refunded",
        at=at,
    )


def _legs(receipt: Receipt, plan: RefundPlan, refund_id: UUID, *, year_of: datetime) -> list[Leg]:
    """Back to the account and to the allowance of the year it was taken from."""
    return [
        Leg(
            journal_id=refund_id,
            transfer_id=uuid5(refund_id, str(n)),
            purpose="refund",
            book_id=line.book_id,
            binding_id=line.binding_id,
            year=business_date(year_of).year if line.binding_id else None,
            contra=f"institution:{receipt.place.code}",
            amount_fen=line.amount_fen,
        )
        for n, line in enumerate(plan.lines)
        if line.book_id is not None
    ]
