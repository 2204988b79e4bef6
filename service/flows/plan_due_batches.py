"""Job: plan a batch wherever citizens have plans and a collection window is open."""

import structlog

from service.database import DatabaseAway
from service.domain.calendar import business_date
from service.domain.payable import due_year
from service.flows.audit import SYSTEM
from service.flows.plan_batch import Planned, plan_batch
from service.store import premium_plans
from service.world import World

log = structlog.get_logger()


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
        try:
            planned = await plan_batch(world, area=area, year=year, actor=SYSTEM)
        except DatabaseAway as fault:  # of one area: the others go on, this one next time
            log.warning("batch_not_planned", area=area, year=year, reason=type(fault).__name__)
            continue
        orders += planned.orders if isinstance(planned, Planned) else 0
    return orders
