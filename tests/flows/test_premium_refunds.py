"""Giving a premium back: whole, before its credit, once, and to where it came from."""

from uuid import UUID

import httpx
import pytest

from service.flows.apply_refund import apply_refund
from service.flows.tell_premiums import tell_premiums
from service.flows.work_premiums import work_premiums
from service.flows.work_refunds import work_refunds
from service.gateways.tax import RefundResult
from service.world import World
from tests.conftest import Clock
from tests.premium_scenes import (
    Pair,
    ask_back,
    at_rest,
    bureau_order,
    faults,
    money_of,
    ordered,
    pair,
    state_of,
)
from tests.scenes import rows


async def paid(world: World, bureau: httpx.AsyncClient) -> tuple[Pair, UUID]:
    await bureau.post("/platform/_credits", json={"hold": True})
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("paid", None)
    return one, premium_id


async def test_money_and_person_are_free_again(world: World, bureau: httpx.AsyncClient) -> None:
    one, premium_id = await paid(world, bureau)
    await ask_back(world, one, premium_id)
    await work_refunds(world)
    assert await state_of(world, premium_id) == ("refunded", None)
    assert await money_of(world, one.payer_id) == (100_000, 0)
    used = await rows(world.database, "SELECT used_fen FROM ledger.allowance")
    assert [row["used_fen"] for row in used] == [0]
    assert (await bureau_order(bureau, premium_id))["state"] == "refunded"
    assert not await faults(world, bureau)
    again = await ordered(world, one)
    await work_premiums(world)
    assert await state_of(world, again) == ("paid", None)
    assert not await faults(world, bureau)


@pytest.mark.parametrize("mode", ["lose_answer", "garbage", "down"])
async def test_silence_about_a_refund_is_asked_about(
    world: World, bureau: httpx.AsyncClient, clock: Clock, mode: str
) -> None:
    one, premium_id = await paid(world, bureau)
    await ask_back(world, one, premium_id)
    switch = {"mode": mode, "times": 1, "delay_seconds": 1.2}
    await bureau.post("/_switches/tax", json=switch)
    await work_refunds(world)
    assert await state_of(world, premium_id) == ("refunding", None)
    await at_rest(world, clock, times=2)
    assert await state_of(world, premium_id) == ("refunded", None)
    (refund,) = (await bureau_order(bureau, premium_id))["refunds"]
    assert refund["submissions"] == 1
    assert not await faults(world, bureau)


async def test_the_insurance_was_quicker(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    """The bureau declines what is credited: the premium stays paid, and its credit is taken in."""
    one, premium_id = await paid(world, bureau)
    await ask_back(world, one, premium_id)
    await bureau.post("/platform/_credits", json={"hold": False})
    await work_refunds(world)
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("paid", None), "not before the payer was told"
    await tell_premiums(world)
    await at_rest(world, clock, times=2)
    assert await state_of(world, premium_id) == ("credited", None)
    told = await rows(world.database, "SELECT FROM message WHERE kind = 'premium_kept'")
    assert len(told) == 1
    (row,) = await rows(world.database, "SELECT state, reason FROM premium_refund")
    assert tuple(row) == ("declined", "credited")
    assert not await faults(world, bureau)


async def test_an_answer_that_comes_twice_gives_back_once(
    world: World, bureau: httpx.AsyncClient
) -> None:
    one, premium_id = await paid(world, bureau)
    await ask_back(world, one, premium_id)
    (row,) = await rows(world.database, "SELECT refund_id FROM premium_refund")
    number = row["refund_id"].hex
    await work_refunds(world)
    again = RefundResult(refund_no=number, state="refunded", amount_fen=40_000, at=world.clock())
    for _ in range(2):
        assert await apply_refund(world, again)
    assert await money_of(world, one.payer_id) == (100_000, 0)
    stranger = RefundResult(refund_no="0" * 32, state="refunded", amount_fen=1)
    assert not await apply_refund(world, stranger)
