"""The token itself: what is no token, how long one lives, and what Redis knows of its owner."""

import asyncio
from datetime import datetime
from typing import Any

import asyncpg
import httpx
import redis.asyncio
from msgspec.structs import replace

from service.gateways.platform.population import PEOPLE
from service.personal import subject_purpose
from service.settings import Settings
from service.world import World
from tests.conftest import Clock
from tests.people import Cast

DONOR = "zhaotong_donor"


async def test_whatever_is_no_token_is_refused(cast: Cast, api: httpx.AsyncClient) -> None:
    token = (await cast.confirmed(DONOR)).token
    stranger = (await cast.linked("zhaotong_spouse")).token
    tag, _, secret = token.partition(".")
    for header in (
        None,
        "",
        "Bearer",
        "Bearer ",
        token,
        f"Basic {token}",
        f"Token {token}",
        f"Bearer  {token}",
        f"Bearer {token[:-1]}",
        f"Bearer {token}A",
        f"Bearer {token[:-1]}{'A' if token[-1] != 'A' else 'B'}",
        f"Bearer {token.upper()}",
        f"Bearer {tag}",
        f"Bearer {secret}",
        f"Bearer .{secret}",
        f"Bearer {tag}.",
        f"Bearer {stranger.partition('.')[0]}.{secret}",
        f"Bearer {'*' * 16}.{secret}",
        f"Bearer {{{tag[:14]}}}.{secret}",
        f"Bearer {tag}.{'*' * 43}",
        f"Bearer {tag}.{'令' * 43}",
        f"Bearer {'٣' * 8}.{secret}",
        f"Bearer {'👵' * 40}",
        f"Bearer {token} {token}",
        f"Bearer {'a' * 60_000}",
    ):
        headers = {} if header is None else {b"Authorization": header.encode()}
        answer = await api.get("/v1/me", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "session.required"), header
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.headers["www-authenticate"] == "Bearer"
    answer = await api.get("/v1/me", headers={"Authorization": f"bearer {token}"})
    assert answer.json()["level"] == 3


async def test_each_request_begins_the_idle_limit_anew(cast: Cast, settings: Settings) -> None:
    phone = await cast.linked(DONOR)
    async with redis.asyncio.from_url(settings.redis_url) as client:
        (key,) = await client.keys("*:session:*")
        limit_ms = settings.session_idle_seconds * 1000
        assert limit_ms - 60_000 < await client.pttl(key) <= limit_ms
        await client.pexpire(key, 60_000)
        assert (await phone.get("/v1/me")).is_success
        assert limit_ms - 60_000 < await client.pttl(key) <= limit_ms
        await client.delete(key)
    assert (await phone.get("/v1/me")).status_code == 401


async def test_a_session_ends_at_its_absolute_limit_whatever_happened_in_it(
    cast: Cast, settings: Settings, clock: Clock
) -> None:
    phone = cast.phone(DONOR)
    ends_at = (await phone.sign_in()).json()["ends_at"]
    clock.move(seconds=settings.session_absolute_seconds - 60)
    assert (await phone.link()).json()["ends_at"] == ends_at
    assert (await phone.confirm()).json()["ends_at"] == ends_at
    clock.set(datetime.fromisoformat(ends_at))
    clock.move(seconds=-5)
    assert (await phone.get("/v1/me")).json()["level"] == 3
    clock.move(seconds=6)
    assert (await phone.get("/v1/me")).status_code == 401
    async with redis.asyncio.from_url(settings.redis_url) as client:
        assert await client.keys("*:session:*") == []


async def test_redis_learns_no_token_and_nobodys_identity(
    cast: Cast, settings: Settings, world: World
) -> None:
    phones = [await cast.confirmed(DONOR, channel=channel) for channel in ("wechat", "alipay")]
    unlinked = cast.phone("zhaotong_spouse")
    await unlinked.sign_in()
    secrets = [phone.token.partition(".")[2] for phone in (*phones, unlinked)]
    people = [PEOPLE[handle] for handle in (DONOR, "zhaotong_spouse")]
    hidden = secrets + [person.id_number for person in people] + [person.name for person in people]
    hidden += await _subjects(settings, world)
    assert len(hidden) == 3 + 4 + 3

    async with redis.asyncio.from_url(settings.redis_url) as client:
        kept = b"".join([await _everything(client, key) for key in await client.keys("*")])
    assert kept.count(b":session:") == 3
    assert [text for text in hidden if text.encode() in kept] == []


async def test_a_session_ended_while_its_confirmation_is_on_the_way_stays_ended(
    cast: Cast, sandboxes: httpx.AsyncClient, world: World
) -> None:
    phone = await cast.linked(DONOR)
    session = await world.sessions.read(phone.token)
    assert session is not None
    await sandboxes.post("/_switches/platform", json={"mode": "slow", "delay_seconds": 0.3})
    confirming = asyncio.create_task(phone.confirm())
    await asyncio.sleep(0.1)
    assert await world.sessions.end_all(session.tag) == 1
    assert (await confirming).json()["code"] == "session.required"
    assert await world.sessions.rise(session, replace(session, confirmed_at=world.clock())) is None
    assert await world.sessions.end_all(session.tag) == 0


async def _subjects(settings: Settings, world: World) -> list[str]:
    """The openids of all accounts."""
    connection = await asyncpg.connect(settings.database_url)
    rows = await connection.fetch("SELECT id, subject_sealed FROM channel_account")
    await connection.close()
    return [
        world.vault.open_text(row["subject_sealed"], purpose=subject_purpose(row["id"]))
        for row in rows
    ]


async def _everything(client: Any, key: Any) -> bytes:
    """A key with its value, whatever its type."""
    if await client.type(key) == b"hash":
        fields = await client.hgetall(key)
        return b" ".join((key, *fields, *fields.values()))
    return b" ".join((key, await client.get(key)))
