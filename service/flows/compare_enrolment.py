"""Compare paid premiums with what the platform says of the insured; keep what differs.

Missing there: paid, with a receipt of an earlier day, and not credited. Missing here: given back,
and still credited. A credit that has come is taken in on the way.
"""

from datetime import date
from functools import partial
from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.difference import Difference
from service.domain.premium import Premium
from service.domain.resident import Resident
from service.flows.know_residents import know_residents
from service.personal import insured
from service.store import differences, premium_steps, premiums
from service.store.premiums import OrderRow
from service.world import World

_CHUNK = 500


class Enrolled(Struct, frozen=True, kw_only=True):
    """How many orders were looked at, and what differs (`new` of it was not known)."""

    looked_at: int
    found: list[Difference]
    new: int


async def compare_enrolment(world: World, *, area: str, year: int) -> Enrolled:
    """All orders of an area and premium year that were paid. Raises GatewayTrouble."""
    looked_at, new, found, after = 0, 0, list[Difference](), UUID(int=0)
    while True:
        async with world.database.read() as tx:
            orders = await premiums.to_compare(tx, area=area, year=year, after=after, limit=_CHUNK)
        if not orders:
            return Enrolled(looked_at=looked_at, found=found, new=new)
        people = {order.insured_id: insured(world.vault, order) for order in orders}
        known = await know_residents(world, list(people.values()), year=year)
        apart = [d for order in orders if (d := _verdict(world, order, known[order.insured_id]))]
        credited = [o.premium_id for o in orders if known[o.insured_id].credited]
        new += await world.database.transact(
            partial(_keep, world=world, apart=apart, credited=credited)
        )
        found += apart
        looked_at, after = looked_at + len(orders), orders[-1].premium_id


def _verdict(world: World, order: OrderRow, resident: Resident) -> Difference | None:
    today = business_date(world.clock())
    if order.state == "refunded":
        wrong = resident.credited
    else:
        assert order.receipted_at is not None
        wrong = not resident.credited and business_date(order.receipted_at) < today
    return _difference(world, order, day=_day(order)) if wrong else None


def _day(order: Premium) -> date:
    assert order.receipted_at is not None
    return business_date(order.receipted_at)


def _difference(world: World, order: Premium, *, day: date) -> Difference:
    missing_there = order.state != "refunded"
    return Difference(
        id=world.new_id(),
        institution_code=f"enrolment:{order.area}",
        day=day,
        message_id=order.order_no,
        kind="missing_there" if missing_there else "missing_here",
        ours_fen=order.amount_fen if missing_there else None,
        theirs_fen=None if missing_there else order.amount_fen,
        source="platform",
    )


async def _keep(tx: Tx, *, world: World, apart: list[Difference], credited: list[UUID]) -> int:
    now = world.clock()
    await premium_steps.set_credited(tx, ids=credited, at=now)
    return await differences.insert_many(tx, found=apart, at=now) if apart else 0
