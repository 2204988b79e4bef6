"""Step: planned orders become held ones, wait for what may pass, or are not carried out."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs
from msgspec.structs import replace

from service.database import Stale, Tx
from service.domain.payable import Due
from service.domain.premium import PATIENT, Premium, reason_of
from service.domain.premium_pace import LEASE, hold_again
from service.domain.refusal import Refusal
from service.flows.find_due import find_due
from service.flows.record_holds import record_holds
from service.personal import insured
from service.store import premium_steps
from service.store.premiums import OrderRow
from service.world import World


async def hold_premiums(world: World, orders: Sequence[OrderRow]) -> list[OrderRow]:
    """Those of `orders` whose money is held now, for the caller to send before the lease ends.
    Raises GatewayTrouble, and nothing has changed."""
    dues = await _dues(world, orders)

    async def work(tx: Tx) -> dict[UUID, Premium]:
        until = world.clock() + LEASE
        carried = await record_holds(tx, world, dues, tries=1, until=until)
        await _put_by(tx, world, carried.refused)
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


async def _put_by(tx: Tx, world: World, refused: Sequence[tuple[Premium, Refusal]]) -> None:
    now = world.clock()
    told = [(order, reason_of(refusal)) for order, refusal in refused]
    waiting = [(order, reason) for order, reason in told if reason in PATIENT]
    skipped = [(order, reason) for order, reason in told if reason not in PATIENT]
    if waiting:
        await premium_steps.set_waiting(tx, waiting, next=hold_again(now=now))
    if skipped:
        await premium_steps.set_skipped(tx, skipped, at=now)
