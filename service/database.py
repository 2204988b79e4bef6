"""PostgreSQL: a pool, explicit transactions, and the bounded retry of a whole transaction."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

import asyncpg
import msgspec
from asyncpg.connect_utils import SessionAttribute

from service.boundary import transaction_open
from service.domain.refusal import Refusal
from service.queries import SQL_FOLDER as SQL_FOLDER
from service.queries import Query as Query
from service.queries import load_queries as load_queries

T = TypeVar("T")

_ONE_INSTANT: dict[str, Any] = {"isolation": "repeatable_read", "readonly": True}
_ATTEMPTS = 4
_AT_ONCE = 500
_PATIENT = 3600.0
"""Seconds a statement that goes through all books may take."""
_RETRIED = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    ConnectionError,
)


_WAITED = (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError)
"""Waited for long enough: the citizen is told rather than kept waiting again."""


class ConstraintBroken(Exception):
    """A constraint said no. Its name is looked up in the problem table."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Stale(Exception):
    """Decided on facts that have changed: read them and decide again."""


class DatabaseAway(Exception):
    """No answer from PostgreSQL after all attempts."""


class Tx:
    """A connection in a transaction, or outside one for single reads. Rows become Structs."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def one(self, kind: type[T], query: Query, **values: Any) -> T:
        """Exactly one row; a missing one is a fault of ours."""
        row = await self.maybe(kind, query, **values)
        if row is None:
            raise LookupError(query.name)
        return row

    async def maybe(self, kind: type[T], query: Query, **values: Any) -> T | None:
        row = await self._call(self.connection.fetchrow, query, values)
        return None if row is None else msgspec.convert(dict(row), kind)

    async def many(self, kind: type[T], query: Query, **values: Any) -> list[T]:
        rows = await self._call(self.connection.fetch, query, values)
        return [msgspec.convert(dict(row), kind) for row in rows]

    async def stream(self, kind: type[T], query: Query, **values: Any) -> AsyncIterator[T]:
        """Row after row, however many there are; only in a transaction, best in a `survey`."""
        given = (values[name] for name in query.parameters)
        cursor = await self.connection.cursor(query.sql, *given, timeout=_PATIENT)
        while rows := await cursor.fetch(_AT_ONCE, timeout=_PATIENT):
            for row in rows:
                yield msgspec.convert(dict(row), kind)

    async def run(self, query: Query, **values: Any) -> int:
        """Rows touched."""
        tag: str = await self._call(self.connection.execute, query, values)
        last = tag.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def _call(self, method: Any, query: Query, values: Mapping[str, Any]) -> Any:
        try:
            return await method(query.sql, *(values[name] for name in query.parameters))
        except asyncpg.IntegrityConstraintViolationError as fault:
            raise ConstraintBroken(fault.constraint_name or fault.sqlstate) from None
        except asyncpg.PostgresError as fault:
            _raise_own(fault.sqlstate)
            raise


class Database:
    """The pool of one process."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, size: int = 10, statement_cache: int = 200) -> "Database":
        """Connect. A multi-host URL finds the primary; the pool's reset round trip is left out."""
        try:
            pool = await cls._pool_of(url, size=size, statement_cache=statement_cache)
        except (asyncpg.PostgresError, OSError, TimeoutError, ValueError) as fault:
            raise DatabaseAway(f"PostgreSQL does not let us in: {type(fault).__name__}") from fault
        return cls(pool)

    @staticmethod
    async def _pool_of(url: str, *, size: int, statement_cache: int) -> Any:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            statement_cache_size=statement_cache,
            reset=_no_reset,
            init=_prepare_connection,
            timeout=5,
            command_timeout=20,
            target_session_attrs=SessionAttribute.primary
            if _several(url)
            else SessionAttribute.any,
        )

    async def close(self) -> None:
        try:
            await asyncio.wait_for(self._pool.close(), timeout=5)
        except TimeoutError:
            self._pool.terminate()

    async def ping(self) -> None:
        """Raises DatabaseAway."""
        async with self.read() as tx:
            await tx.connection.execute("SELECT 1")

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """For reads of one statement each; nothing is held between them."""
        try:
            async with self._pool.acquire(timeout=5) as connection:
                yield Tx(connection)
        except (*_RETRIED, TimeoutError, OSError) as fault:
            raise DatabaseAway(type(fault).__name__) from fault

    @contextlib.asynccontextmanager
    async def survey(self) -> AsyncIterator[Tx]:
        """To read through whole tables as they are at one instant, for as long as it takes."""
        async with self.read() as tx, tx.connection.transaction(**_ONE_INSTANT):
            await tx.connection.execute("SET LOCAL statement_timeout = 0")
            with transaction_open():
                yield tx

    async def transact(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `work` in one transaction and commit; a Refusal as its result rolls back.

        Deadlocks, serialization failures and broken connections repeat the whole of `work`, at
        most four times, so it must be safe to repeat: unique keys see to that. A commit whose
        answer was lost may have happened; the repeat then meets its own rows.
        """
        return await self._repeat(lambda: self._attempt(work))

    async def book(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """As `transact`, for work that books on the present day: when that was closed meanwhile
        (Stale), once more, on the next."""
        try:
            return await self.transact(work)
        except Stale:
            return await self.transact(work)

    async def single(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `work`, which reads, then writes by one statement that is a transaction of its own:
        two round trips less than `transact`, repeated like it."""
        return await self._repeat(lambda: self._single(work))

    async def _repeat(self, attempt_once: Callable[[], Awaitable[T]]) -> T:
        for attempt in range(_ATTEMPTS):
            try:
                return await attempt_once()
            except (*_RETRIED, TimeoutError, OSError) as fault:
                if attempt == _ATTEMPTS - 1 or isinstance(fault, _WAITED):
                    raise DatabaseAway(type(fault).__name__) from fault
                await asyncio.sleep(0.05 * 2**attempt)
        raise AssertionError("unreachable")

    async def _single(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        async with self._pool.acquire(timeout=5) as connection:
            with transaction_open():
                return await work(Tx(connection))

    async def _attempt(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        async with self._pool.acquire(timeout=5) as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                with transaction_open():
                    result = await work(Tx(connection))
            except BaseException:
                with contextlib.suppress(*_RETRIED):
                    await transaction.rollback()
                raise
            if isinstance(result, Refusal):
                await transaction.rollback()
            else:
                await transaction.commit()
            return result


def _raise_own(sqlstate: str | None) -> None:
    """The refusals of our own SQL functions, raised again in our own words."""
    if sqlstate == "LG002":
        raise Stale from None
    if sqlstate == "LG001":
        raise ConstraintBroken("ledger_hold_mismatch") from None


def _several(url: str) -> bool:
    return "," in url.partition("://")[2].partition("/")[0]


async def _no_reset(_: Any) -> None:
    """Nothing of ours outlives a statement on a connection: no LISTEN, no SET, no locks."""


async def _prepare_connection(connection: Any) -> None:
    await connection.execute("SET lock_timeout = '5s'; SET statement_timeout = '15s'")
