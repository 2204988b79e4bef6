"""Signed headers of counters: the vector, the window, nonces, keys that come and go, forgeries."""

import ast
import asyncio
import inspect
import socket
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from service.counters import Counters, sign
from service.flows.make_counter_key import make_counter_key
from service.flows.revoke_counter_keys import revoke_counter_keys
from service.redis_clients import async_client
from service.redis_together import RedisTogether
from service.sessions import SessionsAway
from service.world import World
from tests.conftest import Clock
from tests.counter_scenes import HOSPITAL, PHARMACY, institution
from tests.scenes import code_of, rows

SECRET = "demo-secret-key-0001"
STAMP, NONCE = "1767225600", "482913"
VECTOR = "030152a164759ec3620056c00589768753231f42717086565cbf28b42b6eddbb"
AT = datetime.fromtimestamp(int(STAMP), UTC)


def headers_of(code: str, stamp: str, nonce: str, signature: str) -> dict[str, str]:
    return {
        "x-tif-paasid": code,
        "x-tif-timestamp": stamp,
        "x-tif-nonce": nonce,
        "x-tif-signature": signature,
    }


VECTOR_HEADERS = headers_of(HOSPITAL, STAMP, NONCE, VECTOR)


def signed(
    at: datetime, *, code: str = HOSPITAL, secret: str = SECRET, nonce: str = ""
) -> dict[str, str]:
    stamp, once = str(int(at.timestamp())), nonce or uuid4().hex
    return headers_of(code, stamp, once, sign(secret, stamp=stamp, nonce=once))


async def known(world: World, headers: dict[str, str], now: datetime) -> str | None:
    """The code of the institution that these headers are believed to be of."""
    found = await world.counters.authenticate(headers, now=now)
    return found.code if found else None


async def asked(api: httpx.AsyncClient, headers: Any) -> tuple[int, str]:
    """404 is what a counter hears of a settlement that is not there; a stranger hears 401."""
    return code_of(await api.get(f"/v1/counter/settlements/{uuid4()}", headers=headers))


KNOWN, REFUSED = (404, "request.not_found"), (401, "counter.refused")


def test_the_vector() -> None:
    assert sign(SECRET, stamp=STAMP, nonce=NONCE) == VECTOR


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
async def test_a_signature_counts_in_upper_and_lower_case(
    world: World, api: httpx.AsyncClient, clock: Clock, case: Callable[[str], str]
) -> None:
    await institution(world)
    clock.set(AT + timedelta(seconds=1))
    assert await asked(api, {**VECTOR_HEADERS, "x-tif-signature": case(VECTOR)}) == KNOWN


@pytest.mark.parametrize(
    ("seconds", "believed"),
    [(0, True), (299.9, True), (300, True), (300.001, False), (3600, False), (86_400, False)],
)
async def test_a_timestamp_may_be_five_minutes_off(
    world: World, seconds: float, believed: bool
) -> None:
    await institution(world)
    for off in (timedelta(seconds=seconds), timedelta(seconds=-seconds)):
        headers = signed(AT)
        assert await known(world, headers, AT + off) == (HOSPITAL if believed else None), off


async def test_a_nonce_works_once(world: World, api: httpx.AsyncClient, clock: Clock) -> None:
    await institution(world)
    headers = signed(clock())
    assert [await asked(api, headers) for _ in range(3)] == [KNOWN, REFUSED, REFUSED]
    louder = {**headers, "x-tif-signature": headers["x-tif-signature"].upper()}
    assert await asked(api, louder) == REFUSED
    clock.move(minutes=4)
    assert await asked(api, headers) == REFUSED


async def test_of_many_with_one_nonce_at_once_one_is_believed(world: World) -> None:
    await institution(world)
    headers = signed(AT)
    found = await asyncio.gather(*(known(world, headers, AT) for _ in range(20)))
    assert sorted(map(str, found)) == [HOSPITAL, *["None"] * 19]


async def test_a_nonce_belongs_to_its_second_and_its_institution(world: World) -> None:
    await institution(world)
    await institution(world, PHARMACY, kind="pharmacy")
    for code, at in ((HOSPITAL, AT), (PHARMACY, AT), (HOSPITAL, AT + timedelta(seconds=1))):
        assert await known(world, signed(at, code=code, nonce=NONCE), AT) == code


async def test_a_forgery_uses_up_no_nonce(world: World) -> None:
    await institution(world)
    assert await known(world, signed(AT, secret="another", nonce=NONCE), AT) is None
    assert await known(world, VECTOR_HEADERS, AT) == HOSPITAL


async def test_a_nonce_is_remembered_for_as_long_as_it_could_be_used(world: World) -> None:
    """From five minutes before its timestamp to five after."""
    await institution(world)
    assert await known(world, VECTOR_HEADERS, AT) == HOSPITAL
    redis: Any = world.limits._redis
    [key] = await redis.keys("*nonce*")
    assert 599_000 < await redis.pttl(key) <= 600_000


