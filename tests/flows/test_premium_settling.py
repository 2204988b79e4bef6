"""Where the bureau says what our books do not: nothing moves by itself, a named act settles it."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from service.development_policies import AREA
from service.domain.difference import Act
from service.flows.apply_refund import apply_refund
from service.flows.apply_results import apply_results
from service.flows.settle_difference import settle_difference
from service.flows.take_up_orders import take_up_orders
from service.flows.work_premiums import work_premiums
from service.flows.work_refunds import work_refunds
from service.gateways.tax import RefundRequest, RefundResult, Result
from service.store import premium_steps
from service.world import World
from tests.conftest import Clock
from tests.flows.test_premium_reconcile import resolved
from tests.premium_scenes import (
    DUE_FEN,
    Pair,
    ask_back,
    at_rest,
    bureau_order,
    faults,
    money_of,
    ordered,
    pair,
    premium_year,
    state_of,
)
from tests.scenes import rows


async def taken_otherwise(world: World, bureau: httpx.AsyncClient, clock: Clock, yuan: str) -> Any:
    """An order of which the bureau took another amount than what it was sent."""
    await bureau.post("/tax/_mode", json={"takes": yuan})
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await at_rest(world, clock, times=3)
    assert await state_of(world, premium_id) == ("held", None)
    return one, premium_id


async def test_less_than_what_is_held_is_booked_as_theirs(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    one, premium_id = await taken_otherwise(world, bureau, clock, "380.00")
    assert await money_of(world, one.payer_id) == (100_000, DUE_FEN)
    for act in ("accepted", "confirmed_by_other_side", "reversed", "settled_again"):
        assert await resolved(world, act) == "still_held"
    for asking in ("asked_again", "voided"):
        assert await resolved(world, asking) == "still_differs"
    assert await settle_difference(world, premium_id, act="booked_as_theirs")  # and a crash
    assert not await settle_difference(world, premium_id, act="voided")
    assert await resolved(world, "booked_as_theirs") == "resolved"
    assert await resolved(world, "booked_as_theirs") == "already"
    assert await state_of(world, premium_id) == ("paid", None)
    assert await money_of(world, one.payer_id) == (62_000, 0)
    used = await rows(world.database, "SELECT used_fen, held_fen FROM ledger.allowance")
    assert [tuple(row) for row in used] == [(38_000, 0)]
    assert not await faults(world, bureau)


async def test_more_than_what_is_held_is_never_booked(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    one, _ = await taken_otherwise(world, bureau, clock, "400.01")
    assert await resolved(world, "booked_as_theirs") == "still_differs"
    assert await money_of(world, one.payer_id) == (100_000, DUE_FEN)


async def test_what_is_said_again_is_one_difference(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    await taken_otherwise(world, bureau, clock, "380.00")
    for _ in range(2):
        clock.move(days=1)
        await take_up_orders(world, area=AREA, year=premium_year(world))
        await at_rest(world, clock, times=1)
    assert len(await rows(world.database, "SELECT FROM difference")) == 1


async def test_what_the_bureau_does_not_have_is_voided(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    one, premium_id = await taken_otherwise(world, bureau, clock, "380.00")
    await bureau.post("/tax/_reset")
    await bureau.post("/platform/_residents/reset")
    assert await resolved(world, "booked_as_theirs") == "still_differs"
    assert await settle_difference(world, premium_id, act="voided")  # and a crash
    assert not await settle_difference(world, premium_id, act="booked_as_theirs")
    assert await resolved(world, "voided") == "resolved"
    assert await state_of(world, premium_id) == ("declined", "other")
    assert await money_of(world, one.payer_id) == (100_000, 0)
    again = await ordered(world, one)
    await at_rest(world, clock, times=1)
    assert await state_of(world, again) == ("credited", None)
    assert not await faults(world, bureau)


async def aside(world: World, bureau: httpx.AsyncClient) -> tuple[Pair, UUID]:
    """An order the bureau has, its answer lost, set aside for a person to look at."""
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    switch = {"mode": "lose_answer", "times": 1, "delay_seconds": 1.2}
    await bureau.post("/_switches/tax", json=switch)
    await work_premiums(world)
    await world.database.transact(
        lambda tx: premium_steps.set_aside(
            tx, book_id=one.payer_id, premium_id=premium_id, kind="KeyError"
        )
    )
    return one, premium_id


async def test_the_bureaus_right_word_ends_what_is_aside(
    world: World, bureau: httpx.AsyncClient
) -> None:
    _, premium_id = await aside(world, bureau)
    there = await bureau_order(bureau, premium_id)
    said = Result(
        order_no=premium_id.hex,
        state="paid",
        receipt_number=there["receipt_no"],
        amount_fen=DUE_FEN,
        at=world.clock(),
    )
    await apply_results(world, [said])
    assert await state_of(world, premium_id) == ("paid", None)
    assert not await faults(world, bureau)


async def test_a_decline_of_what_is_aside_holds_nobody_up(
    world: World, bureau: httpx.AsyncClient
) -> None:
    one, premium_id = await aside(world, bureau)
    await apply_results(world, [Result(order_no=premium_id.hex, state="declined", reason="other")])
    assert await state_of(world, premium_id) == ("declined", "other")
    assert await money_of(world, one.payer_id) == (100_000, 0)
    assert await take_up_orders(world, area=AREA, year=premium_year(world)) == 0


async def test_what_is_taken_up_again_is_asked_about_before_it_is_sent(
    world: World, bureau: httpx.AsyncClient
) -> None:
    _, premium_id = await aside(world, bureau)
    assert await take_up_orders(world, area=AREA, year=premium_year(world)) == 1
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("credited", None)
    assert (await bureau_order(bureau, premium_id))["submissions"] == 1


@pytest.mark.parametrize("act", ["booked_as_theirs", "asked_again"])
async def test_a_refund_carried_out_after_it_was_declined(
    world: World, bureau: httpx.AsyncClient, act: Act
) -> None:
    await bureau.post("/platform/_credits", json={"hold": True})
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await work_premiums(world)
    await ask_back(world, one, premium_id)
    (row,) = await rows(world.database, "SELECT refund_id FROM premium_refund")
    number = row["refund_id"].hex
    await apply_refund(world, RefundResult(refund_no=number, state="declined", reason="other"))
    assert await state_of(world, premium_id) == ("paid", None)
    asked = RefundRequest(refund_no=number, order_no=premium_id.hex, amount_fen=DUE_FEN)
    said = await world.tax.refund(asked)
    assert isinstance(said, RefundResult)
    for _ in range(2):
        await apply_refund(world, said)
    assert await state_of(world, premium_id) == ("paid", None)
    (found,) = await rows(world.database, "SELECT ours_fen, theirs_fen FROM difference")
    assert tuple(found) == (0, -DUE_FEN)
    outcome = await resolved(world, act)
    assert outcome == ("resolved" if act == "booked_as_theirs" else "still_differs")
    if act == "booked_as_theirs":
        assert await state_of(world, premium_id) == ("refunded", None)
        assert await money_of(world, one.payer_id) == (100_000, 0)
        assert not await faults(world, bureau)


async def test_another_amount_given_back_moves_nothing(
    world: World, bureau: httpx.AsyncClient
) -> None:
    await bureau.post("/platform/_credits", json={"hold": True})
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await work_premiums(world)
    await ask_back(world, one, premium_id)
    (row,) = await rows(world.database, "SELECT refund_id FROM premium_refund")
    said = RefundResult(
        refund_no=row["refund_id"].hex, state="refunded", amount_fen=1, at=world.clock()
    )
    await apply_refund(world, said)
    assert await state_of(world, premium_id) == ("refunding", None)
    assert len(await rows(world.database, "SELECT FROM difference")) == 1
    await work_refunds(world)
    assert await money_of(world, one.payer_id) == (60_000, 0)
