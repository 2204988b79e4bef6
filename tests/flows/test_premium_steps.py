"""An order goes hold, receipt, credit; a decline frees its money; silence decides nothing."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from service.flows.work_premiums import work_premiums
from service.world import World
from tests.conftest import Clock
from tests.premium_scenes import (
    DUE_FEN,
    at_rest,
    bureau_order,
    faults,
    money_of,
    ordered,
    pair,
    state_of,
)
from tests.scenes import rows


async def switch(bureau: httpx.AsyncClient, mode: str, *, times: int = 1) -> None:
    body = {"mode": mode, "times": times, "delay_seconds": 1.2}
    (await bureau.post("/_switches/tax", json=body)).raise_for_status()


async def test_hold_receipt_credit(world: World, bureau: httpx.AsyncClient) -> None:
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("credited", None)
    assert await money_of(world, one.payer_id) == (100_000 - DUE_FEN, 0)
    (row,) = await rows(world.database, "SELECT * FROM premium")
    there = await bureau_order(bureau, premium_id)
    assert (there["state"], there["amount_fen"]) == ("paid", DUE_FEN)
    assert row["receipt_number"] == there["receipt_no"]
    assert row["held_at"] <= row["paid_at"] <= row["credited_at"]
    assert not await faults(world, bureau)


@pytest.mark.parametrize(
    "reason",
    ["deceased", "employee", "suspended", "not_registered", "amount_differs", "window_closed"],
)
async def test_a_decline_frees_money_and_person(
    world: World, bureau: httpx.AsyncClient, reason: str
) -> None:
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    said = {"due_fen": DUE_FEN + 1} if reason == "amount_differs" else {"reason": reason}
    if reason == "window_closed":
        await bureau.post("/tax/_mode", json={"window_closed": True})
    else:
        await bureau.post(f"/tax/_people/{one.relative.id_number}", json=said)
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("declined", reason)
    assert await money_of(world, one.payer_id) == (100_000, 0)
    assert not await rows(world.database, "SELECT FROM premium_claim")
    assert not await faults(world, bureau)


async def test_paid_elsewhere_is_told_by_the_bureau(
    world: World, bureau: httpx.AsyncClient
) -> None:
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    (row,) = await rows(world.database, "SELECT year FROM premium")
    path = f"/tax/_people/{one.relative.id_number}"
    await bureau.post(path, json={"paid_elsewhere_year": row["year"]})
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("declined", "already_paid")


@pytest.mark.parametrize("mode", ["lose_answer", "garbage", "down"])
async def test_silence_is_asked_about_and_never_guessed(
    world: World, bureau: httpx.AsyncClient, clock: Clock, mode: str
) -> None:
    """The hold stays whatever time passes; the answer to the order's own number settles it."""
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await switch(bureau, mode)
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("held", None)
    assert await money_of(world, one.payer_id) == (100_000, DUE_FEN)
    await switch(bureau, "down", times=3)
    for _ in range(3):
        clock.move(days=2)
        await work_premiums(world)
        assert await money_of(world, one.payer_id) == (100_000, DUE_FEN)
    await at_rest(world, clock, times=2)
    assert await state_of(world, premium_id) == ("credited", None)
    there = await bureau_order(bureau, premium_id)
    assert there["submissions"] == 1
    assert not await faults(world, bureau)


async def test_an_order_still_on_its_way_is_sent_again_under_its_number(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    """Asked too early the bureau does not know it; the same number again is the same order."""
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    body = {"mode": "slow", "times": 1, "delay_seconds": 1.5}
    await bureau.post("/_switches/tax", json=body)
    await work_premiums(world)
    clock.move(minutes=1)
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("credited", None)
    while (await bureau_order(bureau, premium_id))["submissions"] < 2:
        await asyncio.sleep(0.05)  # the first one arrives after all
    assert not await faults(world, bureau)


async def test_what_is_decided_later_is_asked_for(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await bureau.post("/tax/_mode", json={"decide": "later"})
    await at_rest(world, clock, times=2)
    assert await state_of(world, premium_id) == ("held", None)
    assert (await bureau_order(bureau, premium_id))["state"] == "accepted"
    await bureau.post("/tax/_decide")
    await at_rest(world, clock, times=1)
    assert await state_of(world, premium_id) == ("credited", None)
    assert (await bureau_order(bureau, premium_id))["submissions"] == 1


async def test_a_maintenance_window_puts_off_until_its_end(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    until = clock() + timedelta(minutes=40)
    await bureau.post("/tax/_maintenance", json={"on": True, "until": until.isoformat()})
    await work_premiums(world)
    (row,) = await rows(world.database, "SELECT state, next_try_at FROM premium")
    assert row["state"] == "held"
    assert abs(row["next_try_at"] - until) < timedelta(seconds=2)
    clock.move(minutes=40, seconds=5)
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("credited", None)


async def test_the_platform_says_no_before_money_is_held(
    world: World, bureau: httpx.AsyncClient
) -> None:
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    path = f"/platform/_people/{one.relative.id_number}/resident"
    (await bureau.post(path, json={"deceased": True})).raise_for_status()
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("skipped", "deceased")
    assert not await rows(world.database, "SELECT FROM ledger.transfer WHERE phase = 'hold'")
    assert not await bureau_order(bureau, premium_id)


async def test_a_credit_that_is_held_back_is_asked_for_until_it_comes(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await bureau.post("/platform/_credits", json={"hold": True})
    await at_rest(world, clock, times=3)
    assert await state_of(world, premium_id) == ("paid", None)
    await bureau.post("/platform/_credits", json={"hold": False})
    clock.move(hours=6)
    await at_rest(world, clock, times=1)
    assert await state_of(world, premium_id) == ("credited", None)


async def test_two_orders_of_one_payer_do_not_overdraw(
    world: World, bureau: httpx.AsyncClient
) -> None:
    """In one chunk, decided one after the other: money for one is not money for both."""
    child = await pair(world, 0, fen=DUE_FEN + DUE_FEN // 2)
    wife = await pair(world, 0, member="wife", fen=None)
    ids = [await ordered(world, child), await ordered(world, wife)]
    await work_premiums(world)
    states = sorted([(await state_of(world, id)) for id in ids])
    assert states == [("credited", None), ("planned", "money_short")]
    assert await money_of(world, child.payer_id) == (DUE_FEN // 2, 0)


@pytest.mark.parametrize(
    "limits", [(1, 1, 1), (None, DUE_FEN - 1, None), (DUE_FEN - 1, None, None)]
)
async def test_the_payers_own_limits_hold_for_premiums(
    world: World, bureau: httpx.AsyncClient, limits: tuple[int | None, int | None, int | None]
) -> None:
    one = await pair(world, 0, limits=limits)
    premium_id = await ordered(world, one)
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("planned", "limit_reached")
