"""What messages say: template fields in few words, since WeChat allows 20 characters each."""

from datetime import datetime
from typing import Literal

from service.domain.calendar import SHANGHAI
from service.domain.institution import KIND_TEXT, InstitutionKind
from service.domain.money import yuan_text

MessageKind = Literal[
    "binding_active",
    "binding_ended",
    "binding_rejected",
    "money_used",
    "money_returned",
    "premium_paid",
    "premium_credited",
    "premium_declined",
    "premium_not_needed",
    "premium_short",
    "premium_waiting",
    "premium_planned",
    "premium_refunded",
    "premium_kept",
]

_RESULT: dict[MessageKind, str] = {
    "binding_active": "家庭共济已生效",
    "binding_ended": "家庭共济已结束",
    "binding_rejected": "家庭共济未通过审核",
    "money_used": "个人账户支付了医药费",
    "money_returned": "医药费退回个人账户",
    "premium_paid": "居民医保费已代缴",
    "premium_credited": "居民医保费已到账",
    "premium_declined": "居民医保费没有缴成",
    "premium_not_needed": "居民医保费已缴过，没有扣款",
    "premium_short": "余额不够，暂时没有代缴",
    "premium_waiting": "居民医保费暂时没有代缴",
    "premium_planned": "已为家人预约代缴居民医保费",
    "premium_refunded": "居民医保费已退回",
    "premium_kept": "居民医保费没有退成",
}


def compose(
    kind: MessageKind,
    *,
    relative: str,
    at: datetime,
    amount_fen: int | None = None,
    place: InstitutionKind | None = None,
) -> dict[str, str]:
    """Fields of the message: result, whom it is about (masked), time, amount, where to ask.

    Of a bill only the amount, the time and the kind of institution are told, never what for.
    """
    fields = {
        "thing1": _RESULT[kind],
        "thing2": relative,
        "time3": at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "thing4": "如有疑问请拨打12393",
    }
    if amount_fen:
        fields["amount5"] = f"{yuan_text(amount_fen)}元"
    if place is not None:
        fields["thing6"] = KIND_TEXT[place]
    return fields
