"""Callbacks of the bureau: before our own answer, repeated, out of order, against its own word."""

from typing import Any

import httpx
from msgspec.structs import replace

from service.flows.receive_tax_notice import receive_tax_notice
from service.flows.work_premiums import work_premiums
from service.gateways.tax import Result
from service.world import World
from tests.conftest import Clock
from tests.premium_scenes import at_rest, faults, money_of, ordered, pair, state_of
from tests.scenes import rows


async def notices(world: World, bureau: httpx.AsyncClient) -> list[Any]:
    """What the bureau has sent so far, read as we read it."""
    callbacks = (await bureau.get("/tax/_callbacks")).json()
    return [
        world.tax.read_notice(callback["headers"], callback["body"].encode())
        for callback in callbacks
    ]


async def test_a_callback_comes_before_our_own_answer(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    switch = {"mode": "lose_answer", "times": 1, "delay_seconds": 1.2}
    await bureau.post("/_switches/tax", json=switch)
    await work_premiums(world)
    (notice,) = await notices(world, bureau)
    for _ in range(3):
        assert await receive_tax_notice(world, notice)
    assert await state_of(world, premium_id) == ("paid", None)
    await at_rest(world, clock, times=2)
    assert await state_of(world, premium_id) == ("credited", None)
    assert not await faults(world, bureau)


async def test_old_news_change_nothing(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    """`accepted` after `paid`, and `paid` once more when it is credited."""
    one = await pair(world, 0)
    await ordered(world, one)
    await work_premiums(world)
    before = await rows(world.database, "SELECT * FROM premium")
    (notice,) = await notices(world, bureau)
    accepted = replace(notice, state="accepted", receipt_number="", amount_fen=0, at=None)
    for late in (accepted, notice):
        assert await receive_tax_notice(world, late)
    assert await rows(world.database, "SELECT * FROM premium") == before


async def test_an_order_of_somebody_else_is_not_ours(world: World) -> None:
    stranger = Result(order_no="0" * 32, state="paid", receipt_number="T1", amount_fen=1)
    assert not await receive_tax_notice(world, stranger)


async def test_another_amount_is_kept_for_a_person(world: World, bureau: httpx.AsyncClient) -> None:
    """Nothing is posted on a word that does not fit the order."""
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await bureau.post("/tax/_mode", json={"decide": "later"})
    await work_premiums(world)
    wrong = Result(
        order_no=premium_id.hex, state="paid", receipt_number="T1", amount_fen=1, at=world.clock()
    )
    assert await receive_tax_notice(world, wrong)
    assert await state_of(world, premium_id) == ("held", None)
    assert (await money_of(world, one.payer_id))[0] == 100_000
    (row,) = await rows(world.database, "SELECT aside, next_try_at FROM premium")
    assert (row["aside"], row["next_try_at"]) == ("contradicted", None)
    (kept,) = await rows(world.database, "SELECT source, ours_fen, theirs_fen FROM difference")
    assert tuple(kept) == ("tax", 40_000, 1)


async def test_paid_after_declined_is_kept_for_a_person(
    world: World, bureau: httpx.AsyncClient
) -> None:
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await bureau.post(f"/tax/_people/{one.relative.id_number}", json={"reason": "employee"})
    await work_premiums(world)
    late = Result(
        order_no=premium_id.hex,
        state="paid",
        receipt_number="T1",
        amount_fen=40_000,
        at=world.clock(),
    )
    for _ in range(2):
        assert await receive_tax_notice(world, late)
    assert await state_of(world, premium_id) == ("declined", "employee")
    assert await money_of(world, one.payer_id) == (100_000, 0)
    (kept,) = await rows(world.database, "SELECT ours_fen, theirs_fen FROM difference")
    assert tuple(kept) == (0, 40_000)
