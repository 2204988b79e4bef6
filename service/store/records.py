"""Settlements as the SQL function `settle` takes them: parallel arrays."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from service.domain.ledger import Leg, Seen
from service.domain.pooling import Used
from service.domain.receipt import Receipt


class SettlementRecord(Struct, frozen=True, kw_only=True):
    """One settlement with what it was decided on: `seen` are account versions, `benefit` is what
    the patient had before, None where no estimate rests on it."""

    receipt: Receipt
    fingerprint: bytes
    code: bytes
    legs: tuple[Leg, ...]
    seen: tuple[Seen, ...]
    benefit: Used | None


def columns(records: Sequence[SettlementRecord]) -> dict[str, Any]:
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
        "estimateds": [plan.estimated_fen for plan in plans],
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
