"""An outside platform in trouble: told within bounded time, and nothing is half done."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

import asyncpg
import httpx
import pytest
import redis

from service.gateways.platform.population import PEOPLE
from service.settings import Settings
from tests.people import Cast

MODES = ("slow", "down", "garbage", "lose_answer")
PATIENCE_SECONDS = 4.0


async def turn(sandboxes: httpx.AsyncClient, name: str, mode: str, **more: object) -> None:
    body = {"mode": mode, "delay_seconds": 1.5, **more}
    (await sandboxes.post(f"/_switches/{name}", json=body)).raise_for_status()


async def everything(settings: Settings) -> dict[str, Any]:
    """All rows of all tables, and the sessions."""
    connection = await asyncpg.connect(settings.database_url)
    names = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    kept: dict[str, Any] = {}
    for (name,) in names:
        rows = await connection.fetch(f"SELECT t::text FROM {name} t ORDER BY 1")
        kept[name] = [row[0] for row in rows]
    await connection.close()
    server: Any = redis.from_url(settings.redis_url)
    kept["sessions"] = sorted(server.keys("*:session:*"))
    server.close()
    assert {"binding", "idempotency", "person", "audit"} <= kept.keys()
    return kept


async def told_in_time(request: Awaitable[httpx.Response], name: str) -> None:
    begun = time.monotonic()
    answer = await request
    assert time.monotonic() - begun < PATIENCE_SECONDS
    assert (answer.status_code, answer.json()["code"]) == (503, f"outside.{name}"), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["retry"] != "never"


@pytest.mark.parametrize("channel", ["wechat", "alipay"])
async def test_a_channel_in_trouble_opens_no_session_and_knows_no_account(
    cast: Cast, sandboxes: httpx.AsyncClient, settings: Settings, channel: str
) -> None:
    before = await everything(settings)
    for mode in MODES:
        phone = cast.phone("zhaotong_donor", channel=channel)
        await turn(sandboxes, channel, mode)
        await told_in_time(phone.sign_in(), channel)
        assert await everything(settings) == before, mode
        await turn(sandboxes, channel, "ok")
        assert (await cast.phone("xian_donor", channel=channel).sign_in()).status_code == 201
        before = await everything(settings)


async def test_a_channel_in_trouble_does_not_concern_who_is_signed_in(
    cast: Cast, sandboxes: httpx.AsyncClient
) -> None:
    phone = await cast.linked("zhaotong_donor")
    for channel in ("wechat", "alipay"):
        await turn(sandboxes, channel, "down")
    body = cast.application("zhaotong_spouse", "12")
    assert (await phone.post("/v1/bindings/checks", body)).status_code == 200
    assert (await phone.confirm()).json()["level"] == 3
    binding_id = (await phone.post("/v1/bindings", body)).json()["id"]
    assert (await phone.sign(binding_id)).json()["state"] == "active"


@pytest.mark.parametrize("mode", MODES)
async def test_the_insurance_platform_in_trouble_leaves_nothing_half_done(
    cast: Cast, sandboxes: httpx.AsyncClient, settings: Settings, mode: str
) -> None:
    donor = await cast.confirmed("zhaotong_donor")
    linked, signed_in = await cast.linked("zhaotong_son"), cast.phone("zhaotong_spouse")
    await signed_in.sign_in()
    newcomer = cast.phone("xian_donor")
    tokens = [phone.token for phone in (donor, linked, signed_in)]
    body, mother = cast.application("zhaotong_spouse", "12"), PEOPLE["zhaotong_mother"]
    delegate = {"name": mother.name, "id_number": mother.id_number}
    at_once = {
        "channel": "wechat",
        "app_id": newcomer.app_id,
        "code": await newcomer._channel_code(),
        "credential_code": await newcomer.credential_code(),
    }
    before = await everything(settings)

    await turn(sandboxes, "platform", mode)
    requests = (
        signed_in.link(),
        linked.confirm(),
        donor.post("/v1/bindings/checks", body),
        donor.post("/v1/bindings", body, key="apply-in-trouble"),
        donor.post("/v1/code-delegations", delegate, key="delegate-in-trouble"),
        newcomer.post("/v1/sessions", at_once),
    )
    await asyncio.gather(*(told_in_time(request, "platform") for request in requests))
    after = await everything(settings)
    assert len(after.pop("channel_account")) == len(before.pop("channel_account")) + 1
    assert after == before
    assert [phone.token for phone in (donor, linked, signed_in)] == tokens

    await turn(sandboxes, "platform", "ok")
    levels = [(await p.get("/v1/me")).json()["level"] for p in (donor, linked, signed_in)]
    assert levels == [3, 2, 1]
    applied = await donor.post("/v1/bindings", body, key="apply-in-trouble")
    delegated = await donor.post("/v1/code-delegations", delegate, key="delegate-in-trouble")
    for answer in (applied, delegated):
        assert (answer.status_code, answer.headers.get("idempotency-replayed")) == (201, None)
    assert (await signed_in.link()).json()["level"] == 2
    assert (await linked.confirm()).json()["level"] == 3


async def test_a_precheck_whose_answer_got_lost_changed_nothing_and_can_be_asked_again(
    cast: Cast, sandboxes: httpx.AsyncClient, settings: Settings
) -> None:
    donor = await cast.linked("zhaotong_donor")
    body = cast.application("zhaotong_spouse", "12")
    before = await everything(settings)
    asked = (await sandboxes.get("/platform/_book")).json().get("1101", 0)
    await turn(sandboxes, "platform", "lose_answer", times=1)
    await told_in_time(donor.post("/v1/bindings/checks", body), "platform")
    assert (await sandboxes.get("/platform/_book")).json()["1101"] == asked + 1
    assert (await donor.post("/v1/bindings/checks", body)).json()["eligible"] is True
    assert await everything(settings) == before
