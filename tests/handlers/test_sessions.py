"""Signing in, linking the e-credential, stepping up: what a phone sees of its session."""

import dataclasses
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import redis.asyncio
from litestar import Litestar

from service.development import SHAANXI_ALIPAY, YUNNAN_WECHAT
from service.gateways.platform.population import PEOPLE
from service.phone import Phone
from service.settings import Settings
from service.world import World
from tests.conftest import Clock
from tests.people import Cast

DONOR, SPOUSE = "zhaotong_donor", "zhaotong_spouse"
CHANNELS = ("wechat", "alipay")


def refused(answer: httpx.Response, status: int, code: str) -> bool:
    """A problem of this status and code, or an assertion with the answer."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.headers["content-type"].startswith("application/problem+json")


async def level_of(phone: Phone) -> Any:
    answer = await phone.get("/v1/me")
    return answer.json()["level"] if answer.is_success else answer.status_code


async def sign_in_with(phone: Phone, **more: object) -> httpx.Response:
    body = {"channel": phone.channel, "app_id": phone.app_id, "code": "x", **more}
    return await phone.post("/v1/sessions", {k: v for k, v in body.items() if v is not None})


async def test_wechat_sign_in_gives_level_1_for_one_request_upstream(
    cast: Cast, sandboxes: httpx.AsyncClient
) -> None:
    before = (await sandboxes.get("/wechat/_book")).json()["upstream_requests"]
    phone = cast.phone(DONOR)
    answer = await phone.sign_in()
    after = (await sandboxes.get("/wechat/_book")).json()["upstream_requests"]
    assert (answer.status_code, answer.json()["level"], after - before) == (201, 1, 1)
    me = (await phone.get("/v1/me")).json()
    assert (me["level"], me["channel"], me["person"]) == (1, "wechat", None)


async def test_alipay_sign_in_gives_level_1(cast: Cast) -> None:
    phone = cast.phone("xian_donor", channel="alipay")
    answer = await phone.sign_in()
    assert (answer.status_code, answer.json()["level"]) == (201, 1)
    assert (await phone.get("/v1/me")).json()["channel"] == "alipay"


async def test_an_app_that_is_not_known_is_refused(cast: Cast) -> None:
    for channel, app_id in (
        ("wechat", None),  # two are registered
        ("wechat", "wx0000000000000000"),
        ("wechat", SHAANXI_ALIPAY),
        ("alipay", YUNNAN_WECHAT),
        ("alipay", ""),
    ):
        answer = await sign_in_with(cast.phone(DONOR, channel=channel), app_id=app_id)
        assert refused(answer, 400, "session.app_unknown")


async def test_the_only_app_of_a_channel_need_not_be_named(cast: Cast, app: Litestar) -> None:
    phone, world = cast.phone(DONOR), app.state.world
    only = {key: value for key, value in world.apps.items() if value.app_id == phone.app_id}
    app.state.world = dataclasses.replace(world, apps=only)
    answer = await sign_in_with(phone, app_id=None, code=await phone._channel_code())
    assert answer.status_code == 201
    answer = await sign_in_with(cast.phone(DONOR, channel="alipay"), app_id=None)
    assert refused(answer, 400, "session.app_unknown")


async def test_a_code_that_was_never_given_is_refused(cast: Cast) -> None:
    for channel in CHANNELS:
        for code in ("0" * 32, "👵" * 10, " ", "x" * 512):
            answer = await sign_in_with(cast.phone(DONOR, channel=channel), code=code)
            assert refused(answer, 400, "session.code_refused")


async def test_a_code_that_cannot_be_one_is_invalid(cast: Cast) -> None:
    for code in ("", "x" * 513, None, 7):
        assert refused(await sign_in_with(cast.phone(DONOR), code=code), 400, "request.invalid")


async def test_a_used_code_is_refused(cast: Cast) -> None:
    for phone in (cast.phone(DONOR, channel=channel) for channel in CHANNELS):
        code = await phone._channel_code()
        assert (await sign_in_with(phone, code=code)).status_code == 201
        assert refused(await sign_in_with(phone, code=code), 400, "session.code_refused")


async def test_an_expired_code_is_refused(cast: Cast, clock: Clock) -> None:
    for channel, life in (("wechat", timedelta(minutes=5)), ("alipay", timedelta(hours=24))):
        phone = cast.phone(DONOR, channel=channel)
        early, late = await phone._channel_code(), await phone._channel_code()
        clock.move(seconds=life.total_seconds() - 5)
        assert (await sign_in_with(phone, code=early)).status_code == 201
        clock.move(seconds=6)
        assert refused(await sign_in_with(phone, code=late), 400, "session.code_refused")


async def test_a_credential_code_is_good_once_and_for_a_minute(cast: Cast, clock: Clock) -> None:
    phone = await cast.linked(DONOR)
    used, late = await phone.credential_code(), await phone.credential_code()
    assert (await phone.post("/v1/sessions/credential", {"credential_code": used})).is_success
    await phone.sign_in()
    clock.move(seconds=61)
    for code in (used, late, "EC0000", "👵"):
        for path in ("/v1/sessions/credential", "/v1/sessions/confirm"):
            answer = await phone.post(path, {"credential_code": code})
            assert refused(answer, 400, "credential.refused")
    assert await level_of(phone) == 2


async def test_linking_gives_level_2_with_a_new_token_and_the_old_one_is_dead(cast: Cast) -> None:
    phone, old = cast.phone(DONOR), cast.phone(DONOR)
    await phone.sign_in()
    old.token = phone.token
    assert refused(await phone.confirm(), 403, "session.credential_needed")
    assert (await phone.link()).json()["level"] == 2
    assert (await level_of(phone), await level_of(old)) == (2, 401)
    person = (await phone.get("/v1/me")).json()["person"]
    assert PEOPLE[DONOR].id_number not in str(person)
    assert PEOPLE[DONOR].name not in str(person)


async def test_signing_in_again_when_linked_gives_level_2_at_once(cast: Cast) -> None:
    await cast.linked(DONOR)
    again = cast.phone(DONOR)
    assert (await again.sign_in()).json()["level"] == 2


@pytest.mark.parametrize("known", [False, True])
async def test_sign_in_and_link_in_one_call(cast: Cast, known: bool) -> None:
    for channel in CHANNELS:
        phone = cast.phone(DONOR, channel=channel)
        if known:
            await phone.enter()
        code, credential = await phone._channel_code(), await phone.credential_code()
        answer = await sign_in_with(phone, code=code, credential_code=credential)
        assert (answer.status_code, answer.json().get("level")) == (201, 2), answer.text
        phone.token = answer.json()["token"]
        assert await level_of(phone) == 2


async def test_sign_in_whose_link_is_refused_leaves_no_session(
    cast: Cast, settings: Settings
) -> None:
    phone = cast.phone(DONOR)
    code = await phone._channel_code()
    answer = await sign_in_with(phone, code=code, credential_code="EC0000")
    assert refused(answer, 400, "credential.refused")
    async with redis.asyncio.from_url(settings.redis_url) as client:
        assert await client.keys("*session*") == []


async def test_confirming_gives_level_3_with_a_new_token_for_a_while(
    cast: Cast, clock: Clock, world: World
) -> None:
    phone, old = await cast.linked(DONOR), cast.phone(DONOR)
    old.token = phone.token
    answer = (await phone.confirm()).json()
    assert answer["level"] == 3
    assert answer["confirmed_until"].endswith("+08:00")
    assert (await level_of(phone), await level_of(old)) == (3, 401)
    clock.move(seconds=world.settings.confirmed_seconds - 5)
    assert await level_of(phone) == 3
    clock.move(seconds=6)
    assert await level_of(phone) == 2


async def test_confirming_with_somebody_elses_credential_is_refused(cast: Cast) -> None:
    phone = await cast.linked(DONOR)
    phone.id_number = PEOPLE[SPOUSE].id_number
    assert refused(await phone.confirm(), 403, "credential.other_person")
    assert await level_of(phone) == 2


async def test_a_credential_of_another_than_alipay_certified_is_refused(cast: Cast) -> None:
    phone = cast.phone(DONOR, channel="alipay", device="-certified")
    phone.id_number = PEOPLE[SPOUSE].id_number
    await phone.sign_in()
    assert refused(await phone.link(), 403, "credential.other_person")
    assert await level_of(phone) == 1
    person = PEOPLE[DONOR]  # the number ends in X, which Alipay may write small
    phone.id_number, phone.certified = person.id_number, (person.id_number.lower(), person.name)
    await phone.sign_in()
    assert (await phone.link()).json()["level"] == 2


async def test_an_account_certified_for_another_person_since_opens_nothing_of_the_first(
    cast: Cast,
) -> None:
    await cast.linked(DONOR, channel="alipay", device="-handed-on")
    taken_over = cast.phone(DONOR, channel="alipay", device="-handed-on")
    taken_over.certified = (PEOPLE[SPOUSE].id_number, PEOPLE[SPOUSE].name)
    assert (await taken_over.sign_in()).json()["level"] == 1
    taken_over.id_number = PEOPLE[SPOUSE].id_number
    assert (await taken_over.link()).json()["level"] == 2


async def test_relinking_an_account_ends_the_former_persons_sessions_and_is_audited(
    cast: Cast, own_database: str
) -> None:
    family_phone = await cast.linked(DONOR, device="-shared")
    elsewhere = await cast.linked(DONOR, channel="alipay")
    family_phone.id_number = PEOPLE[SPOUSE].id_number
    assert (await family_phone.link()).json()["level"] == 2
    assert (await level_of(family_phone), await level_of(elsewhere)) == (2, 401)

    connection = await asyncpg.connect(own_database)
    row = await connection.fetchrow(
        "SELECT a.actor_kind, a.actor_id = c.person_id AS by_new, c.channel FROM audit a"
        " JOIN channel_account c ON c.id = a.subject_id WHERE a.act = 'credential.relinked'"
    )
    await connection.close()
    assert tuple(row or ()) == ("citizen", True, "wechat")
    assert (await cast.phone(DONOR, channel="alipay").sign_in()).json()["level"] == 2


async def test_a_second_sign_in_on_a_channel_ends_the_first_but_not_the_other_channels(
    cast: Cast,
) -> None:
    first, other = await cast.linked(DONOR), await cast.linked(DONOR, channel="alipay")
    second = cast.phone(DONOR)
    await second.sign_in()
    assert [await level_of(p) for p in (first, second, other)] == [401, 2, 2]


async def test_ending_one_session_leaves_the_others(cast: Cast) -> None:
    one, other = await cast.linked(DONOR), await cast.linked(DONOR, channel="alipay")
    assert (await one.post("/v1/sessions/end")).json() == {"ended": 1}
    assert [await level_of(p) for p in (one, other)] == [401, 2]


async def test_ending_everywhere_ends_all_of_one_person_only(cast: Cast) -> None:
    one, other = await cast.linked(DONOR), await cast.linked(DONOR, channel="alipay")
    stranger = await cast.linked(SPOUSE)
    assert (await one.post("/v1/sessions/end", {"everywhere": True})).json() == {"ended": 2}
    assert [await level_of(p) for p in (one, other, stranger)] == [401, 401, 2]
