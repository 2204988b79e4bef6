"""Step: ask the tax bureau, by their numbers, what became of orders without a definite answer."""

from collections.abc import Sequence

from service.domain.premium_pace import ask_again
from service.flows.apply_results import apply_results
from service.flows.submit_premiums import submit_premiums
from service.gateways.tax import Closed
from service.store import premium_steps
from service.store.premiums import OrderRow
from service.world import World


async def ask_premiums(world: World, orders: Sequence[OrderRow]) -> None:
    """Held orders that are due. One that nobody has sent yet is sent; one that was sent, or may
    have been, is asked about first, and sent again only when the bureau does not have it. Raises
    GatewayTrouble, and nothing has changed."""
    unsent = [order for order in orders if order.tries == 0]
    sent = [order for order in orders if order.tries > 0]
    if sent:
        answer = await world.tax.ask([order.order_no for order in sent])
        if isinstance(answer, Closed):
            later = answer.until
            now = world.clock()
            nexts = {o.premium_id: later or ask_again(o.tries, now=now) for o in orders}
            await world.database.transact(
                lambda tx: premium_steps.put_off(tx, nexts, orders=orders)
            )
            return
        await apply_results(world, [r for r in answer if r.state != "not_found"])
        missing = {result.order_no for result in answer if result.state == "not_found"}
        unsent += [order for order in sent if order.order_no in missing]
    await submit_premiums(world, unsent)