class _Losing:
    """A real client whose first answers got lost: the driver has asked again."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def execute_command(self, *command: Any, **options: Any) -> Any:
        await self._client.execute_command(*command, **options)
        return await self._client.execute_command(*command, **options)


async def test_a_first_use_whose_answer_got_lost_is_still_the_first(world: World) -> None:
    await institution(world)
    together = RedisTogether(_Losing(world.limits._redis))
    counters = Counters(together, world.counters._registry)
    assert await counters.authenticate(VECTOR_HEADERS, now=AT) is not None
    assert await counters.authenticate(VECTOR_HEADERS, now=AT) is None


LONG = "9" * 60_000
ODD: list[tuple[str, str | None]] = [
    *((name, value) for name in VECTOR_HEADERS for value in (None, "", " ", "é", "家庭", LONG)),
    ("x-tif-paasid", HOSPITAL.lower()),
    ("x-tif-paasid", PHARMACY),
    ("x-tif-paasid", f"{HOSPITAL}\t1"),
    ("x-tif-timestamp", "1767225600000"),
    ("x-tif-timestamp", "1767225600.0"),
    ("x-tif-timestamp", "１７６７２２５６００"),
    ("x-tif-timestamp", "9999999999"),
    ("x-tif-timestamp", "1767225601"),
    ("x-tif-nonce", "4829 13"),
    ("x-tif-nonce", f"{NONCE}*"),
    ("x-tif-nonce", "a" * 65),
    ("x-tif-signature", VECTOR[:-1]),
    ("x-tif-signature", f"{VECTOR}0"),
    ("x-tif-signature", "é" * 64),
]


@pytest.mark.parametrize(("name", "value"), ODD, ids=lambda it: repr(it)[:40])
async def test_headers_that_are_missing_or_odd_are_refused(
    world: World, api: httpx.AsyncClient, clock: Clock, name: str, value: str | None
) -> None:
    await institution(world)
    clock.set(AT)
    odd = {key: text for key, text in VECTOR_HEADERS.items() if key != name}
    raw = [(key.encode(), text.encode()) for key, text in odd.items()]
    if value is not None:
        raw.append((name.encode(), value.encode()))
    assert await asked(api, raw) == REFUSED
    assert await asked(api, VECTOR_HEADERS) == KNOWN, "the true ones are as good as before"


async def test_two_living_keys_both_work_and_a_revoked_one_dies_in_half_a_minute(
    world: World, clock: Clock
) -> None:
    await institution(world)
    made = await make_counter_key(world, HOSPITAL)
    assert made is not None
    for secret in (SECRET, made.secret):
        assert await known(world, signed(AT, secret=secret), AT) == HOSPITAL
    statement = "UPDATE counter_key SET revoked_at = now() WHERE key_id <> $1 RETURNING key_id"
    assert len(await rows(world.database, statement, made.key_id)) == 1
    later = AT + timedelta(seconds=30)
    assert await known(world, signed(later), later) is None
    assert await known(world, signed(later, secret=made.secret), later) == HOSPITAL
    await revoke_counter_keys(world, HOSPITAL)
    later += timedelta(seconds=30)
    assert await known(world, signed(later, secret=made.secret), later) is None
    renewed = await make_counter_key(world, HOSPITAL)
    assert renewed is not None
    later += timedelta(seconds=30)
    assert await known(world, signed(later, secret=renewed.secret), later) == HOSPITAL


async def test_a_stranger_becomes_known_in_half_a_minute(world: World) -> None:
    assert await known(world, signed(AT), AT) is None
    await institution(world)
    later = AT + timedelta(seconds=30)
    assert await known(world, signed(later), later) == HOSPITAL


async def test_many_forgeries_from_one_address_are_stopped(
    world: World, api: httpx.AsyncClient, app: Litestar, clock: Clock
) -> None:
    await institution(world)
    forged = [await asked(api, signed(clock(), secret="another")) for _ in range(61)]
    assert forged == [REFUSED] * 60 + [(429, "request.too_many")]
    answer = await api.get(f"/v1/counter/settlements/{uuid4()}")
    assert (answer.status_code, 0 < int(answer.headers["Retry-After"]) <= 60) == (429, True)
    assert await asked(api, signed(clock())) == KNOWN, "a true till behind the same address"
    elsewhere = httpx.ASGITransport(app=app, client=("10.0.0.9", 1))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://api") as other:
        assert await asked(other, {}) == REFUSED


async def test_without_redis_nobody_is_believed(
    world: World, app: Litestar, api: httpx.AsyncClient, clock: Clock
) -> None:
    await institution(world)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        client = async_client(f"redis://127.0.0.1:{probe.getsockname()[1]}")
    blind = Counters(RedisTogether(client), world.counters._registry)
    app.state.world = replace(world, counters=blind)
    assert await asked(api, signed(clock())) == (503, "service.sessions_away")
    with pytest.raises(SessionsAway):
        await blind.authenticate(signed(AT), now=AT)
    await client.aclose()


def test_signatures_are_compared_in_constant_time() -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(Counters.authenticate)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert any("compare_digest" in ast.unparse(call.func) for call in calls)
    compared = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    assert not [text for text in compared if "signature" in text or "sign(" in text]
