"""Record a decided refund: claim, row, event and the ledger's legs, in the caller's transaction."""

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.ledger import Leg, transfer_id
from service.domain.receipt import Receipt, RefundReceipt
from service.domain.refund import eligible_back
from service.store import benefits, counter_claims, counter_events, ledger, refunds


async def record_refund(
    tx: Tx,
    *,
    institution_code: str,
    fingerprint: bytes,
    receipt: Receipt,
    refund: RefundReceipt,
    before_fen: int,
) -> None:
    """`before_fen` was refunded of the settlement before. Raises ConstraintBroken
    (counter_claim_message_once) when the same message won the race."""
    at, book_id = refund.refunded_at, receipt.patient.id
    await counter_claims.insert(
        tx,
        institution_code=institution_code,
        message_id=refund.message_id,
        kind="refund",
        fingerprint=fingerprint,
        claimed_book=book_id,
        claimed_id=refund.refund_id,
    )
    await refunds.insert(tx, receipt=refund, book_id=book_id, institution_code=institution_code)
    legs = _legs(receipt, refund)
    if legs:
        await ledger.record(tx, at=at, booked_on=business_date(at), seen=(), legs=legs)
    if receipt.plan.eligible_fen or receipt.plan.pooled_fen:
        await benefits.give_back(
            tx,
            book_id=book_id,
            year=business_date(receipt.settled_at).year,
            eligible_fen=eligible_back(
                receipt.plan, before_fen=before_fen, now_fen=refund.plan.total_fen
            ),
            fund_fen=refund.plan.returned_to("fund"),
        )
    await counter_events.insert(
        tx,
        book_id=book_id,
        event_id=refund.refund_id,
        settlement_id=receipt.settlement_id,
        kind="refunded",
        at=at,
    )


def _legs(receipt: Receipt, refund: RefundReceipt) -> list[Leg]:
    """Back to the account and to the allowance of the year it was taken from."""
    return [
        Leg(
            journal_id=refund.refund_id,
            transfer_id=transfer_id(receipt.place.code, refund.message_id, n),
            purpose="refund",
            book_id=line.book_id,
            binding_id=line.binding_id,
            year=business_date(receipt.settled_at).year if line.binding_id else None,
            contra=f"institution:{receipt.place.code}",
            amount_fen=line.amount_fen,
        )
        for n, line in enumerate(refund.plan.lines)
        if line.book_id is not None
    ]
