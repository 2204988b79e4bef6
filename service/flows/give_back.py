"""Book a premium that was given back, in the caller's transaction, which has the order locked."""

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.premium import Premium, held_year, refund_leg
from service.domain.premium_refund import PremiumRefund
from service.store import ledger, premium_claims, premiums
from service.world import World


async def give_back(tx: Tx, world: World, order: Premium, refund: PremiumRefund) -> None:
    """To the account it came from. Anybody may pay for the relative again."""
    now = world.clock()
    leg = refund_leg(order, refund.refund_id, year=held_year(order))
    await ledger.record(tx, at=now, booked_on=business_date(now), seen=(), legs=[leg])
    await premium_claims.delete_many(tx, [order])
    await premiums.set_refunded(tx, book_id=order.book_id, premium_id=order.premium_id, at=now)
