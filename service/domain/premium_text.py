"""What payer and relative read of a premium: one sentence, and the three legs with their times.

Money leaves the account, the tax bureau gives a receipt, the insurance credits: each leg may be
slow, and each is told as far as it is known, never further.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from service.domain.calendar import instant_text
from service.domain.money import yuan_text
from service.domain.premium import Premium, PremiumState
from service.domain.premium_reason import REASON_TEXT

Role = Literal["payer", "relative"]
StepName = Literal["deducted", "receipted", "credited"]

STATE_TEXT: dict[PremiumState, str] = {
    "planned": "等待办理",
    "held": "正在办理",
    "paid": "已缴费",
    "credited": "医保已到账",
    "declined": "没有缴成",
    "skipped": "没有缴成",
    "refunding": "正在退费",
    "refunded": "已退费",
}


_NOT_REFUNDED = "您申请的退费税务部门没有受理。"


class Step(Struct, frozen=True, kw_only=True):
    """One leg; `at` is None until it is done."""

    name: StepName
    done: bool
    at: datetime | None
    sentence: str


def steps(order: Premium) -> tuple[Step, Step, Step]:
    """扣款, 税务开票, 医保到账."""
    return _deducted(order), _receipted(order), _credited(order)


def _deducted(order: Premium) -> Step:
    if order.paid_at is not None:
        text = f"{instant_text(order.paid_at)}从个人账户扣款。"
        if order.state == "refunded" and order.ended_at is not None:
            text += f"{instant_text(order.ended_at)}已退回个人账户。"
        return Step(name="deducted", done=True, at=order.paid_at, sentence=text)
    if order.state == "held":
        assert order.held_at is not None
        text = f"{instant_text(order.held_at)}已在个人账户预留，等税务部门确认后扣款。"
    elif order.state == "declined":
        text = "没有扣款，预留的钱已经放开。"
    else:
        text = "还没有扣款。" if order.state == "planned" else "没有扣款。"
    return Step(name="deducted", done=False, at=None, sentence=text)


def _receipted(order: Premium) -> Step:
    if order.receipted_at is not None:
        text = f"{instant_text(order.receipted_at)}税务部门已开票，票号 {order.receipt_number}。"
        return Step(name="receipted", done=True, at=order.receipted_at, sentence=text)
    text = "等待税务部门开票。" if order.state in ("planned", "held") else "税务部门没有开票。"
    return Step(name="receipted", done=False, at=None, sentence=text)


def _credited(order: Premium) -> Step:
    if order.credited_at is not None:
        text = f"{instant_text(order.credited_at)}查到医保已到账。"
        return Step(name="credited", done=True, at=order.credited_at, sentence=text)
    if order.state in ("planned", "held", "paid"):
        text = "等待医保部门记账。"
    else:
        text = "还没有查到医保到账。" if order.state == "refunding" else "没有记到医保。"
    return Step(name="credited", done=False, at=None, sentence=text)


def sentence(order: Premium, *, role: Role, relative: str, refund_declined: bool = False) -> str:
    """For the payer or the relative, in one breath; `relative` is the other one, masked."""
    amount = f" {yuan_text(order.amount_fen)} 元" if order.amount_fen else ""
    what = f"{order.year}年度居民医保费{amount}"
    who = f"您为{relative}代缴{what}" if role == "payer" else f"{relative}为您代缴{what}"
    text = f"{who}：{_outcome(order, role)}"
    return f"{text}{_NOT_REFUNDED}" if refund_declined and role == "payer" else text


def _outcome(order: Premium, role: Role) -> str:
    if order.aside and order.state in ("planned", "held"):
        return "需要人工核对，核对前不会重复扣款。"
    why = REASON_TEXT.get(order.reason or "", "") if role == "payer" else ""
    texts: dict[PremiumState, str] = {
        "planned": f"{why}，缴费期内会再试。" if why else "等待办理。",
        "held": "正在等税务部门确认，钱已预留，不会重复扣款。",
        "paid": "税务部门已收费，等待医保到账。",
        "credited": "已缴费，医保已到账。",
        "declined": f"{why or '没有缴成'}，没有扣款。",
        "skipped": f"{why or '没有缴成'}，没有扣款。",
        "refunding": "正在办理退费。",
        "refunded": "已退回原来的个人账户。",
    }
    return texts[order.state]
