"""The real worker on a real queue: drains it, puts off what cannot be done now, keeps failures."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from service import jobs
from service.store.jobs import enqueue
from service.world import World
from tests.people import Cast


@pytest_asyncio.fixture
async def book(own_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(own_database)
    yield connection
    await connection.close()


@contextlib.asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    """A worker for the length of the block, which then stops by itself."""
    stop = asyncio.Event()
    worker = asyncio.create_task(jobs.work(world, stop=stop))
    yield
    stop.set()
    await asyncio.wait_for(worker, timeout=5)


async def until(done: Callable[[], Awaitable[object]], *, seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not await done():
            await asyncio.sleep(0.03)


async def queue(book: asyncpg.Connection) -> list[tuple[str, str]]:
    rows = await book.fetch("SELECT entrypoint, status::text FROM pgqueuer ORDER BY id")
    return [tuple(row) for row in rows]


async def state(book: asyncpg.Connection) -> str:
    return str(await book.fetchval("SELECT state FROM binding"))


@pytest.mark.parametrize("first", ["the jobs", "the worker"])
async def test_the_worker_drains_the_queue(
    cast: Cast, world: World, book: asyncpg.Connection, first: str
) -> None:
    donor = await cast.confirmed("panzhihua_donor", device=uuid4().hex)
    binding_id = await cast.applied(donor, "panzhihua_grown_child", "30")
    if first == "the jobs":
        await donor.sign(binding_id)
        assert await queue(book) == [("check_kinship", "queued")]
    async with working(world):
        if first == "the worker":
            await asyncio.sleep(0.5)
            await donor.sign(binding_id)
        await until(lambda: book.fetchval("SELECT count(settled_at) = 2 FROM message"))
        await until(lambda: book.fetchval("SELECT count(*) = 0 FROM pgqueuer"))
    assert await state(book) == "active"
    outcomes = [o for (o,) in await book.fetch("SELECT outcome FROM message ORDER BY outcome")]
    assert outcomes[0] == "no_account"
    assert outcomes[1] in ("refused", "rejected"), "nobody consented"


async def test_a_job_met_by_trouble_is_put_off_and_done_later(
    cast: Cast,
    world: World,
    book: asyncpg.Connection,
    sandboxes: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "_POLL", timedelta(seconds=0.2))
    donor = await cast.confirmed("panzhihua_donor")
    binding_id = await cast.applied(donor, "panzhihua_grown_child", "30")
    await sandboxes.post("/_switches/platform", json={"mode": "down", "times": 1})
    async with working(world):
        await donor.sign(binding_id)
        await until(lambda: book.fetchval("SELECT bool_or(attempts = 1) FROM pgqueuer"))
        assert await queue(book) == [("check_kinship", "queued")]
        left = await book.fetchval("SELECT execute_after - now() FROM pgqueuer")
        assert timedelta(seconds=3) < left <= timedelta(seconds=5)
        assert await state(book) == "under_review"
        await book.execute("UPDATE pgqueuer SET execute_after = now()")
        await until(lambda: book.fetchval("SELECT state = 'active' FROM binding"))
        await until(lambda: book.fetchval("SELECT count(*) = 0 FROM pgqueuer"))
    acts = await book.fetchval("SELECT count(*) FROM audit WHERE act = 'binding.approve'")
    assert acts == 1


async def test_a_job_that_fails_is_kept_and_the_others_are_done(
    cast: Cast, world: World, book: asyncpg.Connection
) -> None:
    donor = await cast.confirmed("panzhihua_donor")
    await world.database.transact(lambda tx: enqueue(tx, "check_kinship", subject_id=UUID(int=1)))
    await cast.bound(donor, "panzhihua_grown_child", "30")
    async with working(world):
        await until(lambda: book.fetchval("SELECT count(settled_at) = 2 FROM message"))
        await until(lambda: book.fetchval("SELECT count(*) = 1 FROM pgqueuer"))
    assert await queue(book) == [("check_kinship", "failed")]
    assert await state(book) == "active"
