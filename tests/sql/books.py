"""Calls of the ledger as tests write them: legs with only what matters filled in."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct, field

AT = datetime(2026, 1, 15, 4, tzinfo=UTC)
TODAY = date(2026, 1, 15)
EXPIRES = datetime(2026, 1, 16, 4, tzinfo=UTC)
JOURNAL = UUID(int=0xE)
BINDING = UUID(int=0xB)
FIRST, SECOND, THIRD = (UUID(int=n) for n in (1, 2, 3))
_RECORD = f"SELECT ledger.record({', '.join(f'${n}' for n in range(1, 16))})"
TABLES = ("account", "allowance", "transfer", "entry")


class Leg(Struct, frozen=True, kw_only=True):
    """One leg of a journal; a single payment of our own unless it says otherwise."""

    book: UUID = FIRST
    amount: int
    phase: str = "single"
    contra: str = "institution:H61010000001"
    transfer: UUID = field(default_factory=uuid4)
    journal: UUID = JOURNAL
    purpose: str = "test"
    binding: UUID | None = None
    year: int | None = None
    hold: UUID | None = None
    expires: datetime | None = None


def hold(amount: int, **changes: Any) -> Leg:
    return Leg(amount=amount, phase="hold", expires=EXPIRES, **changes)


def post(held: Leg, amount: int | None = None, **changes: Any) -> Leg:
    """The posting of a hold, of the whole of it if no amount is given."""
    return _resolution(held, "post", held.amount if amount is None else amount, changes)


def void(held: Leg, amount: int | None = None, **changes: Any) -> Leg:
    return _resolution(held, "void", held.amount if amount is None else amount, changes)


def _resolution(held: Leg, phase: str, amount: int, changes: Mapping[str, Any]) -> Leg:
    same: dict[str, Any] = {
        "book": held.book,
        "contra": held.contra,
        "binding": held.binding,
        "year": held.year,
        "hold": held.transfer,
    }
    return Leg(amount=amount, phase=phase, **(same | dict(changes)))


async def record(
    connection: asyncpg.Connection, *legs: Leg, seen: Mapping[UUID, int | None] | None = None
) -> None:
    """ledger.record in a savepoint, so that a test's transaction survives a refusal."""
    seen = seen or {}
    names = ("journal", "transfer", "phase", "purpose", "book", "binding", "year", "contra")
    columns = [[getattr(leg, name) for leg in legs] for name in (*names, "amount")]
    ends = [[leg.hold for leg in legs], [leg.expires for leg in legs]]
    async with connection.transaction():
        await connection.execute(
            _RECORD,
            AT,
            TODAY,
            list(seen),
            list(seen.values()),
            *columns,
            *ends,
        )


async def open_account(connection: asyncpg.Connection, book: UUID = FIRST, fen: int = 0) -> None:
    """An account, with that much credited to it as its first entry."""
    await connection.execute(
        "INSERT INTO ledger.account (book_id, opened_at) VALUES ($1, $2)", book, AT
    )
    if fen:
        await record(connection, Leg(book=book, amount=fen, contra="credit"))


async def refusal(
    connection: asyncpg.Connection, *legs: Leg, seen: Mapping[UUID, int | None] | None = None
) -> str:
    """The constraint or the code that refuses the call, which leaves no trace at all."""
    before = await everything(connection)
    try:
        await record(connection, *legs, seen=seen)
    except asyncpg.PostgresError as fault:
        assert await everything(connection) == before
        return str(fault.constraint_name or fault.sqlstate)
    raise AssertionError("nothing refused it")


async def everything(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """Every row of the ledger as text."""
    return {
        name: [
            row[0]
            for row in await connection.fetch(f"SELECT t::text FROM ledger.{name} t ORDER BY 1")
        ]
        for name in TABLES
    }


async def account(connection: asyncpg.Connection, book: UUID = FIRST) -> tuple[int, int, int, int]:
    """Posted, held, entries and version."""
    row = await connection.fetchrow(
        "SELECT posted_fen, held_fen, entry_count, version FROM ledger.account WHERE book_id = $1",
        book,
    )
    assert row is not None
    return (row[0], row[1], row[2], row[3])


async def chain(connection: asyncpg.Connection, book: UUID = FIRST) -> list[tuple[int, int, int]]:
    """Number, amount and balance of every entry."""
    rows = await connection.fetch(
        "SELECT number, amount_fen, balance_fen FROM ledger.entry WHERE book_id = $1"
        " ORDER BY number",
        book,
    )
    return [tuple(row) for row in rows]


async def allowances(
    connection: asyncpg.Connection, book: UUID = FIRST
) -> dict[tuple[UUID, int], tuple[int, int]]:
    """Used and held, by binding and year."""
    rows = await connection.fetch(
        "SELECT binding_id, year, used_fen, held_fen FROM ledger.allowance WHERE book_id = $1", book
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


async def check_books(connection: asyncpg.Connection) -> None:
    """The books are right and both sides add up to nothing."""
    assert await connection.fetch("SELECT * FROM ledger.discrepancy") == []
    assert await connection.fetchval("SELECT coalesce(sum(amount_fen), 0) FROM ledger.leg") == 0
