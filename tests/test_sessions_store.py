"""The session store alone on a real server, and what citizens are told when the server is away."""

import asyncio
import dataclasses
import socket
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
import redis
from litestar import Litestar
from msgspec.structs import replace

from service.limits import Limits
from service.redis_clients import async_client
from service.sessions import Session, Sessions, SessionsAway
from tests.people import Cast

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def sessions_over(client: Any, *, key: bytes = b"k" * 32) -> Sessions:
    return Sessions(
        client,
        key=key,
        clock=lambda: NOW,
        idle=timedelta(hours=2),
        absolute=timedelta(hours=12),
        confirmed=timedelta(minutes=10),
    )


@pytest_asyncio.fixture
async def sessions(redis_url: str) -> AsyncIterator[Sessions]:
    client = async_client(redis_url)
    await client.flushall()
    yield sessions_over(client)
    await client.aclose()


@pytest.fixture
def server(redis_url: str) -> Iterator[Any]:
    """A look past the store."""
    client: Any = redis.from_url(redis_url, decode_responses=True)
    yield client
    client.close()


@pytest_asyncio.fixture
async def dead_client() -> AsyncIterator[Any]:
    """A port that was just free: nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        client = async_client(f"redis://127.0.0.1:{probe.getsockname()[1]}")
    yield client
    await client.aclose()


def session_of(sessions: Sessions, person: str, *, channel: str = "wechat") -> Session:
    tag = sessions.tag("person", person)
    return Session(tag=tag, channel=channel, app_id="wx1", account_id=uuid4(), born_at=NOW)


async def opened(sessions: Sessions, session: Session) -> tuple[str, Session]:
    token = await sessions.open(session)
    read = await sessions.read(token)
    assert read is not None
    return token, read


async def test_what_is_opened_is_read_and_what_is_ended_is_gone(sessions: Sessions) -> None:
    session = session_of(sessions, "甲")
    token, read = await opened(sessions, session)
    assert replace(read, sid="") == session
    assert await sessions.end(read)
    assert await sessions.read(token) is None
    assert not await sessions.end(read)


async def test_a_token_never_repeats(sessions: Sessions) -> None:
    session = session_of(sessions, "甲")
    tokens = {await sessions.open(session) for _ in range(50)}
    assert len(tokens) == 50
    assert {token.partition(".")[0] for token in tokens} == {session.tag}
    assert sum([await sessions.read(token) is not None for token in tokens]) == 1


async def test_tags_tell_people_accounts_and_clerks_apart(sessions: Sessions) -> None:
    person = sessions.tag("person", "1")
    others = [
        sessions.tag("account", "1"),
        sessions.tag("clerk", "1"),
        sessions.tag("person", "2"),
        sessions.tag("person", "1", "2"),
    ]
    assert len({person, *others}) == 5
    assert sessions.tag("person", "1") == person
    assert sessions_over(None, key=b"o" * 32).tag("person", "1") != person


async def test_all_keys_of_one_person_lie_in_one_slot(sessions: Sessions, server: Any) -> None:
    for channel in ("wechat", "alipay"):
        await sessions.open(session_of(sessions, "甲", channel=channel))
    tag = sessions.tag("person", "甲")
    keys = server.keys("*")
    assert len(keys) == 3
    assert all(key.startswith(f"gongji:{{{tag}}}:") for key in keys)
    assert all(server.pttl(key) > 0 for key in keys), "no key stays for ever"


async def test_one_session_per_channel_and_ending_all_is_one_persons(sessions: Sessions) -> None:
    first, _ = await opened(sessions, session_of(sessions, "甲"))
    second, _ = await opened(sessions, session_of(sessions, "甲"))
    other, _ = await opened(sessions, session_of(sessions, "甲", channel="alipay"))
    stranger, _ = await opened(sessions, session_of(sessions, "乙"))

    async def alive() -> list[bool]:
        return [await sessions.read(t) is not None for t in (first, second, other, stranger)]

    assert await alive() == [False, True, True, True]
    assert await sessions.end_all(sessions.tag("person", "甲")) == 2
    assert await alive() == [False, False, False, True]
    assert await sessions.end_all(sessions.tag("person", "甲")) == 0


async def test_ending_a_replaced_session_does_not_touch_its_successor(sessions: Sessions) -> None:
    _, replaced = await opened(sessions, session_of(sessions, "甲"))
    token, successor = await opened(sessions, session_of(sessions, "甲"))
    assert not await sessions.end(replaced)
    assert await sessions.rise(replaced, replace(replaced, confirmed_at=NOW)) is None
    assert await sessions.read(token) == successor
    assert await sessions.end_all(successor.tag) == 1


@pytest.mark.parametrize("to", ["the same person", "another tag"])
async def test_of_parallel_rises_exactly_one_wins(sessions: Sessions, to: str) -> None:
    token, old = await opened(sessions, session_of(sessions, "甲"))
    tag = old.tag if to == "the same person" else sessions.tag("person", "乙")
    risen = replace(old, tag=tag, person_id=uuid4(), confirmed_at=NOW)
    tokens = await asyncio.gather(*(sessions.rise(old, risen) for _ in range(40)))
    (won,) = [t for t in tokens if t is not None]
    read = await sessions.read(won)
    assert read is not None
    assert replace(read, sid="") == replace(risen, sid="")
    assert sessions.level(read) == 3
    assert await sessions.read(token) is None
    assert await sessions.end_all(tag) == 1


async def test_an_ended_session_does_not_rise(sessions: Sessions, server: Any) -> None:
    for tag in (sessions.tag("person", "甲"), sessions.tag("person", "乙")):
        _, old = await opened(sessions, session_of(sessions, "甲"))
        await sessions.end_all(old.tag)
        assert await sessions.rise(old, replace(old, tag=tag)) is None
        assert server.keys("*") == []


async def test_an_unused_session_ends_by_itself(sessions: Sessions, server: Any) -> None:
    token, _ = await opened(sessions, session_of(sessions, "甲"))
    (key,) = server.keys("*:session:*")
    server.pexpire(key, 20)
    await asyncio.sleep(0.05)
    assert await sessions.read(token) is None


async def test_every_call_says_so_when_the_server_is_away(dead_client: Any) -> None:
    sessions = sessions_over(dead_client)
    session = replace(session_of(sessions, "甲"), sid="0" * 64)
    token = f"{session.tag}.{'A' * 43}"
    for call in (
        lambda: sessions.open(session),
        lambda: sessions.rise(session, session),
        lambda: sessions.read(token),
        lambda: sessions.end(session),
        lambda: sessions.end_all(session.tag),
        lambda: sessions.ping(),
        lambda: Limits(dead_client, key=b"k" * 32).take("look_up", owner="甲", most=9, seconds=9),
    ):
        begun = time.monotonic()
        with pytest.raises(SessionsAway):
            await call()
        assert time.monotonic() - begun < 3


async def test_nobody_is_anonymous_when_the_server_is_away(
    cast: Cast, api: httpx.AsyncClient, app: Litestar, dead_client: Any
) -> None:
    phone = await cast.linked("zhaotong_donor")
    world = app.state.world
    away = sessions_over(dead_client)
    limits = Limits(dead_client, key=b"k" * 32)
    app.state.world = dataclasses.replace(world, sessions=away, limits=limits)
    answers = [
        await phone.get("/v1/me"),
        await phone.get("/v1/bindings"),
        await phone.post("/v1/sessions/end"),
        await phone.post("/v1/bindings", cast.application("zhaotong_spouse", "12")),
        await api.get("/health/ready"),
        await cast.phone("zhaotong_donor").sign_in(),
    ]
    app.state.world = dataclasses.replace(world, limits=Limits(dead_client, key=b"k" * 32))
    answers.append(
        await phone.post("/v1/bindings/checks", cast.application("zhaotong_spouse", "12"))
    )
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "service.sessions_away")
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.headers["retry-after"] == "5"
    assert (await api.get("/v1/policies/530600")).status_code == 200, "what is public stays"
    app.state.world = world
    assert (await phone.get("/v1/me")).json()["level"] == 2
