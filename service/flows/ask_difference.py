"""Ask the other side of a difference about a premium again, by its number, and take its answer in.

What agrees afterwards is resolved; what does not stays for a person.
"""

from uuid import UUID

from service.flows.apply_refund import apply_refund
from service.flows.apply_results import apply_results
from service.flows.know_residents import know_residents
from service.gateways.tax import Closed
from service.personal import insured
from service.store import premium_refunds, premium_steps, premiums
from service.store.differences import DifferenceRow
from service.store.premiums import OrderRow
from service.world import World

_PAID = ("paid", "credited", "refunding", "refunded")


async def ask_difference(world: World, row: DifferenceRow) -> bool:
    """Whether both sides say the same now. Raises GatewayTrouble."""
    number = UUID(hex=row.message_id)
    async with world.database.read() as tx:
        order = await premiums.get_order(tx, premium_id=number)
        refund = await premium_refunds.find(tx, refund_id=number)
    if row.source == "platform":
        return order is not None and await _credited(world, order)
    if refund is not None:
        return await _refund(world, number)
    return await _payment(world, number)


async def _payment(world: World, number: UUID) -> bool:
    answer = await world.tax.ask([number.hex])
    if isinstance(answer, Closed):
        return False
    await apply_results(world, [result for result in answer if result.state != "not_found"])
    async with world.database.read() as tx:
        order = await premiums.get_order(tx, premium_id=number)
    paid_there = answer[0].state == "paid"
    if order is None:
        return not paid_there
    same_amount = not paid_there or answer[0].amount_fen == order.amount_fen
    return same_amount and paid_there == (order.state in _PAID)


async def _refund(world: World, number: UUID) -> bool:
    answer = await world.tax.ask_refund(number.hex)
    if isinstance(answer, Closed):
        return False
    if answer.state != "not_found":
        await apply_refund(world, answer)
    async with world.database.read() as tx:
        refund = await premium_refunds.find(tx, refund_id=number)
    assert refund is not None
    back = answer.state == "refunded"
    same_amount = not back or answer.amount_fen == refund.amount_fen
    return same_amount and back == (refund.state == "refunded")


async def _credited(world: World, order: OrderRow) -> bool:
    known = await know_residents(world, [insured(world.vault, order)], year=order.year)
    credited = known[order.insured_id].credited
    if credited and order.state == "paid":
        now = world.clock()
        await world.database.transact(
            lambda tx: premium_steps.set_credited(tx, ids=[order.premium_id], at=now)
        )
    return credited == (order.state != "refunded")
