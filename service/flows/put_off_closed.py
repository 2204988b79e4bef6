"""Put orders off while the tax bureau is closed."""

from collections.abc import Sequence

from service.domain.premium_pace import later_than
from service.gateways.tax import Closed
from service.store import premium_steps
from service.store.premiums import OrderRow
from service.world import World


async def put_off_closed(world: World, closed: Closed, orders: Sequence[OrderRow]) -> None:
    """Until the bureau is open again, by its own word."""
    now = world.clock()
    nexts = {o.premium_id: later_than(closed.until, o.tries, now=now) for o in orders}
    await world.database.transact(lambda tx: premium_steps.put_off(tx, nexts, orders=orders))
