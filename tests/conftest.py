"""The world the tests run in: real PostgreSQL and Redis-compatible servers, served sandboxes.

Servers and sandboxes live for the session; every test finds an empty, migrated database and
the real production clients.
"""

import gc
import shutil
import tempfile
import typing
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio
import redis
from litestar import Litestar
from msgspec.structs import replace

from service import development, embedded
from service.app import create_app
from service.logs import set_up_logs
from service.migrations import migrate
from service.sandboxes import create_sandboxes
from service.settings import Settings
from service.world import World, open_world
from tests.people import Cast
from tests.redaction import keep_logs
from tests.serving import serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The test that reads every log line of the run comes last."""
    items.sort(key=lambda item: item.path.name == "test_redaction.py")


class Clock:
    """The present, moved by tests; the sandboxes and the service share it."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def move(self, **by: float) -> None:
        self.offset += timedelta(**by)

    def set(self, at: datetime) -> None:
        self.offset = at - datetime.now(UTC)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="gongji-test-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _logs() -> Iterator[None]:
    set_up_logs("debug", process="test")
    with keep_logs():
        yield


@pytest_asyncio.fixture(scope="session")
async def database_url(folder: Path) -> AsyncIterator[str]:
    """The template database, migrated. Speed over durability: only tests that kill need it."""
    fast = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    async with embedded.postgres(folder / "postgres", settings=fast) as url:
        await migrate(url)
        yield url


@pytest_asyncio.fixture(scope="session")
async def redis_url(folder: Path) -> AsyncIterator[str]:
    async with embedded.valkey(folder / "valkey") as url:
        yield url


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def made_up(folder: Path) -> Settings:
    """Settings with fresh secrets; the addresses are filled in per test."""
    settings = Settings(data_folder=folder, gateway_timeout_seconds=0.8)
    return development.complete(settings)


@pytest.fixture(scope="session")
def sandboxes_url(made_up: Settings, clock: Clock) -> Iterator[str]:
    with serving(create_sandboxes(made_up, clock=clock)) as url:
        yield url


@pytest_asyncio.fixture
async def sandboxes(sandboxes_url: str, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """The sandboxes' control pages; everything is put back after the test."""
    clock.offset = timedelta()
    async with httpx.AsyncClient(base_url=sandboxes_url, timeout=20, trust_env=False) as client:
        yield client
        for name in ("wechat", "alipay", "platform"):
            await client.post(f"/_switches/{name}", json={"mode": "ok"})
    clock.offset = timedelta()


async def _copy(url: str, name: str) -> str:
    control = await asyncpg.connect(url.replace("/gongji?", "/postgres?"))
    await control.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await control.execute(f"CREATE DATABASE {name} TEMPLATE gongji STRATEGY wal_log")
    await control.close()
    return url.replace("/gongji?", f"/{name}?")


@pytest_asyncio.fixture
async def fresh_database(database_url: str) -> str:
    """A database of this test's own, whose schema it may change."""
    return await _copy(database_url, "fresh")


@pytest_asyncio.fixture(scope="session")
async def emptying(database_url: str) -> AsyncIterator[tuple[str, Callable[[], Awaitable[str]]]]:
    """The tests' common database, and how to empty it: quicker than to copy one for each test."""
    url = await _copy(database_url, "common")
    connection = await asyncpg.connect(url)
    tables = await connection.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class"
        " WHERE relkind = 'r' AND relname <> 'migration'"
        " AND relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace)"
    )
    delete = "".join(f"DELETE FROM {table['name']};" for table in tables)

    async def empty() -> str:
        # A replica fires no triggers: neither "append only" nor foreign keys stand in the way.
        return await connection.execute(f"SET session_replication_role = replica; {delete}")

    yield url, empty
    await connection.close()


@pytest_asyncio.fixture
async def own_database(emptying: tuple[str, Callable[[], Awaitable[str]]]) -> str:
    """The common database, emptied for this test."""
    url, empty = emptying
    await empty()
    return url


@pytest.fixture
def settings(made_up: Settings, own_database: str, redis_url: str, sandboxes_url: str) -> Settings:
    redis.from_url(redis_url).flushall()
    return replace(
        made_up,
        database_url=own_database,
        redis_url=redis_url,
        wechat_url=f"{sandboxes_url}/wechat",
        alipay_url=f"{sandboxes_url}/alipay/gateway.do",
        platform_url=f"{sandboxes_url}/platform",
        tax_url=f"{sandboxes_url}/tax",
        sign_ins_per_minute=1000,
        codes_per_minute=1000,
    )


@pytest_asyncio.fixture
async def world(
    settings: Settings, clock: Clock, sandboxes: httpx.AsyncClient
) -> AsyncIterator[World]:
    async with open_world(settings, clock=clock) as opened:
        yield opened


@pytest_asyncio.fixture
async def bureau(sandboxes: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The sandboxes for tests that pay premiums: both books of them are empty before and after."""
    await _forget_premiums(sandboxes)
    yield sandboxes
    await _forget_premiums(sandboxes)


async def _forget_premiums(sandboxes: httpx.AsyncClient) -> None:
    for path in ("/tax/_reset", "/platform/_residents/reset"):
        (await sandboxes.post(path)).raise_for_status()
    await sandboxes.post("/_switches/tax", json={"mode": "ok"})


@pytest.fixture(scope="session")
def one_app() -> Litestar:
    """Building the app and its description takes longer than most tests."""
    app = create_app(typing.cast(World, None))
    gc.collect()
    gc.freeze()  # as the service does: a full collection is a pause that time-outs would feel
    return app


@pytest.fixture
def app(one_app: Litestar, world: World) -> Litestar:
    one_app.state.world = world
    return one_app


@pytest_asyncio.fixture
async def api(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


@pytest.fixture
def cast(api: httpx.AsyncClient, sandboxes: httpx.AsyncClient, world: World) -> Cast:
    """The named people of the sandbox population, with their phones."""
    return Cast(api, sandboxes, world)
