"""异地就医备案 as a citizen meets it: filed, seen, ended, and refused with what to do."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from service.domain.calendar import business_date
from service.phone import Phone
from tests.conftest import Clock
from tests.people import Cast
from tests.scenes import acts, code_of, rows

PATH = "/v1/filings"
XIAN = "610100"


def day(clock: Clock, days: int) -> str:
    return (business_date(clock()) + timedelta(days=days)).isoformat()


def wish(clock: Clock, to_area: str = XIAN, **more: Any) -> dict[str, Any]:
    return {"to_area": to_area, "reason": "temporary", "begins_on": day(clock, 0), **more}


async def filed(phone: Phone, body: dict[str, Any]) -> dict[str, Any]:
    answer = await phone.post(PATH, body)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def test_a_filing_is_made_seen_and_ended(cast: Cast, clock: Clock, own_database: str) -> None:
    phone, other = await cast.confirmed("zhaotong_donor"), await cast.linked("zhaotong_son")
    view = await filed(phone, wish(clock))
    assert view["from_area_name"] == "云南省昭通市"
    assert view["to_area_name"] == "陕西省西安市"
    assert view["reason_text"] == "其他临时外出就医人员"
    assert (view["status"], view["ends_on"], view["ended_at"]) == ("in_force", None, None)
    assert view["sentence"] == "您到陕西省西安市就医的备案已经生效，长期有效。"
    assert view["next_step"] == "就医时请向医院或药店出示家庭码。"
    assert view["filed_at"].endswith("+08:00")
    assert (await phone.get(PATH)).json() == {"items": [view], "next": None}
    assert (await other.get(PATH)).json() == {"items": [], "next": None}

    end = f"{PATH}/{view['id']}/end"
    assert code_of(await other.post(end)) == (404, "request.not_found")
    ended = (await phone.post(end)).json()
    assert ended["status"] == "ended"
    assert "结束" in ended["sentence"]
    assert (await phone.post(end)).json() == ended
    assert (await phone.get(PATH)).json()["items"] == []
    assert await acts(own_database, view["id"]) == [
        ("citizen", "filing.filed"),
        ("citizen", "filing.ended"),
    ]
    await filed(phone, wish(clock))


async def test_the_same_key_files_once(cast: Cast, clock: Clock, own_database: str) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    body = wish(clock)
    first = await phone.post(PATH, body, key="filing-0001")
    again = await phone.post(PATH, body, key="filing-0001")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await phone.post(PATH, wish(clock, "610300"), key="filing-0001")
    assert code_of(other) == (422, "idempotency.other_request")
    assert len(await rows(own_database, "SELECT FROM filing")) == 1


async def test_one_filing_per_area_however_many_ask_at_once(
    cast: Cast, clock: Clock, own_database: str
) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    answers = await asyncio.gather(*(phone.post(PATH, wish(clock)) for _ in range(5)))
    codes = sorted(code_of(answer) for answer in answers)
    assert codes == [(201, ""), *[(409, "filing.exists")] * 4]
    assert len(await rows(own_database, "SELECT FROM filing")) == 1


async def test_refusals_say_what_to_do(cast: Cast, clock: Clock) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    for body, status, code in (
        (wish(clock, "530600"), 422, "filing.not_needed"),
        (wish(clock, "530621"), 422, "filing.not_needed"),
        (wish(clock, begins_on=day(clock, -1)), 422, "filing.dates_wrong"),
        (wish(clock, ends_on=day(clock, -1)), 422, "filing.dates_wrong"),
        (wish(clock, "6101"), 400, "request.invalid"),
        (wish(clock, "610100\n"), 400, "request.invalid"),
        (wish(clock, "000000"), 400, "request.invalid"),
        (wish(clock, reason="holiday"), 400, "request.invalid"),
        (wish(clock, begins_on="tomorrow"), 400, "request.invalid"),
        (wish(clock, from_area="610100"), 400, "request.invalid"),
    ):
        answer = await phone.post(PATH, body)
        assert (body, *code_of(answer)) == (body, status, code)
        assert answer.json()["next_step"].endswith("。")
    assert (await phone.get(PATH)).json()["items"] == []


@pytest.mark.parametrize(
    ("handle", "code"),
    [("zhaotong_sibling", "credential.not_insured"), ("guangzhou_stranger", "area.not_served")],
)
async def test_who_is_insured_nowhere_we_serve_cannot_file(
    cast: Cast, clock: Clock, handle: str, code: str
) -> None:
    phone = await cast.confirmed(handle)
    answer = await phone.post(PATH, wish(clock))
    assert code_of(answer) == (422, code)
    assert "12393" in answer.json()["next_step"]


async def test_filing_needs_the_confirmation_and_ending_does_not(cast: Cast, clock: Clock) -> None:
    signed_in = cast.phone("zhaotong_donor")
    await signed_in.sign_in()
    assert code_of(await signed_in.get(PATH)) == (403, "session.credential_needed")
    phone = await cast.linked("zhaotong_donor")
    assert code_of(await phone.post(PATH, wish(clock))) == (403, "session.confirmation_needed")
    await phone.confirm()
    view = await filed(phone, wish(clock))
    clock.move(seconds=cast.world.settings.confirmed_seconds)
    assert (await phone.post(f"{PATH}/{view['id']}/end")).status_code == 200


async def test_after_its_last_day_it_makes_room_for_a_new_one(
    cast: Cast, clock: Clock, own_database: str
) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    old = await filed(phone, wish(clock, ends_on=day(clock, 1)))
    assert code_of(await phone.post(PATH, wish(clock))) == (409, "filing.exists")
    clock.move(days=1)
    phone = await cast.confirmed("zhaotong_donor")
    assert code_of(await phone.post(PATH, wish(clock))) == (409, "filing.exists")
    clock.move(days=1)
    phone = await cast.confirmed("zhaotong_donor")
    [view] = (await phone.get(PATH)).json()["items"]
    assert (view["id"], view["status"]) == (old["id"], "lapsed")
    assert view["next_step"] == "如还要在那里就医，请重新备案。"
    new = await filed(phone, wish(clock, begins_on=day(clock, 3)))
    assert (new["status"], "开始生效" in new["sentence"]) == ("ahead", True)
    listed = (await phone.get(PATH)).json()["items"]
    assert [view["id"] for view in listed] == [new["id"]]
    assert len(await rows(own_database, "SELECT FROM filing")) == 2


async def test_an_area_is_named_as_exactly_as_it_is_known(cast: Cast, clock: Clock) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    for area, name in (
        ("610000", "陕西省"),
        ("530000", "云南省"),
        ("530100", "云南省昆明市"),
        ("530102", "云南省昆明市（地区代码 530102）"),
        ("611002", "陕西省（地区代码 611002）"),
        ("110000", "外地（地区代码 110000）"),
    ):
        assert (await filed(phone, wish(clock, area)))["to_area_name"] == name


async def test_filings_come_in_pages(cast: Cast, clock: Clock) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    made = [(await filed(phone, wish(clock, area)))["id"] for area in (XIAN, "610300", "530100")]
    first = (await phone.get(f"{PATH}?limit=2")).json()
    assert [view["id"] for view in first["items"]] == made[:0:-1]
    last = (await phone.get(f"{PATH}?limit=2&after={first['next']}")).json()
    assert ([view["id"] for view in last["items"]], last["next"]) == (made[:1], None)
