"""A premium order (代缴): its states, what may follow what, and what both sides read of it.

Money is held first; the tax bureau's receipt posts it, its decline frees it; the insurance credits
it. What is not known yet stays where it is: nothing here turns silence into a yes or a no.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from service.domain.calendar import business_date
from service.domain.ledger import Leg
from service.domain.resident import Category

PremiumState = Literal[
    "planned", "held", "paid", "credited", "declined", "skipped", "refunding", "refunded"
]
Event = Literal["hold", "skip", "receipt", "decline", "credit", "ask_refund", "keep", "refund"]

TRANSITIONS: dict[tuple[PremiumState, Event], PremiumState] = {
    ("planned", "hold"): "held",
    ("planned", "skip"): "skipped",
    ("held", "receipt"): "paid",
    ("held", "decline"): "declined",
    ("paid", "credit"): "credited",
    ("paid", "ask_refund"): "refunding",
    ("refunding", "keep"): "paid",
    ("refunding", "refund"): "refunded",
}
_TRANSFERS = UUID("0d3a5c7e-7a41-5f0b-8e6d-3b1c2f9a6d54")
"""The namespace of transfer ids. Neither it nor what is hashed under it may ever change."""


class Premium(Struct, frozen=True, kw_only=True):
    """An order as it stands. `book_id` is the payer's; `year` the premium year; fen; instants.

    `aside`: what set it aside for a person to look at.
    """

    book_id: UUID
    premium_id: UUID
    insured_id: UUID
    binding_id: UUID
    plan_id: UUID | None
    batch_id: UUID | None
    area: str
    year: int
    category: Category | None
    amount_fen: int | None
    late: bool
    state: PremiumState
    reason: str | None
    tries: int
    aside: str | None = None
    receipt_number: str | None
    made_at: datetime
    held_at: datetime | None
    receipted_at: datetime | None
    paid_at: datetime | None
    credited_at: datetime | None
    ended_at: datetime | None

    @property
    def order_no(self) -> str:
        """Its number at the tax bureau."""
        return self.premium_id.hex


def advance(state: PremiumState, event: Event) -> PremiumState | None:
    """The next state; None when the event changes nothing any more: an answer that comes twice, or
    late, finds its order further on."""
    return TRANSITIONS.get((state, event))


def contra(area: str) -> str:
    """The tax bureau of a pooling area on the other side of an entry."""
    return f"tax:{area}"


def held_year(order: Premium) -> int:
    """The calendar year whose allowance its hold uses."""
    assert order.held_at is not None
    return business_date(order.held_at).year


def hold_id(premium_id: UUID) -> UUID:
    return uuid5(_TRANSFERS, f"{premium_id}/hold")


def hold_leg(order: Premium, *, year: int, expires_at: datetime) -> Leg:
    """`year` is the calendar year whose allowance it uses. `expires_at`: from when a person should
    ask why it is still open; nothing is ever freed by the clock alone."""
    assert order.amount_fen is not None
    return Leg(
        journal_id=order.premium_id,
        transfer_id=hold_id(order.premium_id),
        phase="hold",
        purpose="premium",
        book_id=order.book_id,
        binding_id=order.binding_id,
        year=year,
        contra=contra(order.area),
        amount_fen=-order.amount_fen,
        expires_at=expires_at,
    )


def resolving_leg(
    order: Premium, phase: Literal["post", "void"], *, year: int, amount_fen: int | None = None
) -> Leg:
    """Of an order that holds; `year` is that of the hold. `amount_fen`: less than what was held."""
    assert order.amount_fen is not None
    return Leg(
        journal_id=order.premium_id,
        transfer_id=uuid5(_TRANSFERS, f"{order.premium_id}/{phase}"),
        phase=phase,
        purpose="premium",
        book_id=order.book_id,
        binding_id=order.binding_id,
        year=year,
        contra=contra(order.area),
        amount_fen=-(amount_fen or order.amount_fen),
        hold_id=hold_id(order.premium_id),
    )


def refund_leg(order: Premium, refund_id: UUID, *, year: int) -> Leg:
    """Back to the account, and to the allowance of the year it was taken from."""
    assert order.amount_fen is not None
    return Leg(
        journal_id=refund_id,
        transfer_id=uuid5(_TRANSFERS, f"{refund_id}/refund"),
        purpose="premium_refund",
        book_id=order.book_id,
        binding_id=order.binding_id,
        year=year,
        contra=contra(order.area),
        amount_fen=order.amount_fen,
    )
