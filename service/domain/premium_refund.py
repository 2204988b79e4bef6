"""A premium given back: whole, before the insurance has credited it, as an order of its own."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.domain.policy import Rules
from service.domain.premium import Premium, advance
from service.domain.refusal import Refusal

RefundState = Literal["asked", "refunded", "declined"]


class PremiumRefund(Struct, frozen=True, kw_only=True):
    """`refunded_at` by the bureau's clock; fen."""

    book_id: UUID
    refund_id: UUID
    premium_id: UUID
    amount_fen: int
    state: RefundState
    reason: str | None
    tries: int
    asked_at: datetime
    refunded_at: datetime | None
    ended_at: datetime | None


def refundable(order: Premium, rules: Rules) -> Refusal | None:
    """None when the rules of the area let this order be given back now."""
    rule = rules.premium_refund
    if order.state == "credited":
        return Refusal(code="premium.refund_too_late", clause=rule.reference)
    if not advance(order.state, "ask_refund"):
        return Refusal(code="premium.refund_not_now")
    if rule.value is None:
        return Refusal(code="premium.refund_not_announced", clause=rule.reference)
    return None
