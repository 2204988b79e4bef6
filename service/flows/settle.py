"""Settle one bill: concurrent calls become one at the database, each with its own answer."""

from functools import partial

from service.domain.order import Order
from service.domain.refusal import Refusal
from service.flows.settle_together import Settled, settle_together
from service.world import World


async def settle(world: World, order: Order) -> Settled | Refusal:
    """The settlement now recorded, or the one that the same message recorded before.

    Raises DatabaseAway: all or nothing was recorded, ask again with the same message.
    """
    answer: Settled | Refusal = await world.settlements.join(order, partial(settle_together, world))
    return answer
