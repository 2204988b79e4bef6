"""Why an order for a premium was not carried out, whether that may pass, and who is told when."""

from service.domain.message import MessageKind
from service.domain.refusal import Refusal

REASON_TEXT: dict[str, str] = {
    "already_paid": "这位家人这一年的居民医保费已经缴过",
    "taken_care_of": "这位家人这一年的居民医保费已有人办理",
    "not_registered": "这位家人没有居民医保参保登记",
    "registered_elsewhere": "这位家人的居民医保登记在其他统筹区",
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
    {
        "money_short",
        "limit_reached",
        "binding_paused",
        "binding_not_begun",
        "not_open_yet",
        "taken_care_of",
        "not_registered",
        "registered_elsewhere",
        "suspended",
        "person_not_matched",
        "amount_not_announced",
    }
)
"""Reasons that may pass: a planned order is tried again until its window closes."""

_NOT_NEEDED = frozenset({"already_paid", "nothing_to_pay"})
_SILENT = frozenset({"not_open_yet", "taken_care_of"})
"""Nothing the payer could do, and nothing amiss."""


def reason_of(refusal: Refusal) -> str:
    """The key in REASON_TEXT of why an order cannot be carried out."""
    return refusal.code.removeprefix("premium.").replace(".", "_")


def word_of_wait(reason: str) -> MessageKind | None:
    """What tells the payer, in time to do something, that an order waits; None: nothing does."""
    if reason == "money_short":
        return "premium_short"
    return None if reason in _SILENT else "premium_waiting"


def word_of_skip(reason: str, *, taken_care_of: bool) -> MessageKind | None:
    """What tells the payer that nothing was held; where it was not needed, nothing does."""
    return None if reason in _NOT_NEEDED or taken_care_of else "premium_declined"


def word_of_decline(reason: str) -> MessageKind:
    """What tells the payer that money which was held is free again."""
    return "premium_not_needed" if reason == "already_paid" else "premium_declined"
