"""Job: plan a batch wherever citizens have plans and a collection window is open."""

from service.domain.calendar import business_date
from service.domain.payable import due_year
from service.flows.audit import SYSTEM
from service.flows.plan_batch import Planned, plan_batch
from service.store import premium_plans
from service.world import World


async def plan_due_batches(world: World) -> int:
    """How many orders are new. Repeating adds only what was planned since."""

    async with world.database.read() as tx:
        areas = await premium_plans.areas(tx)
    today, orders = business_date(world.clock()), 0
    for area in areas:
        rules = world.policies.at(today, area)
        year = due_year(rules) if rules else None
        if year is None:
            continue
        planned = await plan_batch(world, area=area, year=year, actor=SYSTEM)
        orders += planned.orders if isinstance(planned, Planned) else 0
    return orders
