"""Quote: what settling would come to now. Records nothing."""

from service.domain.calendar import business_date
from service.domain.order import Claim, Decision, Order, decide
from service.domain.refusal import Refusal
from service.domain.running import Running
from service.domain.settlement import Plan
from service.flows.read_situations import read_situations
from service.world import World


async def quote(world: World, order: Order) -> Plan | Refusal:
    """The plan by the facts of this moment; settling decides anew. Raises DatabaseAway."""
    now = world.clock()
    async with world.database.read() as tx:
        (situation,) = await read_situations(tx, [order], today=business_date(now))
    decided = decide(order, situation, world.policies, Running(), now=now)
    if isinstance(decided, Decision):
        return decided.plan
    return Refusal(code="counter.message_reused") if isinstance(decided, Claim) else decided
