"""Refunds of settlements."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.calendar import business_date
from service.domain.receipt import RefundReceipt

Q = load_queries("refunds")


class RefundRow(Struct, frozen=True, kw_only=True):
    """`receipt` is the JSON of a RefundReceipt."""

    receipt: bytes

    @property
    def content(self) -> RefundReceipt:
        return msgspec.json.decode(self.receipt, type=RefundReceipt)


async def insert(tx: Tx, *, receipt: RefundReceipt, book_id: UUID, institution_code: str) -> int:
    plan = receipt.plan
    return await tx.run(
        Q.insert,
        book_id=book_id,
        refund_id=receipt.refund_id,
        settlement_id=receipt.settlement_id,
        institution_code=institution_code,
        message_id=receipt.message_id,
        total_fen=plan.total_fen,
        fund_fen=plan.returned_to("fund"),
        own_fen=plan.returned_to("own"),
        aid_fen=plan.returned_to("donor"),
        cash_fen=plan.returned_to("cash"),
        plan=msgspec.json.encode(receipt),
        on=business_date(receipt.refunded_at),
        at=receipt.refunded_at,
    )


async def get(tx: Tx, *, book_id: UUID, refund_id: UUID) -> RefundRow:
    """It is there: a claim named it."""
    return await tx.one(RefundRow, Q.get, book_id=book_id, refund_id=refund_id)


async def get_many(
    tx: Tx, *, book_ids: Sequence[UUID], refund_ids: Sequence[UUID]
) -> dict[UUID, RefundReceipt]:
    """By id."""
    rows = await tx.many(RefundRow, Q.get_many, book_ids=book_ids, refund_ids=refund_ids)
    return {row.content.refund_id: row.content for row in rows}


async def of_settlement(tx: Tx, *, book_id: UUID, settlement_id: UUID) -> list[RefundRow]:
    """In the order they were made."""
    return await tx.many(RefundRow, Q.of_settlement, book_id=book_id, settlement_id=settlement_id)
