"""What our books say an institution settled and refunded on a day, to be held against its own."""

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.domain.difference import Amount

Kind = Literal["settlement", "refund"]


class Booked(Struct, frozen=True, kw_only=True):
    """A settlement or a refund, each with its own id; `settlement_id` is the bill's for both."""

    id: UUID
    kind: Kind
    settlement_id: UUID
    message_id: str
    at: datetime
    total_fen: int
    fund_fen: int
    own_fen: int
    aid_fen: int
    cash_fen: int

    @property
    def account_fen(self) -> int:
        return self.own_fen + self.aid_fen

    def amount(self, institution_code: str) -> Amount:
        refund = self.kind == "refund"
        return Amount(
            institution_code=institution_code,
            message_id=self.message_id,
            total_fen=self.total_fen,
            account_fen=0 if refund else self.account_fen,
            refunded_fen=self.account_fen if refund else 0,
        )


def comparable(booked: Sequence[Booked], *, named: Container[str]) -> list[Booked]:
    """Without bills that came to nothing for both sides: taken back whole the same day, while the
    other side names neither the bill nor its refund. Such is a message cancelled by 冲正."""
    left: dict[UUID, int] = {}
    spoken_of: set[UUID] = set()
    for item in booked:
        amount = item.total_fen if item.kind == "settlement" else -item.total_fen
        left[item.settlement_id] = left.get(item.settlement_id, 0) + amount
        if item.message_id in named:
            spoken_of.add(item.settlement_id)
    return [item for item in booked if left[item.settlement_id] or item.settlement_id in spoken_of]
