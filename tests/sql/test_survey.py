"""A survey reads through whole tables: row by row, patiently, and as they are at one instant."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from msgspec import Struct

from service.boundary import assert_outside_transaction
from service.database import Database, DatabaseAway, Query

NUMBERS = Query("numbers", "SELECT n FROM note WHERE n <= $1 ORDER BY n", ["most"])


class Note(Struct, frozen=True):
    n: int


@pytest_asyncio.fixture
async def database(fresh_database: str) -> AsyncIterator[Database]:
    opened = await Database.open(fresh_database, size=2)
    async with opened.read() as tx:
        await tx.connection.execute(
            "CREATE TABLE note (n int); INSERT INTO note SELECT generate_series(1, 1501)"
        )
    yield opened
    await opened.close()


async def patience(database: Database) -> str:
    async with database.read() as tx:
        return str(await tx.connection.fetchval("SHOW statement_timeout"))


async def test_rows_come_one_after_the_other_as_they_were(database: Database) -> None:
    found = []
    async with database.survey() as tx:
        async for note in tx.stream(Note, NUMBERS, most=9999):
            if note.n == 1:
                async with database.read() as other:
                    await other.connection.execute("DELETE FROM note")
            found.append(note.n)
        assert [note async for note in tx.stream(Note, NUMBERS, most=1)] == [Note(1)]
    assert found == list(range(1, 1502))


async def test_it_may_take_long_and_nothing_after_it_may(database: Database) -> None:
    async with database.survey() as tx:
        assert await tx.connection.fetchval("SHOW statement_timeout") == "0"
    assert await patience(database) == "15s"


async def test_nothing_is_written_in_it_and_no_platform_called(database: Database) -> None:
    async with database.survey() as tx:
        with pytest.raises(AssertionError, match="outside platform"):
            assert_outside_transaction()
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await tx.connection.execute("DELETE FROM note")
    assert_outside_transaction()


async def test_a_lost_connection_is_told_as_such(database: Database) -> None:
    async def read() -> None:
        async with database.survey() as tx:
            own = await tx.connection.fetchval("SELECT pg_backend_pid()")
            async with database.read() as other:
                await other.connection.execute("SELECT pg_terminate_backend($1)", own)
            async for _ in tx.stream(Note, NUMBERS, most=9999):
                pass

    with pytest.raises(DatabaseAway):
        await read()
    assert await patience(database) == "15s"
