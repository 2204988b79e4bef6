"""Keep what the tax bureau said of a refund against its own word, or of another amount."""

import structlog

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.difference import Difference
from service.domain.premium import Premium, contra
from service.domain.premium_refund import PremiumRefund
from service.gateways.tax import RefundResult
from service.store import differences
from service.world import World

log = structlog.get_logger()


async def keep_refund_contradiction(
    tx: Tx, world: World, order: Premium, refund: PremiumRefund, result: RefundResult
) -> None:
    """In the caller's transaction, which has the order locked. The refund's number is the message;
    amounts below zero went back to the account."""
    found = Difference(
        id=world.new_id(),
        institution_code=contra(order.area),
        day=business_date(refund.asked_at),
        message_id=result.refund_no,
        kind="amount",
        ours_fen=0 if refund.state == "declined" else -refund.amount_fen,
        theirs_fen=-result.amount_fen if result.state == "refunded" else 0,
        source="tax",
    )
    log.error("refund_contradicted", refund=result.refund_no)
    await differences.insert_many(tx, found=[found], at=world.clock())
