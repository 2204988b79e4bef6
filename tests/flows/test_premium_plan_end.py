"""A plan that is ended while it is being planned: no order outlives it, whoever comes first."""

import asyncio

import httpx

from service.database import Tx
from service.development_policies import AREA
from service.flows.audit import SYSTEM
from service.flows.move_binding import move_binding
from service.flows.plan_batch import plan_batch
from service.store import bindings, premium_plans, premiums
from service.world import World
from tests.premium_scenes import (
    order_states,
    pair,
    planned,
    planned_batch,
    planned_families,
    premium_year,
)
from tests.scenes import rows


async def test_ending_first(world: World, bureau: httpx.AsyncClient) -> None:
    """Planning waits for the end that is under way, and then finds nothing to plan."""
    one = await pair(world, 0)
    plan_id = await planned(world, one)
    ended, go_on = asyncio.Event(), asyncio.Event()

    async def end(tx: Tx) -> None:
        now = world.clock()
        await premium_plans.end(tx, book_id=one.payer_id, plan_id=plan_id, at=now)
        await premiums.skip_of_plan(tx, book_id=one.payer_id, plan_id=plan_id, at=now)
        ended.set()
        await go_on.wait()

    ending = asyncio.create_task(world.database.transact(end))
    await ended.wait()
    planning = asyncio.create_task(plan_batch(world, area=AREA, year=premium_year(world)))
    await asyncio.sleep(0.2)
    assert not planning.done()
    go_on.set()
    await asyncio.gather(ending, planning)
    assert await order_states(world) == {}


async def test_planning_first(world: World, bureau: httpx.AsyncClient) -> None:
    """The end waits for the order that is being made, and takes it back."""
    one = await pair(world, 0)
    plan_id = await planned(world, one)
    inserted, go_on = asyncio.Event(), asyncio.Event()
    premium_id, batch_id = world.new_id(), world.new_id()

    async def plan(tx: Tx) -> None:
        await premiums.insert_planned(
            tx,
            ids=[premium_id],
            books=[one.payer_id],
            plans=[plan_id],
            batch_id=batch_id,
            year=premium_year(world),
            at=world.clock(),
        )
        inserted.set()
        await go_on.wait()

    async def end(tx: Tx) -> None:
        now = world.clock()
        await premium_plans.end(tx, book_id=one.payer_id, plan_id=plan_id, at=now)
        await premiums.skip_of_plan(tx, book_id=one.payer_id, plan_id=plan_id, at=now)

    planning = asyncio.create_task(world.database.transact(plan))
    await inserted.wait()
    ending = asyncio.create_task(world.database.transact(end))
    await asyncio.sleep(0.2)
    assert not ending.done()
    go_on.set()
    await asyncio.gather(planning, ending)
    assert await order_states(world) == {"skipped": 1}


async def test_a_binding_that_ends_takes_its_plans_and_orders_with_it(
    world: World, bureau: httpx.AsyncClient
) -> None:
    one, other = await planned_families(world, 2)
    await planned_batch(world)

    async def end(tx: Tx) -> None:
        locked = await bindings.lock(tx, id=one.binding_id)
        assert await move_binding(tx, world, locked, "end", actor=SYSTEM) == "ended"

    await world.database.transact(end)
    found = await rows(
        world.database,
        "SELECT book_id, state, reason FROM premium ORDER BY book_id <> $1",
        one.payer_id,
    )
    assert [tuple(row) for row in found] == [
        (one.payer_id, "skipped", "binding_ended"),
        (other.payer_id, "planned", None),
    ]
    live = await rows(world.database, "SELECT book_id FROM premium_plan WHERE ended_at IS NULL")
    assert [row["book_id"] for row in live] == [other.payer_id]
