"""Job: one chunk of every step of premium orders that are due; safe in any number of workers.

Taking is a lease: a worker that dies leaves its orders to be found again.
"""

from collections.abc import Sequence
from typing import Literal

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.premium import PremiumState
from service.domain.premium_batch import Batch
from service.domain.premium_pace import LEASE
from service.flows.ask_premiums import ask_premiums
from service.flows.confirm_premiums import confirm_premiums
from service.flows.guard_premiums import Step, guard_premiums
from service.flows.hold_premiums import hold_premiums
from service.flows.submit_premiums import submit_premiums
from service.gateways.tax import BULK_MOST
from service.store import premium_batches, premium_steps
from service.store.premiums import OrderRow
from service.world import World


async def work_premiums(
    world: World, *, only: Batch | Literal["citizens"] | None = None, most: int = BULK_MOST
) -> int:
    """How many orders were taken; call again while it is not zero. `only`: those of one batch, or
    those that citizens pay now; `most`: orders in a chunk, at the pace of a second at most."""
    most = min(most, max(1, world.pace.per_second))
    if only is not None:
        return await _round(world, None if only == "citizens" else only, most)
    async with world.database.read() as tx:
        year = business_date(world.clock()).year
        batches = await premium_batches.at_work(tx, year=year)
    taken = await _round(world, None, most)
    for batch in batches:
        taken += await _round(world, batch, most)
    return taken


async def _round(world: World, batch: Batch | None, most: int) -> int:
    taken = 0
    for state, step in _STEPS.items():
        if state == "planned" and batch is not None and batch.mode == "draining":
            continue
        orders = await _take(world, batch, state, most)
        taken += len(orders)
        if orders:
            await guard_premiums(world, step, orders)
    return taken


async def _take(
    world: World, batch: Batch | None, state: PremiumState, most: int
) -> list[OrderRow]:
    now = world.clock()

    async def work(tx: Tx) -> list[OrderRow]:
        if batch is None:
            return await premium_steps.take_alone(
                tx, state=state, now=now, until=now + LEASE, most=most
            )
        return await premium_steps.take_of_batch(
            tx, batch_id=batch.id, state=state, now=now, until=now + LEASE, most=most
        )

    return await world.database.transact(work)


async def _hold_and_submit(world: World, orders: Sequence[OrderRow]) -> None:
    await world.pace.take(0)  # nobody's money is held while nothing can be sent
    await submit_premiums(world, await hold_premiums(world, orders))


_STEPS: dict[PremiumState, Step] = {
    "held": ask_premiums,
    "planned": _hold_and_submit,
    "paid": confirm_premiums,
}
"""What is under way comes before what has not begun."""
