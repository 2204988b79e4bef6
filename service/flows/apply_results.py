"""What the tax bureau said of orders, in whatever order and however often: post, void, or wait.

An answer moves an order only out of the state it belongs to; twice, late or out of order it finds
the order further on and changes nothing.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.premium import Premium, advance, held_year, resolving_leg
from service.domain.premium_pace import ask_again
from service.domain.premium_reason import word_of_decline
from service.flows.keep_contradictions import keep_contradictions
from service.gateways.tax import Result
from service.store import ledger, premium_claims, premium_steps
from service.store.premium_steps import Receipt, Refused
from service.world import World


class _Sorted(Struct):
    """What is to be done with the orders of some results."""

    paid: list[tuple[Premium, Result]] = []
    declined: list[tuple[Premium, Result]] = []
    later: list[Premium] = []
    contradicted: list[tuple[Premium, Result]] = []


async def apply_results(world: World, results: Sequence[Result]) -> int:
    """How many of these orders are ours."""
    by_order = {UUID(hex=result.order_no): result for result in results}

    async def work(tx: Tx) -> int:
        orders = await premium_steps.lock(tx, premium_ids=list(by_order))
        sorted_ = _sort(orders, by_order)
        await _resolve(tx, world, sorted_)
        if sorted_.contradicted:
            await keep_contradictions(tx, world, sorted_.contradicted)
        return len(orders)

    if not by_order:
        return 0
    return await world.database.book(work)


def _sort(orders: Sequence[Premium], results: dict[UUID, Result]) -> _Sorted:
    found = _Sorted()
    for order in orders:
        result = results[order.premium_id]
        if result.state == "paid" and advance(order.state, "receipt"):
            same = result.amount_fen == order.amount_fen
            (found.paid if same else found.contradicted).append((order, result))
        elif result.state == "declined" and advance(order.state, "decline"):
            found.declined.append((order, result))
        elif order.state == "held":
            found.later.append(order)
        elif _contradicts(order, result):
            found.contradicted.append((order, result))
    return found


def _contradicts(order: Premium, result: Result) -> bool:
    """Paid what was declined, or declined what has a receipt."""
    if result.state == "paid":
        return order.state == "declined"
    return result.state == "declined" and order.receipt_number is not None


async def _resolve(tx: Tx, world: World, found: _Sorted) -> None:
    now = world.clock()
    legs = [
        *(resolving_leg(order, "post", year=held_year(order)) for order, _ in found.paid),
        *(resolving_leg(order, "void", year=held_year(order)) for order, _ in found.declined),
    ]
    if legs:
        await ledger.record(tx, at=now, booked_on=business_date(now), seen=(), legs=legs)
    if found.paid:
        receipts = [
            Receipt(
                order=order,
                amount_fen=result.amount_fen,
                number=result.receipt_number,
                at=result.at or now,
            )
            for order, result in found.paid
        ]
        await premium_steps.set_paid(tx, receipts, at=now)
    if found.declined:
        declined = [
            Refused(order=order, reason=reason, word=word_of_decline(reason))
            for order, result in found.declined
            for reason in (result.reason or "other",)
        ]
        await premium_steps.set_declined(tx, declined, at=now)
        await premium_claims.delete_many(tx, [order for order, _ in found.declined])
    if found.later:
        nexts = {order.premium_id: ask_again(order.tries, now=now) for order in found.later}
        await premium_steps.put_off(tx, nexts, orders=found.later)
