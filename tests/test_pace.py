"""The pace toward the tax bureau: one schedule for all, on the server's clock."""

import asyncio
import itertools
import time

import pytest
import redis.asyncio

from service.pace import Pace
from service.redis_clients import async_client
from service.sessions import SessionsAway


@pytest.fixture
async def client(redis_url: str) -> redis.asyncio.Redis:
    opened: redis.asyncio.Redis = async_client(redis_url)
    await opened.flushall()
    return opened


async def test_the_first_go_at_once_and_the_next_wait_for_them(
    client: redis.asyncio.Redis,
) -> None:
    pace = Pace(client, per_second=1000)
    begun = time.monotonic()
    waits = [await pace.take(100) for _ in range(3)]
    assert waits[0] == 0
    assert time.monotonic() - begun >= 0.2 - 0.01
    await client.aclose()


async def test_several_workers_share_it(client: redis.asyncio.Redis) -> None:
    """However they come, the last of ten goes after the nine before it."""
    workers = [Pace(client, per_second=1000) for _ in range(10)]
    begun = time.monotonic()
    waits = sorted(await asyncio.gather(*(worker.take(30) for worker in workers)))
    assert time.monotonic() - begun >= 9 * 0.03 - 0.01
    apart = [later - sooner for sooner, later in itertools.pairwise(waits)]
    assert min(apart) > 0.02
    await client.aclose()


async def test_what_was_not_used_is_not_saved_up(client: redis.asyncio.Redis) -> None:
    pace = Pace(client, per_second=1000)
    await pace.take(10)
    await asyncio.sleep(0.1)
    assert await pace.take(10) == 0
    assert await pace.take(10) > 0
    await client.aclose()


async def test_without_redis_nothing_is_sent(tmp_path: object) -> None:
    pace = Pace(async_client(f"unix://{tmp_path}/nobody"), per_second=10)
    with pytest.raises(SessionsAway):
        await pace.take(1)
