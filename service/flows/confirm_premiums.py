"""Step: ask the insurance platform whether paid premiums have been credited to the insured."""

from collections.abc import Sequence

from service.database import Tx
from service.domain.premium_pace import credit_again
from service.flows.know_residents import know_residents
from service.personal import insured
from service.store import premium_steps
from service.store.premiums import OrderRow
from service.world import World


async def confirm_premiums(world: World, orders: Sequence[OrderRow]) -> int:
    """How many of these paid orders are credited now. Raises GatewayTrouble."""
    credited = set()
    for year in {order.year for order in orders}:
        of_year = [order for order in orders if order.year == year]
        people = {order.insured_id: insured(world.vault, order) for order in of_year}
        known = await know_residents(world, list(people.values()), year=year)
        credited |= {o.premium_id for o in of_year if known[o.insured_id].credited}
    now = world.clock()

    async def work(tx: Tx) -> int:
        await premium_steps.lock(tx, premium_ids=[order.premium_id for order in orders])
        moved = await premium_steps.set_credited(tx, ids=sorted(credited), at=now)
        over = {row.premium_id for row in moved}
        rest = [order for order in orders if order.premium_id not in over]
        nexts = {order.premium_id: credit_again(order.tries, now=now) for order in rest}
        if rest:
            await premium_steps.put_off(tx, nexts, orders=rest)
        return len(moved)

    return await world.database.transact(work)
