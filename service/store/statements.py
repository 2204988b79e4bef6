"""What a citizen sees of their account and of their bills; newest first, paged by key."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.institution import InstitutionKind
from service.domain.receipt import Receipt
from service.domain.usage import Purpose

Q = load_queries("statements")


class Movement(Struct, frozen=True, kw_only=True):
    """`amount_fen` signed as the holder sees it. The beneficiary is named where a binding was used;
    the name is sealed."""

    number: int
    amount_fen: int
    balance_fen: int
    purpose: Purpose
    at: datetime
    place: InstitutionKind | None
    beneficiary_id: UUID | None
    name_sealed: bytes | None


class BillRow(Struct, frozen=True, kw_only=True):
    """`receipt` is the JSON of a Receipt."""

    settlement_id: UUID
    receipt: bytes
    refunded_fen: int

    @property
    def content(self) -> Receipt:
        return msgspec.json.decode(self.receipt, type=Receipt)


async def movements(
    tx: Tx, *, book_id: UUID, before: int, aid_only: bool, limit: int
) -> list[Movement]:
    """Entries numbered below `before`; `aid_only`: those of relatives."""
    return await tx.many(
        Movement, Q.movements, book_id=book_id, before=before, aid_only=aid_only, limit=limit
    )


async def bills(tx: Tx, *, book_id: UUID, before: UUID, limit: int) -> list[BillRow]:
    """The patient's own settlements before this id."""
    return await tx.many(BillRow, Q.bills, book_id=book_id, before=before, limit=limit)
