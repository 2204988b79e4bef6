"""Step: ask the tax bureau, by their numbers, what became of orders without a definite answer."""

from collections.abc import Sequence

from service.flows.apply_results import apply_results
from service.flows.put_off_closed import put_off_closed
from service.flows.submit_premiums import submit_premiums
from service.gateways.tax import Closed
from service.store.premiums import OrderRow
from service.world import World


async def ask_premiums(world: World, orders: Sequence[OrderRow]) -> None:
    """Held orders that are due. One that nobody has sent yet is sent; one that was sent, or may
    have been, is asked about first, and sent again only when the bureau does not have it. Raises
    GatewayTrouble, and nothing has changed."""
    unsent = [order for order in orders if order.tries == 0]
    sent = [order for order in orders if order.tries > 0]
    if sent:
        await world.pace.take(len(sent))
        answer = await world.tax.ask([order.order_no for order in sent])
        if isinstance(answer, Closed):
            await put_off_closed(world, answer, orders)
            return
        await apply_results(world, [r for r in answer if r.state != "not_found"])
        missing = {result.order_no for result in answer if result.state == "not_found"}
        unsent += [order for order in sent if order.order_no in missing]
    await submit_premiums(world, unsent)
