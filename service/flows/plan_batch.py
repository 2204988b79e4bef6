"""Turn all due plans of an area and premium year into orders of one batch; safe to repeat.

An order is unique per plan and year: planning again, or twice at once, adds what is missing.
"""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.payable import open_window
from service.domain.premium_batch import Batch, Mode
from service.domain.refusal import Refusal
from service.flows.audit import OPERATOR, Actor, audit
from service.store import premium_batches, premium_plans, premiums
from service.store.premium_plans import DueRow
from service.world import World

_PAGE = 2000


class Planned(Struct, frozen=True, kw_only=True):
    """The batch and how many orders are new in it."""

    batch: Batch
    orders: int


async def plan_batch(
    world: World,
    *,
    area: str,
    year: int,
    mode: Mode = "running",
    actor: Actor = OPERATOR,
    report: Callable[[int], None] = lambda _: None,
) -> Planned | Refusal:
    """`mode` is that of a batch that is new; `report(orders so far)` after each chunk. Refused
    outside the window of the year, as paying by hand is."""
    today = business_date(world.clock())
    rules = world.policies.at(today, area)
    if rules is None:
        return Refusal(code="area.not_served", facts={"area": world.policies.name_of(area)})
    opened = open_window(rules, year=year, today=today)
    if isinstance(opened, Refusal):
        return opened
    batch = await world.database.transact(
        partial(_batch, world=world, area=area, year=year, mode=mode, actor=actor)
    )
    total, after = 0, UUID(int=0)
    while True:
        async with world.database.read() as tx:
            plans = await premium_plans.due(tx, area=area, year=year, after=after, limit=_PAGE)
        if not plans:
            return Planned(batch=batch, orders=total)
        due = [plan for plan in plans if not plan.ordered]
        if due:
            make = partial(_orders, world=world, batch=batch, due=due)
            total += await world.database.transact(make)
        after = plans[-1].plan_id
        report(total)


async def _batch(tx: Tx, *, world: World, area: str, year: int, mode: Mode, actor: Actor) -> Batch:
    batch_id = world.new_id()
    if await premium_batches.insert(
        tx, id=batch_id, area=area, year=year, mode=mode, at=world.clock()
    ):
        await audit(
            tx,
            world,
            "premium_batch.begun",
            actor=actor,
            subject=("premium_batch", batch_id),
            detail={"area": area, "year": year, "mode": mode},
        )
    batch = await premium_batches.find(tx, area=area, year=year)
    assert batch is not None
    return batch


async def _orders(tx: Tx, *, world: World, batch: Batch, due: list[DueRow]) -> int:
    return await premiums.insert_planned(
        tx,
        ids=[world.new_id() for _ in due],
        books=[plan.book_id for plan in due],
        plans=[plan.plan_id for plan in due],
        batch_id=batch.id,
        year=batch.year,
        at=world.clock(),
    )
