"""Batches: planned once however often, worked by many, steered, and reported to the fen."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec.structs import replace

from service.development_policies import AREA
from service.domain.calendar import SHANGHAI
from service.domain.premium_batch import Batch, Progress
from service.domain.refusal import Refusal
from service.flows.plan_batch import Planned, plan_batch
from service.flows.plan_due_batches import plan_due_batches
from service.flows.read_progress import read_progress
from service.flows.steer_batch import steer_batch
from service.flows.take_up_orders import take_up_orders
from service.flows.tell_premiums import tell_premiums
from service.flows.work_premiums import work_premiums
from service.world import World
from tests.conftest import Clock
from tests.counter_scenes import credit
from tests.premium_scenes import (
    DUE_FEN,
    at_rest,
    faults,
    order_states,
    ordered,
    pair,
    planned,
    planned_batch,
    planned_families,
    premium_year,
)
from tests.scenes import rows


async def finished(world: World, batch: Batch) -> Progress:
    while await work_premiums(world, only=batch):
        pass
    (progress,) = await read_progress(world, [batch])
    return progress


async def test_planning_again_adds_nothing(world: World, bureau: httpx.AsyncClient) -> None:
    await planned_families(world, 3)
    year = premium_year(world)
    both = await asyncio.gather(*(plan_batch(world, area=AREA, year=year) for _ in range(2)))
    again = await plan_batch(world, area=AREA, year=year)
    assert sum(done.orders for done in both if isinstance(done, Planned)) == 3
    assert isinstance(again, Planned)
    assert again.orders == 0
    assert await order_states(world) == {"planned": 3}
    assert await plan_due_batches(world) == 0


async def test_a_batch_is_worked_by_many_and_pays_once(
    world: World, bureau: httpx.AsyncClient
) -> None:
    pairs = await planned_families(world, 8)
    batch = await planned_batch(world)
    await asyncio.gather(*(work_premiums(world, only=batch) for _ in range(6)))
    progress = await finished(world, batch)
    assert (progress.total, progress.credited, progress.percent) == (8, 8, 100.0)
    assert progress.paid_fen == 8 * DUE_FEN
    book = (await bureau.get("/tax/_book")).json()
    assert [order["submissions"] for order in book["orders"]] == [1] * len(pairs)
    assert not await faults(world, bureau)


async def test_pause_drain_and_resume(world: World, bureau: httpx.AsyncClient) -> None:
    await planned_families(world, 2)
    batch = await planned_batch(world)
    year = premium_year(world)
    await steer_batch(world, area=AREA, year=year, mode="paused")
    assert await work_premiums(world) == 0
    drained = await steer_batch(world, area=AREA, year=year, mode="draining")
    assert drained is not None
    assert await work_premiums(world, only=drained) == 0
    resumed = await steer_batch(world, area=AREA, year=year, mode="running")
    assert resumed == batch
    await work_premiums(world)
    assert await order_states(world) == {"credited": 2}
    acts = await rows(world.database, "SELECT act FROM audit ORDER BY id")
    assert [row["act"] for row in acts] == ["premium_batch.begun"] + ["premium_batch.steered"] * 3
    assert await steer_batch(world, area="610100", year=year, mode="paused") is None


async def test_draining_finishes_what_is_under_way(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    await planned_families(world, 2)
    batch = await planned_batch(world)
    await bureau.post("/_switches/tax", json={"mode": "garbage", "times": 1})
    await work_premiums(world, only=batch)
    clock.move(minutes=3)
    await work_premiums(world, only=replace(batch, mode="draining"))
    assert await order_states(world) == {"credited": 2}


async def test_money_that_is_short_is_told_once_and_tried_again(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    (one,) = await planned_families(world, 1, fen=DUE_FEN - 1)
    batch = await planned_batch(world)
    for _ in range(3):
        await work_premiums(world, only=batch)
        await tell_premiums(world)
        clock.move(hours=7)
    told = await rows(world.database, "SELECT person_id, kind FROM message")
    assert [tuple(row) for row in told] == [(one.payer_id, "premium_short")]
    assert await order_states(world) == {"planned": 1}
    await credit(world, one.payer_id, 1)
    await work_premiums(world, only=batch)
    assert await order_states(world) == {"credited": 1}


async def test_at_the_end_of_the_window_what_is_still_short_is_over(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    """The last moment of the last day in Shanghai still counts, the next does not."""
    await planned_families(world, 1, fen=1)
    batch = await planned_batch(world)
    rules = world.policies.at(world.clock().astimezone(SHANGHAI).date(), AREA)
    assert rules is not None
    window = rules.premium_window.value
    assert window is not None
    midnight = window.closes_on + timedelta(days=1)
    edge = world.clock().astimezone(SHANGHAI).replace(
        year=midnight.year, month=midnight.month, day=midnight.day, hour=0, minute=0, second=0
    )  # fmt: skip
    clock.set(edge - timedelta(seconds=20))
    await work_premiums(world, only=batch)
    assert await order_states(world) == {"planned": 1}
    clock.set(edge + timedelta(hours=6))
    await work_premiums(world, only=batch)
    (row,) = await rows(world.database, "SELECT state, reason FROM premium")
    assert tuple(row) == ("skipped", "window_closed")
    again = await plan_batch(world, area=AREA, year=batch.year)
    assert isinstance(again, Refusal)
    assert again.code == "premium.window_closed"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE binding SET state = 'ended', ended_at = now()", "binding_ended"),
        ("UPDATE binding SET ends_on = current_date - 2, begins_on = current_date - 9",
         "binding_ended"),
        ("UPDATE premium_plan SET most_fen = 39999", "plan_limit"),
    ],
)  # fmt: skip
async def test_what_changed_between_plan_and_turn(
    world: World, bureau: httpx.AsyncClient, change: str, reason: str
) -> None:
    await planned_families(world, 1)
    batch = await planned_batch(world)
    async with world.database.read() as tx:
        await tx.connection.execute(change)
    await work_premiums(world, only=batch)
    (row,) = await rows(world.database, "SELECT state, reason FROM premium")
    assert tuple(row) == ("skipped", reason)
    assert not await rows(world.database, "SELECT FROM ledger.transfer WHERE phase <> 'single'")


async def test_two_payers_planned_for_one_relative(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    donor = await pair(world, 0)
    father = await pair(world, 0, payer="father")
    for one in (donor, father):
        await planned(world, one)
    batch = await planned_batch(world)
    await finished(world, batch)
    found = await rows(world.database, "SELECT state, reason FROM premium ORDER BY state")
    assert [tuple(row) for row in found] == [
        ("credited", None),
        ("planned", "taken_care_of"),
    ]
    clock.move(hours=7)
    await finished(world, batch)
    found = await rows(world.database, "SELECT state, reason FROM premium ORDER BY state")
    assert [tuple(row) for row in found] == [("credited", None), ("skipped", "already_paid")]
    assert not await faults(world, bureau)


async def test_one_poisoned_order_goes_aside_and_the_rest_go_on(
    world: World, bureau: httpx.AsyncClient
) -> None:
    pairs = await planned_families(world, 5)
    batch = await planned_batch(world)
    async with world.database.read() as tx:
        sealed = await tx.connection.fetchval(
            "SELECT name_sealed FROM person WHERE id = $1", pairs[2].relative_id
        )
        await _set_name(tx, pairs[2].relative_id, b"\x01" + bytes(40))
    progress = await finished(world, batch)
    assert (progress.credited, progress.set_aside, progress.percent) == (4, 1, 80.0)
    (row,) = await rows(world.database, "SELECT state, aside FROM premium WHERE aside IS NOT NULL")
    assert tuple(row) == ("planned", "CryptoFault")
    async with world.database.read() as tx:
        await _set_name(tx, pairs[2].relative_id, sealed)
    assert await take_up_orders(world, area=AREA, year=batch.year) == 1
    assert (await finished(world, batch)).credited == 5


async def _set_name(tx: Any, person_id: UUID, sealed: bytes) -> None:
    await tx.connection.execute(
        "UPDATE person SET name_sealed = $2 WHERE id = $1", person_id, sealed
    )


async def test_a_window_that_is_not_announced(world: World) -> None:
    refused = await plan_batch(world, area="530100", year=premium_year(world))
    assert isinstance(refused, Refusal)
    assert refused.code == "premium.not_announced"


async def test_who_pays_now_does_not_wait_for_the_batch(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    """A paused batch stands still; a citizen's own order goes on."""
    await planned_families(world, 1)
    await planned_batch(world)
    await steer_batch(world, area=AREA, year=premium_year(world), mode="paused")
    await ordered(world, await pair(world, 1))
    await at_rest(world, clock, times=1)
    assert await order_states(world) == {"planned": 1, "credited": 1}


@pytest.mark.parametrize("reason", ["already_paid", "employee"])
async def test_what_is_told_of_a_decline(
    world: World, bureau: httpx.AsyncClient, reason: str
) -> None:
    """A premium paid elsewhere is no bad news."""
    (one,) = await planned_families(world, 1)
    batch = await planned_batch(world)
    said = {"paid_elsewhere_year": batch.year} if reason == "already_paid" else {"reason": reason}
    await bureau.post(f"/tax/_people/{one.relative.id_number}", json=said)
    await work_premiums(world, only=batch)
    await tell_premiums(world)
    told = await rows(world.database, "SELECT kind FROM message")
    expected = "premium_not_needed" if reason == "already_paid" else "premium_declined"
    assert [row["kind"] for row in told] == [expected]
