"""代缴 as a payer and a relative meet it: what can be paid, paying, the three legs, giving back."""

import asyncio
from typing import Any

import httpx
import pytest

from service.flows.tell_premiums import tell_premiums
from service.flows.work_premiums import work_premiums
from service.phone import Phone
from service.world import World
from tests.counter_scenes import credit, person_id
from tests.people import Cast
from tests.premium_scenes import DUE_FEN, faults, premium_year
from tests.scenes import acts, code_of, rows

PATH = "/v1/premiums"


async def payer(cast: Cast, *, fen: int = 100_000, handle: str = "zhaotong_donor") -> Phone:
    """Confirmed, with money."""
    phone = await cast.confirmed(handle)
    await credit(cast.world, await person_id(cast.world, handle), fen)
    return phone


def wish(world: World, binding: str, **more: Any) -> dict[str, Any]:
    year = premium_year(world)
    return {"binding_id": binding, "year": year, "amount_fen": DUE_FEN, **more}


async def paid(phone: Phone, world: World, binding_id: str) -> str:
    answer = await phone.post(PATH, wish(world, binding_id))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_payer_pays_and_sees_the_three_legs(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone = await payer(cast)
    child = await cast.bound(phone, "zhaotong_child", "31")
    (found,) = (await phone.get(f"{PATH}/payable")).json()["items"]
    assert (found["can_pay"], found["amount_fen"], found["year"]) == (
        *(True, DUE_FEN),
        premium_year(world),
    )
    assert "400.00 元" in found["sentence"]
    assert found["benefits"].endswith("起享受待遇。")
    assert found["clause"]
    first = await phone.post(PATH, wish(world, child), key="premium-key-1")
    again = await phone.post(PATH, wish(world, child), key="premium-key-1")
    assert (first.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    held = first.json()
    assert (held["state"], held["relative"]) == ("held", "**丙")
    assert [step["done"] for step in held["steps"]] == [False, False, False]
    account = (await phone.get("/v1/account")).json()
    assert (account["held_fen"], account["available_fen"]) == (DUE_FEN, 60_000)
    await work_premiums(world)
    view = (await phone.get(f"{PATH}/{held['id']}")).json()
    assert [step["name"] for step in view["steps"]] == ["deducted", "receipted", "credited"]
    assert all(step["done"] and step["at"].endswith("+08:00") for step in view["steps"])
    assert view["receipt_number"] in view["steps"][1]["sentence"]
    assert (await phone.get("/v1/statement")).json()["items"][0]["sentence"] == (
        "为**丙代缴居民医保费 400.00 元。"
    )
    assert await acts(world.database, held["id"]) == [("citizen", "premium.ordered")]
    assert not await faults(world, bureau)


async def test_both_are_told(cast: Cast, world: World, bureau: httpx.AsyncClient) -> None:
    phone = await payer(cast)
    await paid(phone, world, await cast.bound(phone, "zhaotong_child", "31"))
    await work_premiums(world)
    assert await tell_premiums(world) == 1
    told = await rows(world.database, "SELECT person_id, kind, amount_fen FROM message"
                                      " WHERE event_id IS NOT NULL")  # fmt: skip
    child = await person_id(world, "zhaotong_child")
    assert {row["person_id"] for row in told} == {
        await person_id(world, "zhaotong_donor"),
        child,
    }
    assert {(row["kind"], row["amount_fen"]) for row in told} == {("premium_credited", DUE_FEN)}


REFUSALS: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "amount changed": ({"amount_fen": DUE_FEN - 100}, (409, "premium.amount_changed")),
    "year not announced": ({"year": 2099}, (422, "premium.not_announced")),
    "year past": ({"year": 2025}, (422, "premium.window_closed")),
    "no year": ({"year": 1999}, (400, "request.invalid")),
    "no amount": ({"amount_fen": 0}, (400, "request.invalid")),
    "unknown field": ({"gift": True}, (400, "request.invalid")),
    "not bound": ({"binding_id": "0" * 8 + "-0000-7000-8000-" + "0" * 12},
                  (404, "request.not_found")),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
async def test_refusals_move_no_money(
    cast: Cast, world: World, bureau: httpx.AsyncClient, case: str
) -> None:
    more, expected = REFUSALS[case]
    phone = await payer(cast)
    child = await cast.bound(phone, "zhaotong_child", "31")
    answer = await phone.post(PATH, wish(world, child, **more))
    assert code_of(answer) == expected
    assert not await rows(world.database, "SELECT FROM premium")
    assert not await rows(world.database, "SELECT FROM ledger.transfer WHERE phase = 'hold'")


RESIDENTS: dict[str, tuple[dict[str, Any], str]] = {
    "deceased": ({"deceased": True}, "premium.deceased"),
    "category without an amount": ({"category": "orphan"}, "premium.amount_not_announced"),
    "nothing to pay": ({"category": "extreme_poverty"}, "premium.nothing_to_pay"),
}


@pytest.mark.parametrize("case", RESIDENTS)
async def test_what_the_platform_says_of_the_relative(
    cast: Cast, world: World, bureau: httpx.AsyncClient, case: str
) -> None:
    said, code = RESIDENTS[case]
    phone = await payer(cast)
    child = await cast.bound(phone, "zhaotong_child", "31")
    number = cast.phone("zhaotong_child").id_number
    page = f"/platform/_people/{number}/resident"
    (await bureau.post(page, json=said)).raise_for_status()
    assert (await phone.post(PATH, wish(world, child))).json()["code"] == code
    (found,) = (await phone.get(f"{PATH}/payable")).json()["items"]
    assert (found["can_pay"], found["code"]) == (False, code)
    assert found["next_step"]


async def test_an_employee_and_somebody_elsewhere(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone = await payer(cast)
    for handle, relation in (("zhaotong_father", "51"), ("zhaotong_spouse", "12")):
        await cast.bound(phone, handle, relation)
    found = (await phone.get(f"{PATH}/payable")).json()["items"]
    assert [item["code"] for item in found] == ["premium.employee", "premium.not_announced"]
    assert "云南" in found[1]["clause"]


async def test_money_that_is_short(cast: Cast, world: World, bureau: httpx.AsyncClient) -> None:
    phone = await payer(cast, fen=DUE_FEN - 1)
    child = await cast.bound(phone, "zhaotong_child", "31")
    answer = await phone.post(PATH, wish(world, child))
    assert code_of(answer) == (409, "premium.money_short")
    assert "预约" in answer.json()["next_step"]


@pytest.mark.parametrize(
    ("limits", "code"),
    [({"use_fen": DUE_FEN - 1}, "premium.limit_reached"), (None, "premium.binding_paused")],
)
async def test_the_binding_decides_too(
    cast: Cast, world: World, bureau: httpx.AsyncClient, limits: Any, code: str
) -> None:
    phone = await payer(cast)
    child = await cast.bound(phone, "zhaotong_child", "31")
    changes = {"limits": limits} if limits else {"action": "pause"}
    (await phone.post(f"/v1/bindings/{child}/changes", changes)).raise_for_status()
    assert code_of(await phone.post(PATH, wish(world, child))) == (409, code)


async def test_two_payers_at_the_same_instant(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    """One pays; the other learns that it is taken care of, and not by whom."""
    father = await payer(cast, handle="zhaotong_father")
    donor = await payer(cast)
    bound = [
        await cast.bound(father, "zhaotong_mother", "12"),
        await cast.bound(donor, "zhaotong_mother", "52"),
    ]
    answers = await asyncio.gather(
        *(
            phone.post(PATH, wish(world, id))
            for phone, id in zip((father, donor), bound, strict=True)
        )
    )
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert code_of(won) == (201, "")
    assert code_of(lost) == (409, "premium.taken_care_of")
    assert "测试" not in lost.text
    assert "**" not in lost.text
    loser = (father, donor)[answers.index(lost)]
    (found,) = (await loser.get(f"{PATH}/payable")).json()["items"]
    assert found["code"] == "premium.taken_care_of"
    assert len(await rows(world.database, "SELECT FROM premium")) == 1


async def test_it_takes_a_confirmed_session(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone = await payer(cast)
    child = await cast.bound(phone, "zhaotong_child", "31")
    linked = await cast.linked("zhaotong_donor", device="-2")
    assert code_of(await linked.post(PATH, wish(world, child))) == (
        403,
        "session.confirmation_needed",
    )


async def test_a_silent_platform_moves_nothing(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    phone = await payer(cast)
    child = await cast.bound(phone, "zhaotong_child", "31")
    await bureau.post("/_switches/platform", json={"mode": "down"})
    for answer in (await phone.post(PATH, wish(world, child)), await phone.get(f"{PATH}/payable")):
        assert code_of(answer) == (503, "outside.platform")
    assert not await rows(world.database, "SELECT FROM premium")


async def test_pages(cast: Cast, world: World, bureau: httpx.AsyncClient) -> None:
    phone = await payer(cast)
    ids = [
        await paid(phone, world, await cast.bound(phone, handle, relation))
        for handle, relation in (("zhaotong_child", "31"), ("zhaotong_mother", "52"))
    ]
    first = (await phone.get(f"{PATH}?limit=1")).json()
    second = (await phone.get(f"{PATH}?limit=1&after={first['next']}")).json()
    assert [first["items"][0]["id"], second["items"][0]["id"]] == ids[::-1]
    assert second["next"] is None
