"""Settlements: the facts a split rests on, and its record."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.binding import State
from service.domain.receipt import Receipt
from service.store.records import SettlementRecord, columns

Q = load_queries("settlements")


class FactRow(Struct, frozen=True, kw_only=True):
    """One request with one of its donors (or none); `n` counts requests from 1."""

    n: int
    claimed_kind: str | None
    claimed_fingerprint: bytes | None
    claimed_book: UUID | None
    claimed_id: UUID | None
    code_claimed_id: UUID | None
    own_posted_fen: int | None
    own_held_fen: int | None
    own_version: int | None
    benefit_eligible_fen: int | None
    benefit_fund_fen: int | None
    filed_areas: tuple[str, ...]
    binding_id: UUID | None
    donor_id: UUID | None
    state: State | None
    rank: int | None
    begins_on: date | None
    ends_on: date | None
    effective_at: datetime | None
    total_limit_fen: int | None
    year_limit_fen: int | None
    use_limit_fen: int | None
    donor_posted_fen: int | None
    donor_held_fen: int | None
    donor_version: int | None
    used_fen: int | None
    used_year_fen: int | None


class SettlementRow(Struct, frozen=True, kw_only=True):
    """`receipt` is the JSON of a Receipt."""

    book_id: UUID
    settlement_id: UUID
    receipt: bytes

    @property
    def content(self) -> Receipt:
        return msgspec.json.decode(self.receipt, type=Receipt)


async def facts(
    tx: Tx,
    *,
    institutions: Sequence[str],
    messages: Sequence[str],
    codes: Sequence[bytes],
    patients: Sequence[UUID | None],
    today: date,
) -> list[FactRow]:
    """Of every request, in their order."""
    return await tx.many(
        FactRow,
        Q.facts,
        institutions=institutions,
        messages=messages,
        codes=codes,
        patients=patients,
        today=today,
        year=today.year,
    )


async def settle(tx: Tx, records: Sequence[SettlementRecord], *, at: datetime, on: date) -> None:
    """Record all or none. Raises ConstraintBroken, Stale."""
    await tx.run(Q.settle, at=at, on=on, **columns(records))


async def lock_accounts(tx: Tx, *, books: Sequence[UUID]) -> int:
    """Those that exist, in the one order everybody locks in."""
    return await tx.run(Q.lock_accounts, books=books)


async def find(tx: Tx, *, institution_code: str, settlement_id: UUID) -> SettlementRow | None:
    """A settlement of this institution."""
    return await tx.maybe(
        SettlementRow, Q.find, institution_code=institution_code, settlement_id=settlement_id
    )


async def get(tx: Tx, *, book_id: UUID, settlement_id: UUID) -> SettlementRow:
    """It is there: a claim named it."""
    return await tx.one(SettlementRow, Q.get, book_id=book_id, settlement_id=settlement_id)


async def get_many(tx: Tx, *, settlement_ids: Sequence[UUID]) -> dict[UUID, Receipt]:
    """By id."""
    rows = await tx.many(SettlementRow, Q.get_many, settlement_ids=settlement_ids)
    return {row.settlement_id: row.content for row in rows}


async def lock(tx: Tx, *, book_id: UUID, settlement_id: UUID) -> SettlementRow:
    """For refunds, one after the other. It is there: a claim or `find` named it."""
    return await tx.one(SettlementRow, Q.lock, book_id=book_id, settlement_id=settlement_id)
