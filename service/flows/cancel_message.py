"""冲正 (2601): a counter that got no answer takes back whatever became of its message.

A message that never arrived is marked as cancelled, so that it cannot arrive late and still pay.
"""

from uuid import UUID

from service.database import ConstraintBroken, Tx
from service.domain.order import Claim
from service.domain.refusal import Refusal
from service.flows.refund_settlement import Refunded, RefundOrder, refund_settlement
from service.store import counter_claims
from service.world import World


async def cancel_message(
    world: World,
    *,
    institution_code: str,
    original: str,
    message_id: str,
    fingerprint: bytes,
    person_id: UUID | None = None,
) -> Refunded | Refusal | None:
    """The refund of what message `original` settled, for `person_id` if the counter names one; None
    when it had settled nothing, and never will. A refund is not cancelled: it stands."""

    async def work(tx: Tx) -> Claim | None:
        claim = await counter_claims.find(
            tx, institution_code=institution_code, message_id=original
        )
        if claim is None:
            nobody = world.new_id()
            await counter_claims.insert(
                tx,
                institution_code=institution_code,
                message_id=original,
                kind="cancelled",
                fingerprint=fingerprint,
                claimed_book=nobody,
                claimed_id=nobody,
            )
        return claim

    try:
        claim = await world.database.transact(work)
    except ConstraintBroken as fault:
        if fault.constraint != "counter_claim_message_once":
            raise
        claim = await world.database.transact(work)  # it arrived at this very moment
    if claim is None or claim.kind in ("cancelled", "refused"):
        return None
    if person_id is not None and claim.book_id != person_id:
        return Refusal(code="counter.person_mismatch")
    if claim.kind == "refund":
        return Refusal(code="counter.refund_stands")
    order = RefundOrder(
        institution_code=institution_code,
        settlement_id=claim.id,
        amount_fen=None,
        message_id=message_id,
        fingerprint=fingerprint,
    )
    return await refund_settlement(world, order)
