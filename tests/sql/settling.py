"""Calls of settle() as tests write them: settlements with only what matters filled in."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from msgspec import Struct

from tests.sql.books import AT, TODAY, Leg, everything

_SETTLE = f"SELECT settle({', '.join(f'${n}' for n in range(1, 29))})"
PATIENT, OTHER_PATIENT = UUID(int=0xA1), UUID(int=0xA2)
PLACE, OTHER_PLACE = "H61010000001", "P61010000002"
TABLES = ("counter_claim", "code_claim", "settlement", "counter_event", "benefit_year")
Benefits = Mapping[UUID, tuple[int, int] | None]


class Settled(Struct, frozen=True, kw_only=True):
    """One settlement, numbered; 1000 fen in cash unless it says otherwise."""

    number: int
    book: UUID = PATIENT
    institution: str = PLACE
    message: str | None = None
    code: bytes | None = None
    total: int = 1000
    fund: int = 0
    own: int = 0
    aid: int = 0
    cash: int = 1000
    eligible: int = 0
    estimated: int = 0

    @property
    def id(self) -> UUID:
        return UUID(int=0x500 + self.number)

    @property
    def columns(self) -> list[Any]:
        return [
            self.book,
            self.id,
            self.institution,
            self.message or f"message-{self.number}",
            b"fingerprint",
            self.code or bytes([self.number]),
            "outpatient",
            self.total,
            self.fund,
            self.own,
            self.aid,
            self.cash,
            self.eligible,
            self.estimated,
            b"plan",
        ]


async def settle(
    connection: asyncpg.Connection,
    *settled: Settled,
    legs: Sequence[Leg] = (),
    seen: Mapping[UUID, int | None] | None = None,
    benefits: Benefits | None = None,
) -> None:
    """The call, in a savepoint. `benefits`: what the estimate saw, None for no row."""
    seen, benefits = seen or {}, benefits or {}
    names = ("journal", "transfer", "book", "binding", "contra", "amount")
    async with connection.transaction():
        await connection.execute(
            _SETTLE,
            AT,
            TODAY,
            *map(list, zip(*(it.columns for it in settled), strict=True)),
            list(benefits),
            [had[0] if had else None for had in benefits.values()],
            [had[1] if had else None for had in benefits.values()],
            list(seen),
            list(seen.values()),
            *([getattr(leg, name) for leg in legs] for name in names),
        )


async def rows(connection: asyncpg.Connection) -> dict[str, list[str]]:
    found = await everything(connection)
    for table in TABLES:
        texts = await connection.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")
        found[table] = [row[0] for row in texts]
    return found


async def refusal(connection: asyncpg.Connection, *settled: Settled, **values: Any) -> str:
    """The constraint or code that refuses the call, which leaves no trace at all."""
    before = await rows(connection)
    with pytest.raises(asyncpg.PostgresError) as caught:
        await settle(connection, *settled, **values)
    assert await rows(connection) == before
    fault: Any = caught.value
    return str(fault.constraint_name or fault.sqlstate)


async def benefit(connection: asyncpg.Connection, book: UUID = PATIENT) -> list[tuple[Any, ...]]:
    found = await connection.fetch(
        "SELECT year, eligible_fen, fund_fen FROM benefit_year WHERE book_id = $1", book
    )
    return [tuple(row) for row in found]
