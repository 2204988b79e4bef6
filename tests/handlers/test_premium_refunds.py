"""Giving a premium back as its payer asks for it, and what the relative may see and not do."""

import httpx

from service.flows.work_premiums import work_premiums
from service.flows.work_refunds import work_refunds
from service.world import World
from tests.conftest import Clock
from tests.counter_scenes import person_id
from tests.handlers.test_premiums import PATH, paid, payer
from tests.people import Cast
from tests.premium_scenes import faults, money_of
from tests.scenes import code_of


async def test_the_relative_sees_it_and_cannot_take_it_back(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    await bureau.post("/platform/_credits", json={"hold": True})
    phone = await payer(cast)
    premium_id = await paid(phone, world, await cast.bound(phone, "zhaotong_mother", "52"))
    await work_premiums(world)
    relative = await cast.confirmed("zhaotong_mother")
    (view,) = (await relative.get(PATH)).json()["items"]
    assert (view["id"], view["role"], view["relative"]) == (premium_id, "relative", "**甲")
    assert view["sentence"].startswith("**甲为您代缴")
    answer = await relative.post(f"{PATH}/{premium_id}/refund")
    assert code_of(answer) == (404, "request.not_found")
    stranger = await cast.confirmed("zhaotong_resident")
    assert code_of(await stranger.get(f"{PATH}/{premium_id}")) == (404, "request.not_found")


async def test_giving_back(cast: Cast, world: World, bureau: httpx.AsyncClient) -> None:
    await bureau.post("/platform/_credits", json={"hold": True})
    phone = await payer(cast)
    child = await cast.bound(phone, "zhaotong_child", "31")
    premium_id = await paid(phone, world, child)
    early = await phone.post(f"{PATH}/{premium_id}/refund")
    assert code_of(early) == (409, "premium.refund_not_now")
    await work_premiums(world)
    asked = await phone.post(f"{PATH}/{premium_id}/refund", key="refund-key-1")
    assert (asked.status_code, asked.json()["state"]) == (200, "refunding")
    again = await phone.post(f"{PATH}/{premium_id}/refund")
    assert code_of(again) == (409, "premium.refund_not_now")
    await work_refunds(world)
    view = (await phone.get(f"{PATH}/{premium_id}")).json()
    assert view["state"] == "refunded"
    assert "已退回" in view["steps"][0]["sentence"]
    assert await money_of(world, await person_id(world, "zhaotong_donor")) == (100_000, 0)
    assert (await phone.get(f"{PATH}/payable")).json()["items"][0]["can_pay"]
    assert not await faults(world, bureau)


async def test_what_is_credited_stays(
    cast: Cast, world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    phone = await payer(cast)
    premium_id = await paid(phone, world, await cast.bound(phone, "zhaotong_child", "31"))
    await work_premiums(world)
    answer = await phone.post(f"{PATH}/{premium_id}/refund")
    assert code_of(answer) == (409, "premium.refund_too_late")


async def test_a_refund_that_was_declined_is_told(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    """The credit came before the bureau: the premium stays paid, and the payer reads why."""
    await bureau.post("/platform/_credits", json={"hold": True})
    phone = await payer(cast)
    premium_id = await paid(phone, world, await cast.bound(phone, "zhaotong_mother", "52"))
    await work_premiums(world)
    (await phone.post(f"{PATH}/{premium_id}/refund")).raise_for_status()
    await bureau.post("/platform/_credits", json={"hold": False})
    await work_refunds(world)
    view = (await phone.get(f"{PATH}/{premium_id}")).json()
    assert view["state"] == "paid"
    assert view["sentence"].endswith("您申请的退费税务部门没有受理。")
    relative = await cast.confirmed("zhaotong_mother")
    assert "退费" not in (await relative.get(f"{PATH}/{premium_id}")).json()["sentence"]
