"""预约代缴: agreed to, carried out when due, ended at any time; and the hall sees the batch."""

from typing import Any

import httpx
import pytest

from service.flows.plan_due_batches import plan_due_batches
from service.flows.work_premiums import work_premiums
from service.phone import Phone
from service.world import World
from tests.handlers.test_premiums import payer
from tests.people import Cast
from tests.premium_scenes import DUE_FEN, premium_year
from tests.scenes import acts, code_of, rows

PATH = "/v1/premium-plans"


def wish(binding_id: str, **more: Any) -> dict[str, Any]:
    return {"binding_id": binding_id, "most_fen": DUE_FEN, "agreed": True, **more}


async def bound(cast: Cast) -> tuple[Phone, str]:
    phone = await payer(cast)
    return phone, await cast.bound(phone, "zhaotong_child", "31")


async def test_a_plan_is_made_carried_out_and_ended(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone, child = await bound(cast)
    made = await phone.post(PATH, wish(child))
    assert made.status_code == 201, made.text
    plan = made.json()
    assert (plan["year"], plan["relative"]) == (None, "**丙")
    assert "每年" in plan["sentence"]
    assert await plan_due_batches(world) == 1
    await work_premiums(world)
    (view,) = (await phone.get(PATH)).json()["items"]
    assert "医保已到账" in view["sentence"]
    ended = await phone.post(f"{PATH}/{plan['id']}/end")
    again = await phone.post(f"{PATH}/{plan['id']}/end")
    assert ended.json() == again.json()
    assert ended.json()["ended_at"]
    assert await acts(world.database, plan["id"]) == [
        ("citizen", "premium_plan.agreed"),
        ("citizen", "premium_plan.ended"),
    ]


async def test_ending_takes_back_what_holds_no_money(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone, child = await bound(cast)
    plan = (await phone.post(PATH, wish(child))).json()
    await plan_due_batches(world)
    await phone.post(f"{PATH}/{plan['id']}/end")
    await work_premiums(world)
    (row,) = await rows(world.database, "SELECT state, reason FROM premium")
    assert tuple(row) == ("skipped", "plan_ended")


async def test_ending_leaves_what_the_bureau_may_have(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone, child = await bound(cast)
    plan = (await phone.post(PATH, wish(child))).json()
    await plan_due_batches(world)
    await bureau.post("/_switches/tax", json={"mode": "garbage", "times": 1})
    await work_premiums(world)
    await phone.post(f"{PATH}/{plan['id']}/end")
    (row,) = await rows(world.database, "SELECT state FROM premium")
    assert row["state"] == "held"


REFUSALS: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "not agreed": ({"agreed": False}, (400, "request.invalid")),
    "no limit": ({"most_fen": 0}, (400, "request.invalid")),
    "a year that is over": ({"year": 2025}, (422, "premium_plan.year_past")),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_refusals(cast: Cast, world: World, case: str) -> None:
    more, expected = REFUSALS[case]
    phone, child = await bound(cast)
    assert code_of(await phone.post(PATH, wish(child, **more))) == expected


async def test_one_plan_covers_a_year(cast: Cast, world: World) -> None:
    """One for every year covers each; years apart stand beside each other."""
    phone, child = await bound(cast)
    year = premium_year(world)
    assert (await phone.post(PATH, wish(child, year=year))).status_code == 201
    assert (await phone.post(PATH, wish(child, year=year + 1))).status_code == 201
    for again in (year, None):
        answer = await phone.post(PATH, wish(child, year=again))
        assert code_of(answer) == (409, "premium_plan.exists")


async def test_what_is_not_ones_own(cast: Cast, world: World) -> None:
    phone, child = await bound(cast)
    plan = (await phone.post(PATH, wish(child))).json()
    stranger = await cast.confirmed("zhaotong_son")
    assert code_of(await stranger.post(PATH, wish(child))) == (404, "request.not_found")
    ended = await stranger.post(f"{PATH}/{plan['id']}/end")
    assert code_of(ended) == (404, "request.not_found")


async def test_an_ended_binding_needs_no_plan(cast: Cast, world: World) -> None:
    phone, child = await bound(cast)
    await phone.post(f"/v1/bindings/{child}/end")
    answer = await phone.post(PATH, wish(child))
    assert code_of(answer) == (409, "premium.binding_ended")


async def test_the_hall_sees_how_far_its_batches_are(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone, child = await bound(cast)
    await phone.post(PATH, wish(child))
    await plan_due_batches(world)
    clerk = await cast.clerk("desk", "intake", area="530600")
    (before,) = (await clerk.get("/v1/hall/premium-batches")).json()["items"]
    assert (before["percent"], before["planned"], before["open"]) == (0.0, 1, 1)
    await work_premiums(world)
    (after,) = (await clerk.get("/v1/hall/premium-batches")).json()["items"]
    assert (after["percent"], after["credited"], after["paid_fen"]) == (100.0, 1, DUE_FEN)
    assert after["paid_per_minute"] == 1
    elsewhere = await cast.clerk("elsewhere", "review", area="610100")
    assert (await elsewhere.get("/v1/hall/premium-batches")).json() == {"items": []}
    assert code_of(await phone.get("/v1/hall/premium-batches"))[0] == 403


async def test_what_waits_for_a_paused_binding_goes_on_when_it_is_resumed(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone, child = await bound(cast)
    await phone.post(PATH, wish(child))
    changes = f"/v1/bindings/{child}/changes"
    (await phone.post(changes, {"action": "pause"})).raise_for_status()
    await plan_due_batches(world)
    await work_premiums(world)
    (view,) = (await phone.get(PATH)).json()["items"]
    assert "共济已暂停，缴费期内会再试" in view["sentence"]
    (await phone.post(changes, {"action": "resume"})).raise_for_status()
    await work_premiums(world)
    (view,) = (await phone.get(PATH)).json()["items"]
    assert "已缴费" in view["sentence"]


async def test_a_year_whose_window_has_closed_cannot_be_planned(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone, child = await bound(cast)
    answer = await phone.post(PATH, wish(child, year=premium_year(world) - 1))
    assert code_of(answer) == (422, "premium.window_closed")


async def test_a_binding_that_ended_leaves_room_for_a_new_plan(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone, child = await bound(cast)
    await phone.post(PATH, wish(child))
    (await phone.post(f"/v1/bindings/{child}/end")).raise_for_status()
    (view,) = (await phone.get(PATH)).json()["items"]
    assert view["ended_at"]
    assert "不会再代缴" in view["sentence"]
    again = await cast.bound(phone, "zhaotong_child", "31")
    assert (await phone.post(PATH, wish(again))).status_code == 201
