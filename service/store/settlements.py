"""Settlements: the facts a split rests on, and its record."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.binding import State
from service.domain.ledger import Leg, Seen
from service.domain.pooling import Used
from service.domain.receipt import Receipt

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


class SettlementState(SettlementRow, frozen=True, kw_only=True):
    """With what was taken back of it so far, fen."""

    refunded_fen: int


class SettlementRecord(Struct, frozen=True, kw_only=True):
    """One settlement with what it was decided on: `seen` are account versions, `benefit` is what
    the patient had before, None where no estimate rests on it."""

    receipt: Receipt
    fingerprint: bytes
    code: bytes
    legs: tuple[Leg, ...]
    seen: tuple[Seen, ...]
    benefit: Used | None


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
    column = _columns(records)
    await tx.run(
        Q.settle,
        at=at,
        on=on,
        books=column["books"],
        ids=column["ids"],
        institutions=column["institutions"],
        messages=column["messages"],
        fingerprints=column["fingerprints"],
        codes=column["codes"],
        services=column["services"],
        totals=column["totals"],
        funds=column["funds"],
        owns=column["owns"],
        aids=column["aids"],
        cashes=column["cashes"],
        eligibles=column["eligibles"],
        pooleds=column["pooleds"],
        plans=column["plans"],
        benefit_books=column["benefit_books"],
        benefit_eligibles=column["benefit_eligibles"],
        benefit_funds=column["benefit_funds"],
        seen_books=column["seen_books"],
        seen_versions=column["seen_versions"],
        leg_journals=column["leg_journals"],
        leg_transfers=column["leg_transfers"],
        leg_books=column["leg_books"],
        leg_bindings=column["leg_bindings"],
        leg_contras=column["leg_contras"],
        leg_amounts=column["leg_amounts"],
    )


async def lock_accounts(tx: Tx, *, patients: Sequence[UUID]) -> int:
    """Of the patients and of everybody who may pay for them."""
    return await tx.run(Q.lock_accounts, patients=patients)


async def find(tx: Tx, *, institution_code: str, settlement_id: UUID) -> SettlementState | None:
    """A settlement of this institution."""
    return await tx.maybe(
        SettlementState, Q.find, institution_code=institution_code, settlement_id=settlement_id
    )


async def get(tx: Tx, *, book_id: UUID, settlement_id: UUID) -> SettlementState:
    """It is there: a claim named it."""
    return await tx.one(SettlementState, Q.get, book_id=book_id, settlement_id=settlement_id)


async def get_many(tx: Tx, *, settlement_ids: Sequence[UUID]) -> dict[UUID, Receipt]:
    """By id."""
    rows = await tx.many(SettlementRow, Q.get_many, settlement_ids=settlement_ids)
    return {row.settlement_id: row.content for row in rows}


async def lock_of_institution(
    tx: Tx, *, institution_code: str, settlement_id: UUID
) -> SettlementRow | None:
    """A settlement of this institution, for refunds one after the other."""
    return await tx.maybe(
        SettlementRow,
        Q.lock_of_institution,
        institution_code=institution_code,
        settlement_id=settlement_id,
    )


def _columns(records: Sequence[SettlementRecord]) -> dict[str, Any]:
    """The arguments of `settle`. Claims are sorted, so that two calls never wait in a circle."""
    ordered = sorted(records, key=lambda r: (r.receipt.place.code, r.receipt.message_id))
    plans = [record.receipt.plan for record in ordered]
    legs = [leg for record in records for leg in record.legs]
    seen = {book: version for record in reversed(records) for book, version in record.seen}
    benefits = {
        record.receipt.patient.id: record.benefit
        for record in reversed(records)
        if record.benefit is not None
    }
    return {
        "books": [record.receipt.patient.id for record in ordered],
        "ids": [record.receipt.settlement_id for record in ordered],
        "institutions": [record.receipt.place.code for record in ordered],
        "messages": [record.receipt.message_id for record in ordered],
        "fingerprints": [record.fingerprint for record in ordered],
        "codes": [record.code for record in ordered],
        "services": [plan.bill.service for plan in plans],
        "totals": [plan.bill.total_fen for plan in plans],
        "funds": [plan.paid_by("fund") for plan in plans],
        "owns": [plan.paid_by("own") for plan in plans],
        "aids": [plan.paid_by("donor") for plan in plans],
        "cashes": [plan.paid_by("cash") for plan in plans],
        "eligibles": [plan.eligible_fen for plan in plans],
        "pooleds": [plan.pooled_fen for plan in plans],
        "plans": [msgspec.json.encode(record.receipt) for record in ordered],
        "benefit_books": list(benefits),
        "benefit_eligibles": [used.eligible_fen for used in benefits.values()],
        "benefit_funds": [used.fund_fen for used in benefits.values()],
        "seen_books": list(seen),
        "seen_versions": list(seen.values()),
        "leg_journals": [leg.journal_id for leg in legs],
        "leg_transfers": [leg.transfer_id for leg in legs],
        "leg_books": [leg.book_id for leg in legs],
        "leg_bindings": [leg.binding_id for leg in legs],
        "leg_contras": [leg.contra for leg in legs],
        "leg_amounts": [leg.amount_fen for leg in legs],
    }
