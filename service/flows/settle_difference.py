"""Named acts on a difference about a premium: book what the tax bureau says, or free what it lacks.

The bureau is asked first, by the number, outside of any transaction: an operator's word alone moves
no money.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal
from uuid import UUID

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.premium import Premium, advance, held_year, resolving_leg
from service.domain.premium_reason import word_of_decline
from service.flows.give_back import give_back
from service.gateways.tax import Closed, RefundResult, Result
from service.store import ledger, premium_claims, premium_refunds, premium_steps
from service.store.premium_steps import Receipt, Refused
from service.world import World

SettlingAct = Literal["booked_as_theirs", "voided"]
_Step = Callable[[Tx, World, Premium, Result], Awaitable[bool]]


async def settle_difference(world: World, number: UUID, *, act: SettlingAct) -> bool:
    """Whether it is settled so, now or by an earlier try; else nothing has changed. Raises
    GatewayTrouble.

    Booked as theirs: the bureau took no more than we hold, or gave back what it had declined to.
    Voided: the bureau has no such order, or declined it.
    """
    async with world.database.read() as tx:
        refund = await premium_refunds.find(tx, refund_id=number)
    if refund is not None:
        said = await world.tax.ask_refund(number.hex)
        if isinstance(said, Closed) or said.state != "refunded" or act == "voided":
            return False
        work = partial(_book_refund, world=world, refund_id=number, said=said)
    else:
        answer = await world.tax.ask([number.hex])
        if isinstance(answer, Closed):
            return False
        step = _book if act == "booked_as_theirs" else _void
        work = partial(_payment, world=world, said=answer[0], step=step)
    return await world.database.book(work)


async def _payment(tx: Tx, *, world: World, said: Result, step: _Step) -> bool:
    orders = await premium_steps.lock(tx, premium_ids=[UUID(hex=said.order_no)])
    return bool(orders) and await step(tx, world, orders[0], said)


async def _book(tx: Tx, world: World, order: Premium, said: Result) -> bool:
    if said.state != "paid" or order.amount_fen is None:
        return False
    if order.state != "held":
        return order.receipt_number is not None and said.amount_fen == order.amount_fen
    if not 0 < said.amount_fen <= order.amount_fen:
        return False
    now, taken = world.clock(), said.amount_fen
    leg = resolving_leg(order, "post", year=held_year(order), amount_fen=taken)
    await ledger.record(tx, at=now, booked_on=business_date(now), seen=(), legs=[leg])
    receipt = Receipt(order=order, amount_fen=taken, number=said.receipt_number, at=said.at or now)
    await premium_steps.set_paid(tx, [receipt], at=now)
    return True


async def _void(tx: Tx, world: World, order: Premium, said: Result) -> bool:
    if order.state != "held":
        return order.state == "declined" and said.state in ("declined", "not_found")
    # One that nobody set aside may be on its way: then "not found" says nothing.
    if said.state != "declined" and (said.state != "not_found" or order.aside is None):
        return False
    now, reason = world.clock(), said.reason or "other"
    leg = resolving_leg(order, "void", year=held_year(order))
    await ledger.record(tx, at=now, booked_on=business_date(now), seen=(), legs=[leg])
    refused = Refused(order=order, reason=reason, word=word_of_decline(reason))
    await premium_steps.set_declined(tx, [refused], at=now)
    await premium_claims.delete_many(tx, [order])
    return True


async def _book_refund(tx: Tx, *, world: World, refund_id: UUID, said: RefundResult) -> bool:
    found = await premium_refunds.find(tx, refund_id=refund_id)
    assert found is not None
    (order,) = await premium_steps.lock(tx, premium_ids=[found.premium_id])
    refund = await premium_refunds.find(tx, refund_id=refund_id)
    assert refund is not None
    same = said.amount_fen == refund.amount_fen
    if refund.state == "refunded":
        return same
    stays = advance(order.state, "credit") or order.state == "credited"
    if refund.state != "declined" or not stays or not same:
        return False
    now = world.clock()
    await give_back(tx, world, order, refund)
    await premium_refunds.correct(
        tx,
        book_id=refund.book_id,
        refund_id=refund_id,
        refunded_at=said.at or now,
        at=now,
    )
    return True
