"""A crowd at the counters in one instant: everybody is served, and asked about once."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest

from service import database
from service.database import Database, DatabaseAway
from service.flows.settle_together import Settled, settle_together
from service.world import World
from tests.chaos.flooding import crowd, flood
from tests.chaos.judge import judge
from tests.chaos.record import Record
from tests.counter_scenes import discrepancies, till
from tests.flows.counter_families import Family, family, order_of
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


HELD = "SELECT FROM ledger.account WHERE book_id = $1 FOR UPDATE"


async def held_up(world: World, ten: list[Family], *, seconds: float) -> list[Any]:
    """Outcomes of a batch of ten, while another transaction has the last one's account."""
    orders = [await order_of(world, one) for one in ten]
    other = await asyncpg.connect(world.settings.database_url)
    try:
        async with other.transaction():
            await other.execute(HELD, ten[-1].id)
            batch = asyncio.create_task(settle_together(world, orders))
            await asyncio.wait([batch], timeout=seconds)
        return list(await batch)
    finally:
        await other.close()


async def test_an_account_that_is_stuck_stops_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of its batch are settled; its own order waits, and is told so or settles late.
    Half a second stands for the five of the service."""

    async def impatient(connection: Any) -> None:
        await connection.execute("SET lock_timeout = '500ms'; SET statement_timeout = '15s'")

    monkeypatch.setattr(database, "_prepare_connection", impatient)
    pool = await Database.open(world.settings.database_url)
    ten = [await family(world, own_fen=2000) for _ in range(10)]
    hurried, begun = replace(world, database=pool), time.monotonic()
    outcomes = await held_up(hurried, ten, seconds=30)
    assert all(isinstance(outcome, Settled) for outcome in outcomes[:-1]), outcomes
    assert isinstance(outcomes[-1], DatabaseAway)
    assert time.monotonic() - begun < 5, "two waits for the lock, and no more"
    late = await held_up(hurried, ten, seconds=0.7)
    assert all(isinstance(outcome, Settled) for outcome in late), late
    await pool.close()
    assert not await discrepancies(world)
    assert len(await rows(world.database, "SELECT FROM settlement")) == 19
