"""Databases to look at: one migrated copy that no test changes for good, and empty ones."""

import contextlib
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest_asyncio


@contextlib.asynccontextmanager
async def created(database_url: str, *, template: str) -> AsyncIterator[str]:
    """A database made from `template`, dropped at the end."""
    name = f"s{uuid4().hex}"
    control = await asyncpg.connect(database_url.replace("/gongji?", "/postgres?"))
    await control.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log")
    yield database_url.replace("/gongji?", f"/{name}?")
    await control.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await control.close()


@pytest_asyncio.fixture(scope="session")
async def schema_url(database_url: str) -> AsyncIterator[str]:
    async with created(database_url, template="gongji") as url:
        yield url


@pytest_asyncio.fixture
async def schema(schema_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the migrated schema; whatever a test does is rolled back."""
    connection = await asyncpg.connect(schema_url)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


@pytest_asyncio.fixture
async def empty_database(database_url: str) -> AsyncIterator[str]:
    """A database before its first migration."""
    async with created(database_url, template="template0") as url:
        yield url
