"""Step: send held orders to the tax bureau, at the common pace, and take in what it answers."""

from collections.abc import Sequence

import structlog

from service.domain.premium_pace import ask_again
from service.flows.apply_results import apply_results
from service.flows.put_off_closed import put_off_closed
from service.gateways import GatewayTrouble
from service.gateways.tax import Closed, Payment, Unknown
from service.personal import insured
from service.store import premium_steps
from service.store.premiums import OrderRow
from service.world import World

log = structlog.get_logger()


async def submit_premiums(world: World, orders: Sequence[OrderRow]) -> None:
    """Orders that hold their money. No answer leaves them held; whoever takes them next asks by
    their numbers. The same number again is the same order at the bureau. Raises GatewayTrouble when
    the bureau answered what cannot be the answer to these."""
    if not orders:
        return
    payments = [_payment(world, order) for order in orders]
    await world.pace.take(len(orders))
    answer = await world.tax.submit(payments)
    if not isinstance(answer, Unknown | Closed):
        await apply_results(world, answer)
        return
    if isinstance(answer, Closed):
        await put_off_closed(world, answer, orders)
        return
    if answer.answered:  # one of them may be what it chokes on: the caller finds out
        raise GatewayTrouble("tax", answer.reason, answered=True)
    log.warning("tax_answer_unknown", orders=len(orders), reason=answer.reason)
    now = world.clock()
    nexts = {order.premium_id: ask_again(order.tries, now=now) for order in orders}
    await world.database.transact(lambda tx: premium_steps.put_off(tx, nexts, orders=orders))


def _payment(world: World, order: OrderRow) -> Payment:
    assert order.amount_fen is not None, "an order is sent after its money is held"
    person = insured(world.vault, order)
    return Payment(
        order_no=order.order_no,
        id_number=person.id_number,
        name=person.name,
        area=order.area,
        year=order.year,
        amount_fen=order.amount_fen,
    )
