"""Transactions: repeated as a whole when that helps, bounded, and never half done (rule 6)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from asyncpg.connect_utils import SessionAttribute

from service.database import ConstraintBroken, Database, DatabaseAway, Query, Tx
from service.domain.refusal import Refusal
from service.gateways.platform import PlatformConfig, PlatformGateway
from service.store import clerks
from tests.sql.relay import Relay, relaying

ADD = Query("add", "UPDATE pair SET n = n + 1 WHERE id = $1", ["id"])
NOTE = Query("note", "INSERT INTO note VALUES ($1)", ["line"])


@pytest_asyncio.fixture
async def database(fresh_database: str) -> AsyncIterator[Database]:
    """With two rows to fight for and a place to leave notes."""
    opened = await Database.open(fresh_database, size=3)
    async with opened.read() as tx:
        await tx.connection.execute(
            "CREATE TABLE pair (id int PRIMARY KEY, n int); INSERT INTO pair VALUES (1, 0), (2, 0);"
            " CREATE TABLE note (line text)"
        )
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def relay(fresh_database: str) -> AsyncIterator[Relay]:
    async with relaying(fresh_database) as opened:
        yield opened


async def numbers(database: Database) -> list[int]:
    async with database.read() as tx:
        return [row[0] for row in await tx.connection.fetch("SELECT n FROM pair ORDER BY id")]


async def notes(database: Database) -> list[str]:
    async with database.read() as tx:
        return [row[0] for row in await tx.connection.fetch("SELECT line FROM note")]


async def test_a_deadlock_repeats_the_whole_of_the_loser(database: Database) -> None:
    attempts: list[int] = []
    both_hold_one = asyncio.Barrier(2)

    async def add(tx: Tx, first: int, second: int) -> None:
        attempts.append(first)
        await tx.run(ADD, id=first)
        if attempts.count(first) == 1:
            await both_hold_one.wait()
        await tx.run(ADD, id=second)

    await asyncio.gather(
        database.transact(lambda tx: add(tx, 1, 2)), database.transact(lambda tx: add(tx, 2, 1))
    )
    assert sorted(attempts) in ([1, 1, 2], [1, 2, 2])
    assert await numbers(database) == [2, 2]


async def test_a_serialization_failure_repeats_the_whole(database: Database) -> None:
    attempts = 0

    async def work(tx: Tx) -> int:
        nonlocal attempts
        attempts += 1
        await tx.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await tx.connection.execute("SELECT n FROM pair")
        await tx.run(NOTE, line=f"attempt {attempts}")
        if attempts == 1:
            await database.transact(lambda other: other.run(ADD, id=1))
        return await tx.run(ADD, id=1)

    assert await database.transact(work) == 1
    assert (await numbers(database), await notes(database)) == ([2, 0], ["attempt 2"])


async def test_a_terminated_backend_repeats_the_whole(database: Database) -> None:
    attempts = 0

    async def work(tx: Tx) -> int:
        nonlocal attempts
        attempts += 1
        await tx.run(NOTE, line=f"attempt {attempts}")
        if attempts == 1:
            backend = await tx.connection.fetchval("SELECT pg_backend_pid()")
            async with database.read() as other:
                await other.connection.execute("SELECT pg_terminate_backend($1)", backend)
        return await tx.run(ADD, id=1)

    assert await database.transact(work) == 1
    assert (await numbers(database), await notes(database)) == ([1, 0], ["attempt 2"])


async def test_a_backend_terminated_under_its_own_statement(database: Database) -> None:
    attempts = 0

    async def work(tx: Tx) -> int:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            await tx.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return await tx.run(ADD, id=1)

    await database.transact(work)
    assert (attempts, await numbers(database)) == (2, [1, 0])


@pytest.mark.parametrize(
    ("kind", "times"),
    [(asyncpg.DeadlockDetectedError, 4), (asyncpg.LockNotAvailableError, 1),
     (asyncpg.QueryCanceledError, 1)],
)  # fmt: skip
async def test_repeating_is_bounded(database: Database, kind: Any, times: int) -> None:
    """Who has waited for long enough is told so at once."""
    attempts = 0

    async def work(tx: Tx) -> None:
        nonlocal attempts
        attempts += 1
        await tx.run(NOTE, line="never")
        raise kind("again")

    with pytest.raises(DatabaseAway, match=kind.__name__):
        await database.transact(work)
    assert (attempts, await notes(database)) == (times, [])


async def test_a_refusal_leaves_nothing_and_is_not_repeated(database: Database) -> None:
    attempts = 0

    async def work(tx: Tx) -> Refusal:
        nonlocal attempts
        attempts += 1
        await tx.run(NOTE, line="never")
        return Refusal(code="binding.exists")

    assert await database.transact(work) == Refusal(code="binding.exists")
    assert (attempts, await notes(database)) == (1, [])


async def test_a_fault_of_ours_leaves_nothing_and_is_not_repeated(database: Database) -> None:
    attempts = 0

    async def work(tx: Tx) -> None:
        nonlocal attempts
        attempts += 1
        await tx.run(NOTE, line="never")
        raise LookupError

    with pytest.raises(LookupError):
        await database.transact(work)
    assert (attempts, await notes(database)) == (1, [])


async def test_a_broken_constraint_tells_its_name(database: Database) -> None:
    async def work(tx: Tx) -> None:
        for _ in range(2):
            await clerks.insert(
                tx,
                id=uuid4(),
                login="twice",
                password_hash="",
                totp_sealed=b"",
                roles=["intake"],
                area="530600",
                at=datetime.now(UTC),
            )

    with pytest.raises(ConstraintBroken) as caught:
        await database.transact(work)
    assert caught.value.constraint == "clerk_one_per_login"


async def test_no_platform_is_called_inside_a_transaction(database: Database) -> None:
    config = PlatformConfig(
        base_url="http://127.0.0.1:9",
        paasid="",
        secret="",
        institution_code="G53000000001",
        institution_name="",
        area="530000",
        operator="",
    )
    platform = PlatformGateway(config, clock=lambda: datetime.now(UTC))

    async def work(tx: Tx) -> None:
        await tx.run(NOTE, line="never")
        await platform.find_insured("", name="")

    with pytest.raises(AssertionError, match="inside a database transaction"):
        await database.transact(work)
    await platform.close()
    assert await notes(database) == []


async def test_reading_from_a_server_that_is_away(relay: Relay) -> None:
    database = await Database.open(relay.url)
    await database.ping()
    await relay.cut()
    with pytest.raises(DatabaseAway):
        await database.ping()
    with pytest.raises(DatabaseAway):
        await database.transact(lambda tx: tx.connection.fetchval("SELECT 1"))
    await relay.mend()
    await database.ping()
    await database.close()


async def test_several_hosts_are_tried_for_the_primary(relay: Relay) -> None:
    """Nobody listens on the first."""
    database = await Database.open(relay.url.replace("@", "@127.0.0.1:9,"))
    async with database.read() as tx:
        assert await tx.connection.fetchval("SELECT pg_is_in_recovery()") is False
    await database.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@a:5432,b:5432/gongji", SessionAttribute.primary),
        ("postgresql://a,b/gongji", SessionAttribute.primary),
        ("postgresql://a/gongji", SessionAttribute.any),
        ("postgresql://u@/gongji?host=/tmp/s&port=5432", SessionAttribute.any),
        ("postgresql://a/gongji?options=-c%20a=1,2", SessionAttribute.any),
    ],
)
async def test_only_several_hosts_ask_for_the_primary(
    url: str, expected: SessionAttribute, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def create_pool(_: str, **options: object) -> None:
        asked.append(options["target_session_attrs"])

    monkeypatch.setattr(asyncpg, "create_pool", create_pool)
    await Database.open(url)
    assert asked == [expected]
