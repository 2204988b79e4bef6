"""Step: planned orders become held ones, wait for what may pass, or are not carried out."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import structs
from msgspec.structs import replace

from service.database import Stale, Tx
from service.domain.calendar import business_date
from service.domain.payable import Due
from service.domain.premium import Premium
from service.domain.premium_pace import LEASE, hold_again
from service.domain.premium_reason import PATIENT, reason_of, word_of_skip, word_of_wait
from service.domain.refusal import Refusal
from service.flows.find_due import find_due
from service.flows.record_holds import record_holds
from service.personal import insured
from service.store import premium_steps
from service.store.premium_steps import Refused
from service.store.premiums import OrderRow
from service.world import World


async def hold_premiums(world: World, orders: Sequence[OrderRow]) -> list[OrderRow]:
    """Those of `orders` whose money is held now, for the caller to send before the lease ends.
    Raises GatewayTrouble, and nothing has changed."""
    dues = await _dues(world, orders)

    async def work(tx: Tx) -> dict[UUID, Premium]:
        until = world.clock() + LEASE
        carried = await record_holds(tx, world, dues, tries=1, until=until)
        await _put_by(tx, world, carried.refused, dues)
        return {order.premium_id: order for order in carried.held}

    try:
        held = await world.database.transact(work)
    except Stale:
        held = await world.database.transact(work)  # the day was closed: book on the next
    return [
        replace(order, **structs.asdict(held[order.premium_id]))
        for order in orders
        if order.premium_id in held
    ]


async def _dues(world: World, orders: Sequence[OrderRow]) -> dict[UUID, Due | Refusal]:
    """By order."""
    dues: dict[UUID, Due | Refusal] = {}
    for year in {order.year for order in orders}:
        of_year = [order for order in orders if order.year == year]
        people = {order.insured_id: insured(world.vault, order) for order in of_year}
        area = {order.insured_id: order.area for order in of_year}
        found = await find_due(world, list(people.values()), year=year, area=area)
        dues |= {order.premium_id: found[order.insured_id] for order in of_year}
    return dues


async def _put_by(
    tx: Tx,
    world: World,
    refused: Sequence[tuple[Premium, Refusal]],
    dues: Mapping[UUID, Due | Refusal],
) -> None:
    now = world.clock()
    waiting, skipped = list[Refused](), list[Refused]()
    for order, refusal in refused:
        reason, due = reason_of(refusal), dues[order.premium_id]
        if reason in PATIENT:
            last = isinstance(due, Due) and due.until == business_date(now)
            again = hold_again(now=now, last_day=last)
            word = word_of_wait(reason)
            waiting.append(Refused(order=order, reason=reason, word=word, next_try_at=again))
        else:
            word = word_of_skip(reason, before=order.reason)
            skipped.append(Refused(order=order, reason=reason, word=word))
    if waiting:
        await premium_steps.set_waiting(tx, waiting)
    if skipped:
        await premium_steps.set_skipped(tx, skipped, at=now)
