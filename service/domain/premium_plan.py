"""A standing order (预约代缴): pay a relative's premium for one year, or every year."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.domain.binding import State
from service.domain.money import yuan_text
from service.domain.premium import PremiumState
from service.domain.premium_reason import REASON_TEXT

PlanSource = Literal["citizen", "file"]


class PlanFacts(Struct, frozen=True, kw_only=True):
    """A plan, how its binding stands, and its latest order. `year` None: every year. `most_fen` is
    the most the payer agreed to for one year."""

    book_id: UUID
    plan_id: UUID
    binding_id: UUID
    insured_id: UUID
    area: str
    year: int | None
    most_fen: int
    source: PlanSource
    made_at: datetime
    ended_at: datetime | None
    binding_state: State
    last_state: PremiumState | None
    last_year: int | None
    last_reason: str | None


def sentence(plan: PlanFacts, *, relative: str) -> str:
    """Where it stands, for its payer; `relative` is masked."""
    when = f"{plan.year}年度" if plan.year else "每年"
    most = f"{'' if plan.year else '每年'}最多 {yuan_text(plan.most_fen)} 元"
    who = "您" if plan.source == "citizen" else "按提交的名单为您"
    what = f"{who}预约{when}为{relative}缴纳居民医保费，{most}"
    if plan.binding_state in ("ended", "rejected", "withdrawn"):
        return f"{what}；共济已经结束，不会再代缴。"
    if plan.ended_at is not None:
        return f"{what}；这个预约已经结束。"
    if plan.source == "file":
        what += "；如不同意，可以随时取消"
    return f"{what}。{_last(plan)}"


def _last(plan: PlanFacts) -> str:
    if plan.last_state is None:
        return "缴费开始后自动办理，结果会通知您。"
    year = f"{plan.last_year}年度"
    why = REASON_TEXT.get(plan.last_reason or "", "")
    if plan.last_state == "planned":
        return f"{year}{why}，缴费期内会再试。" if why else f"{year}等待办理。"
    if plan.last_state in ("skipped", "declined"):
        return f"{year}没有缴：{why}。"
    return f"{year}{_LAST[plan.last_state]}。"


_LAST: dict[PremiumState, str] = {
    "held": "正在办理",
    "paid": "已缴费",
    "credited": "已缴费，医保已到账",
    "refunding": "正在退费",
    "refunded": "已退费",
}
