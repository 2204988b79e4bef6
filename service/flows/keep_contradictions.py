"""Keep what the tax bureau said against its own earlier word, for a person to look at.

The bureau promised that a decision is final. Where it says otherwise, nothing is moved on its word:
it becomes a difference, one for each order however often it is said, and an order still open is set
aside.
"""

from collections.abc import Sequence
from datetime import date

import structlog

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.difference import Difference
from service.domain.premium import Premium, contra
from service.gateways.tax import Result
from service.store import differences, premium_steps
from service.world import World

log = structlog.get_logger()


async def keep_contradictions(
    tx: Tx, world: World, contradicted: Sequence[tuple[Premium, Result]]
) -> None:
    """In the caller's transaction, which has the orders locked."""
    now = world.clock()
    kept = [_difference(world, order, result) for order, result in contradicted]
    log.error("premiums_contradicted", orders=len(kept))
    await differences.insert_many(tx, found=kept, at=now)
    for order, _ in contradicted:
        await premium_steps.set_aside(
            tx, book_id=order.book_id, premium_id=order.premium_id, kind="contradicted"
        )


def _difference(world: World, order: Premium, result: Result) -> Difference:
    ours = order.receipt_number is not None or order.state == "held"
    return Difference(
        id=world.new_id(),
        institution_code=contra(order.area),
        day=_day(order),
        message_id=order.order_no,
        kind="amount",
        ours_fen=order.amount_fen if ours else 0,
        theirs_fen=result.amount_fen if result.state == "paid" else 0,
        source="tax",
    )


def _day(order: Premium) -> date:
    """That of the hold: what is said again is the same difference."""
    assert order.held_at is not None
    return business_date(order.held_at)
