"""A premium order (代缴): its states, what may follow what, and what both sides read of it.

Money is held first; the tax bureau's receipt posts it, its decline frees it; the insurance credits
it. What is not known yet stays where it is: nothing here turns silence into a yes or a no.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from service.domain.ledger import Leg
from service.domain.refusal import Refusal
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

REASON_TEXT: dict[str, str] = {
    "already_paid": "这位家人这一年的居民医保费已经缴过",
    "taken_care_of": "这位家人这一年的居民医保费已有人办理",
    "not_registered": "这位家人没有居民医保参保登记",
    "employee": "这位家人已参加职工医保",
    "deceased": "参保地登记的状态不允许缴费",
    "suspended": "这位家人的居民医保已暂停",
    "amount_differs": "应缴金额与税务部门的不一致",
    "window_closed": "缴费时间已过",
    "money_short": "个人账户可用余额不够",
    "limit_reached": "已达到您设定的共济限额",
    "binding_paused": "共济已暂停",
    "binding_ended": "共济已结束",
    "binding_not_begun": "共济还没有开始",
    "plan_ended": "预约已取消",
    "plan_limit": "应缴金额超过预约时同意的最高金额",
    "not_by_account": "当地不能用个人账户为家人缴费",
    "not_announced": "当地尚未公布缴费时间",
    "not_open_yet": "还没有到缴费时间",
    "amount_not_announced": "这类人员的缴费标准尚未公布",
    "nothing_to_pay": "按规定不用缴费",
    "person_not_matched": "姓名和身份证号码对不上",
    "area_not_served": "参保地未开通",
    "other": "税务部门没有受理",
}
"""Why an order was not carried out, for the payer."""

PATIENT: frozenset[str] = frozenset(
    {"money_short", "limit_reached", "binding_paused", "binding_not_begun", "not_open_yet"}
)
"""Reasons that may pass: a planned order is tried again until its window closes."""


def reason_of(refusal: Refusal) -> str:
    """The key in REASON_TEXT of why an order cannot be carried out."""
    return refusal.code.removeprefix("premium.").replace(".", "_")


class Premium(Struct, frozen=True, kw_only=True):
    """An order as it stands. `book_id` is the payer's; `year` the premium year; fen; instants."""

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


def resolving_leg(order: Premium, phase: Literal["post", "void"], *, year: int) -> Leg:
    """Of an order that holds; `year` is that of the hold."""
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
        amount_fen=-order.amount_fen,
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
