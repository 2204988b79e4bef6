"""Job: bring refunds of premiums to the tax bureau, and ask about those without an answer."""

import structlog

from service.database import DatabaseAway, Tx
from service.domain.premium_pace import LEASE, later_than
from service.domain.premium_refund import PremiumRefund
from service.flows.apply_refund import apply_refund
from service.gateways import GatewayTrouble
from service.gateways.tax import Closed, RefundRequest, RefundResult, Unknown
from service.store import premium_refunds
from service.world import World

log = structlog.get_logger()
_MOST = 20


async def work_refunds(world: World) -> int:
    """How many were taken; call again while it is not zero. Each is leased meanwhile."""
    now = world.clock()
    due = await world.database.transact(
        lambda tx: premium_refunds.take_due(tx, now=now, until=now + LEASE, most=_MOST)
    )
    for refund in due:
        try:
            await _work(world, refund)
        except DatabaseAway:
            raise
        except Exception as fault:  # of one: it is found again after its lease, the others go on
            log.error("refund_put_off", refund=refund.refund_id.hex, kind=type(fault).__name__)
    return len(due)


async def _work(world: World, refund: PremiumRefund) -> None:
    answer = await _answer(world, refund)
    if isinstance(answer, RefundResult):
        await apply_refund(world, answer)
    else:
        await _put_off(world, refund, answer)


async def _answer(world: World, refund: PremiumRefund) -> RefundResult | Unknown | Closed:
    """One that was taken before may have been sent: it is asked about first."""
    try:
        await world.pace.take(1)
        if refund.tries > 0:
            found = await world.tax.ask_refund(refund.refund_id.hex)
            if isinstance(found, Closed) or found.state != "not_found":
                return found
    except GatewayTrouble as trouble:
        return Unknown(reason=trouble.reason)
    return await world.tax.refund(
        RefundRequest(
            refund_no=refund.refund_id.hex,
            order_no=refund.premium_id.hex,
            amount_fen=refund.amount_fen,
        )
    )


async def _put_off(world: World, refund: PremiumRefund, answer: Unknown | Closed) -> None:
    later = answer.until if isinstance(answer, Closed) else None
    if isinstance(answer, Unknown):
        log.warning("refund_answer_unknown", reason=answer.reason)

    async def work(tx: Tx) -> int:
        return await premium_refunds.put_off(
            tx,
            book_id=refund.book_id,
            refund_id=refund.refund_id,
            next=later_than(later, refund.tries, now=world.clock()),
        )

    await world.database.transact(work)
