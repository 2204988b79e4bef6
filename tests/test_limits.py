"""Limits count exactly, however many workers count, and tell how long to wait."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
import redis
from litestar import Litestar

from service.limits import LimitReached, Limits
from service.redis_clients import async_client
from tests.people import Cast

WORKERS = 8


@pytest_asyncio.fixture
async def workers(redis_url: str) -> AsyncIterator[list[Limits]]:
    """The limits of several workers, each with connections of its own."""
    clients = [async_client(redis_url) for _ in range(WORKERS)]
    await clients[0].flushall()
    yield [Limits(client, key=b"k" * 32) for client in clients]
    for client in clients:
        await client.aclose()


def small(app: Litestar, **settings: int) -> None:
    """The same app under other limits."""
    world = app.state.world
    app.state.world = dataclasses.replace(
        world, settings=msgspec.structs.replace(world.settings, **settings)
    )


@pytest.mark.parametrize("most", [0, 1, 37])
async def test_of_200_at_once_exactly_as_many_pass_as_may(workers: list[Limits], most: int) -> None:
    async def take(number: int) -> int | None:
        try:
            await workers[number % WORKERS].take("look_up", owner="甲", most=most, seconds=60)
        except LimitReached as reached:
            return reached.retry_after
        return None

    waits = await asyncio.gather(*(take(number) for number in range(200)))
    assert waits.count(None) == most
    assert all(50 <= wait <= 60 for wait in waits if wait is not None)


async def test_a_window_that_is_over_counts_from_the_start(workers: list[Limits]) -> None:
    async def take() -> None:
        await workers[0].take("look_up", owner="甲", most=2, seconds=1)

    for _ in range(2):
        await take()
    with pytest.raises(LimitReached) as reached:
        await take()
    assert reached.value.retry_after == 1
    await asyncio.sleep(1.01)
    for _ in range(2):
        await take()
    with pytest.raises(LimitReached):
        await take()


async def test_refused_attempts_do_not_lengthen_the_window(
    workers: list[Limits], redis_url: str
) -> None:
    server: Any = redis.from_url(redis_url)
    for _ in range(5):
        with pytest.raises(LimitReached):
            await workers[0].take("look_up", owner="甲", most=0, seconds=600)
        (key,) = server.keys("*")
        left = server.pttl(key)
        assert 0 < left <= 600_000
        server.pexpire(key, left - 100_000)
    server.close()
    with pytest.raises(LimitReached) as reached:
        await workers[0].take("look_up", owner="甲", most=0, seconds=600)
    assert 90 <= reached.value.retry_after <= 100


async def test_owners_and_kinds_are_counted_apart_and_not_named(
    workers: list[Limits], redis_url: str
) -> None:
    for what, owner in (("look_up", "甲"), ("look_up", "乙"), ("sign_in", "甲")):
        await workers[0].take(what, owner=owner, most=1, seconds=60)
        with pytest.raises(LimitReached):
            await workers[1].take(what, owner=owner, most=1, seconds=60)
    server: Any = redis.from_url(redis_url)
    keys = server.keys("*")
    server.close()
    assert len(keys) == 3
    assert not any(owner.encode() in key for key in keys for owner in "甲乙")


async def test_look_ups_are_limited_per_citizen_and_over_all_that_look_up(
    cast: Cast, app: Litestar
) -> None:
    donor, other = await cast.confirmed("zhaotong_donor"), await cast.linked("zhaotong_son")
    small(app, lookups_per_hour=3)
    body = cast.application("zhaotong_spouse", "12")
    relative = {"name": "测试乙", "id_number": body["beneficiary"]["id_number"]}
    wrong = {"beneficiary": {**body["beneficiary"], "name": "测试错"}}
    assert (await donor.post("/v1/bindings/checks", body)).status_code == 200
    assert (await donor.post("/v1/bindings/checks", wrong)).status_code == 422
    assert (await donor.post("/v1/bindings", body)).status_code == 201
    for path, content in (
        ("/v1/bindings/checks", body),
        ("/v1/bindings", body),
        ("/v1/code-delegations", relative),
    ):
        answer = await donor.post(path, content)
        assert (answer.status_code, answer.json()["code"]) == (429, "request.too_many")
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert 3500 <= int(answer.headers["retry-after"]) <= 3600
        assert answer.json()["retry"] == "later"
    body = cast.application("zhaotong_daughter_in_law", "12")
    assert (await other.post("/v1/bindings/checks", body)).status_code == 200


async def test_a_key_that_met_the_limit_works_later(cast: Cast, app: Litestar) -> None:
    donor = await cast.linked("zhaotong_donor")
    settings, body = app.state.world.settings, cast.application("zhaotong_spouse", "12")
    small(app, lookups_per_hour=0)
    assert (await donor.post("/v1/bindings", body, key="limited-1")).status_code == 429
    small(app, lookups_per_hour=settings.lookups_per_hour)
    assert (await donor.post("/v1/bindings", body, key="limited-1")).status_code == 201


async def test_sign_ins_from_one_address_are_limited(cast: Cast, app: Litestar) -> None:
    small(app, sign_ins_per_minute=2)
    statuses = [(await cast.phone("zhaotong_donor").sign_in()) for _ in range(3)]
    assert [answer.status_code for answer in statuses] == [201, 201, 429]
    assert 1 <= int(statuses[-1].headers["retry-after"]) <= 60
