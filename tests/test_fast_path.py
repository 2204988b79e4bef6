"""The fast path and the ordinary route answer alike: status, body, headers and effect."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from service.fast_path import PATH, FastPath
from service.till import Till
from service.world import World
from tests.counter_scenes import credit, discrepancies, person_id, shown_code, till
from tests.people import Cast
from tests.scenes import rows

BILL: dict[str, Any] = {"service": "outpatient", "total_fen": 18650}


@pytest_asyncio.fixture
async def fast(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=FastPath(app), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


@pytest_asyncio.fixture
async def tills(api: httpx.AsyncClient, fast: httpx.AsyncClient, world: World) -> tuple[Till, Till]:
    """The same counter at the ordinary route and at the fast one."""
    ordinary = await till(api, world)
    return ordinary, Till(fast, code=ordinary.code, secret=ordinary.secret)


def told(answer: httpx.Response) -> tuple[int, Any, dict[str, str]]:
    return answer.status_code, answer.json(), dict(answer.headers)


async def funded(cast: Cast, world: World) -> Any:
    donor = await cast.confirmed("zhaotong_donor")
    await cast.bound(donor, "zhaotong_father", "51")
    father = await cast.confirmed("zhaotong_father")
    await credit(world, await person_id(world, "zhaotong_father"), 3000)
    await credit(world, await person_id(world, "zhaotong_donor"), 1_000_000)
    return father


async def test_what_one_has_settled_the_other_repeats(
    cast: Cast, world: World, tills: tuple[Till, Till]
) -> None:
    father = await funded(cast, world)
    for number, (first, second) in enumerate((tills, tills[::-1])):
        code, key = await shown_code(father), f"message-{number}"
        settled = await first.settle(code, key=key, **BILL)
        repeated = [await one.settle(code, key=key, **BILL) for one in (first, second)]
        assert (settled.status_code, settled.json()) == (201, repeated[0].json())
        assert told(repeated[0]) == told(repeated[1])
        used = [await one.settle(code, key=f"another-{number}", **BILL) for one in tills]
        assert told(used[0]) == told(used[1])
        assert used[0].json()["code"] == "family_code.used"
    assert len(await rows(world.database, "SELECT FROM settlement")) == 2
    assert not await discrepancies(world)


async def test_fresh_settlements_differ_in_number_and_time_only(
    cast: Cast, world: World, tills: tuple[Till, Till]
) -> None:
    father = await funded(cast, world)
    await tills[0].settle(await shown_code(father), **BILL)  # the own money is gone after this
    settled = []
    for number, one in enumerate(tills):
        settled.append(await one.settle(await shown_code(father), key=f"message-{number}", **BILL))
    (_, first, headers), (_, second, other_headers) = map(told, settled)
    assert headers == other_headers
    for body in (first, second):
        for name in ("id", "settled_at"):
            assert body.pop(name)
    assert first | {"message_id": ""} == second | {"message_id": ""}


BODIES: dict[str, Any] = {
    "no such code": {"code": "a" * 16 + "." + "b" * 22, "bill": BILL},
    "no bill": {"code": "x"},
    "negative": {"code": "x", "bill": {**BILL, "total_fen": -1}},
    "a string": {"code": "x", "bill": {**BILL, "total_fen": "1"}},
    "a fraction": {"code": "x", "bill": {**BILL, "total_fen": 1.5}},
    "unknown field": {"code": "x", "bill": BILL, "more": 1},
    "parts": {"code": "x", "bill": {**BILL, "own_expense_fen": 20_000}},
    "too long a code": {"code": "x" * 200, "bill": BILL},
    "not an object": [],
}


@pytest.mark.parametrize("what", BODIES)
async def test_what_is_wrong_is_told_alike(what: str, tills: tuple[Till, Till]) -> None:
    keys = (f"key-{what}".replace(" ", "-"),) * 2
    answers = [
        told(await one.post("/settlements", BODIES[what], key=key))
        for one, key in zip(tills, keys, strict=True)
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] in (400, 422)


@pytest.mark.parametrize(
    "request_of",
    [
        lambda signed: {"headers": {}, "json": BODIES["no such code"]},
        lambda signed: {"headers": signed, "json": BODIES["no such code"]},
        lambda signed: {"headers": {**signed, "Idempotency-Key": "short"}, "json": {}},
        lambda signed: {"headers": {**signed, "Idempotency-Key": "k" * 9}, "content": b"{"},
        lambda signed: {"headers": {**signed, "Idempotency-Key": "k" * 9}, "data": {"code": "1"}},
        lambda signed: {
            "headers": {**signed, "Idempotency-Key": "k" * 9},
            "content": b" " * 70_000,
        },
        lambda signed: {
            "headers": {**signed, "Idempotency-Key": "k" * 9, "x-tif-signature": "0" * 64},
            "json": BODIES["no such code"],
        },
    ],
    ids=["unsigned", "no key", "short key", "half a body", "a form", "too large", "forged"],
)
async def test_odd_requests_meet_the_ordinary_route(
    request_of: Any, api: httpx.AsyncClient, fast: httpx.AsyncClient, tills: tuple[Till, Till]
) -> None:
    answers = [
        told(await client.post(PATH, **request_of(tills[0].headers()))) for client in (api, fast)
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] >= 400


async def test_other_methods_and_paths_are_not_its_business(
    api: httpx.AsyncClient, fast: httpx.AsyncClient
) -> None:
    for method, path in (("GET", PATH), ("OPTIONS", PATH), ("POST", PATH + "/"), ("GET", "/")):
        answers = [told_anyhow(await c.request(method, path)) for c in (api, fast)]
        assert answers[0] == answers[1], (method, path)


def told_anyhow(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.content, dict(answer.headers)
