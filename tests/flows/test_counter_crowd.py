"""A crowd at the counters in one instant: everybody is served, and asked about once."""

import asyncio
from typing import Any

import httpx
import pytest

from service.world import World
from tests.chaos.flooding import crowd, flood
from tests.chaos.judge import judge
from tests.chaos.record import Record
from tests.counter_scenes import till
from tests.scenes import rows


async def test_a_crowd_asks_once_who_its_institution_is(
    api: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else ten thousand wait for ten connections, and are told that PostgreSQL is away."""
    counter, asked = await till(api, world), []
    known: Any = world.counters._registry

    async def registry(code: str) -> Any:
        asked.append(code)
        return await known(code)

    monkeypatch.setattr(world.counters, "_registry", registry)
    crowd_ = (world.counters.authenticate(counter.headers(), now=world.clock()) for _ in range(50))
    assert all(await asyncio.gather(*crowd_))
    assert len(asked) == 1


async def test_a_thousand_at_once(api: httpx.AsyncClient, world: World) -> None:
    people, record = await crowd(world, 1000, seed=1), Record()
    assert await flood(api, world, people, record=record) == {201: 1000}
    async with world.database.read() as tx:
        assert await judge(tx.connection, record, people) == []
    assert len(await rows(world.database, "SELECT FROM settlement")) == 1000
