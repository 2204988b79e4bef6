"""Step: planned orders become held ones, wait for what may pass, or are not carried out."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from msgspec import structs
from msgspec.structs import replace

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.payable import Due, open_window
from service.domain.premium import Premium
from service.domain.premium_pace import LEASE, hold_again
from service.domain.premium_reason import PATIENT, reason_of, word_of_skip, word_of_wait
from service.domain.refusal import Refusal
from service.flows.find_due import find_due
from service.flows.record_holds import record_holds
from service.personal import insured
from service.store import premium_claims, premium_steps
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

    held = await world.database.book(work)
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
    taken = await _taken(tx, [order for order, _ in refused if order.reason == "taken_care_of"])
    waiting, skipped = list[Refused](), list[Refused]()
    for order, refusal in refused:
        reason = reason_of(refusal)
        if reason in PATIENT:
            last = business_date(now) == _last_day(world, order, dues[order.premium_id])
            again = hold_again(now=now, last_day=last)
            word = word_of_wait(reason)
            waiting.append(Refused(order=order, reason=reason, word=word, next_try_at=again))
        else:
            word = word_of_skip(reason, taken_care_of=order.premium_id in taken)
            skipped.append(Refused(order=order, reason=reason, word=word))
    if waiting:
        await premium_steps.set_waiting(tx, waiting)
    if skipped:
        await premium_steps.set_skipped(tx, skipped, at=now)


async def _taken(tx: Tx, orders: Sequence[Premium]) -> set[UUID]:
    """The orders whose relative another order pays for."""
    claims = {
        (claim.insured_id, year, claim.area)
        for year in {order.year for order in orders}
        for claim in await premium_claims.of_people(
            tx, insured=[order.insured_id for order in orders], year=year
        )
    }
    return {o.premium_id for o in orders if (o.insured_id, o.year, o.area) in claims}


def _last_day(world: World, order: Premium, due: Due | Refusal) -> date | None:
    """On which the order can be paid."""
    if isinstance(due, Due):
        return due.until
    today = business_date(world.clock())
    rules = world.policies.at(today, order.area)
    opened = open_window(rules, year=order.year, today=today) if rules else None
    if opened is None or isinstance(opened, Refusal) or opened[0].value is None:
        return None
    return opened[0].value.closes_on
