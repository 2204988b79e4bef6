"""Where a binding stands, in whole sentences a citizen understands, for each of its two parties.

Sentences stand on their own, so that a screen reader can say them and colour is never needed.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from service.domain.binding import Binding
from service.domain.calendar import business_date, date_text, instant_text

Role = Literal["donor", "beneficiary"]


class Line(Struct, frozen=True, kw_only=True):
    """`usable`: whether money can be used now. `next_step` is empty when there is nothing to do."""

    sentence: str
    next_step: str
    usable: bool = False


def summary(*, giving: int, using: int) -> str:
    """How many relatives use this reader's account, and how many accounts the reader may use."""
    if not giving and not using:
        return "目前没有生效的家庭共济。"
    parts = []
    if giving:
        parts.append(f"有 {giving} 位家人可以使用您的个人账户")
    if using:
        parts.append(f"您可以使用 {using} 位家人的个人账户")
    return "，".join(parts) + "。"


def line(binding: Binding, *, role: Role, relative: str, at: datetime) -> Line:
    """`relative` is the other party for this reader, masked, e.g. `*乙（妻子）`."""
    if binding.expired_on(business_date(at)) and binding.state in ("active", "paused"):
        return _ended(binding, role, relative)
    return _LINES[binding.state](binding, role, relative, at)


def _awaiting(binding: Binding, role: Role, relative: str, at: datetime) -> Line:
    if role == "donor":
        step = "请阅读告知书和承诺书，并完成签名。"
        if binding.review == "clerk":
            step = "请先上传证明材料照片，再阅读告知书和承诺书并签名。"
        return Line(sentence=f"您为{relative}申请的共济还差一步：签署承诺书。", next_step=step)
    return Line(sentence=f"{relative}正在为您办理共济，等待对方签署承诺书。", next_step="")


def _review(binding: Binding, role: Role, relative: str, at: datetime) -> Line:
    what = "正在核验亲属关系" if binding.review == "data_check" else "正在由医保经办机构审核"
    who = f"您为{relative}申请的共济" if role == "donor" else f"{relative}为您申请的共济"
    step = "请耐心等待，结果会通知您。"
    if binding.review == "clerk" and role == "donor":
        step = "如有结婚证、户口簿等证明材料，可以上传照片。" + step
    return Line(sentence=f"{who}{what}。", next_step=step)


def _active(binding: Binding, role: Role, relative: str, at: datetime) -> Line:
    assert binding.effective_at is not None
    since = instant_text(binding.effective_at)
    until = f"，到{date_text(binding.ends_on)}为止" if binding.ends_on else ""
    if binding.effective_at > at:
        subject = f"{relative}" if role == "donor" else "您"
        account = "您的个人账户" if role == "donor" else f"{relative}的个人账户"
        return Line(
            sentence=f"共济已经办好，{subject}从{since}起可以使用{account}{until}。", next_step=""
        )
    if role == "donor":
        return Line(
            sentence=f"{relative}可以使用您的个人账户，自{since}起生效{until}。",
            next_step="您可以随时修改限额、暂停或结束。",
            usable=True,
        )
    return Line(
        sentence=f"您可以使用{relative}的个人账户，自{since}起生效{until}。",
        next_step="看病买药时出示您本人的医保码，先用您自己的钱，不够的部分自动使用共济的钱。",
        usable=True,
    )


def _paused(binding: Binding, role: Role, relative: str, at: datetime) -> Line:
    if role == "donor":
        return Line(
            sentence=f"您已暂停{relative}使用您的个人账户。",
            next_step="需要时可以点击“恢复”。",
        )
    return Line(sentence=f"{relative}的共济目前暂停，暂时不能使用。", next_step="")


def _ended(binding: Binding, role: Role, relative: str, at: datetime | None = None) -> Line:
    day = business_date(binding.ended_at) if binding.ended_at else binding.ends_on
    if day is not None and binding.expired_on(day):
        day = binding.ends_on
    when = f"已在{date_text(day)}结束" if day else "已经结束"
    if role == "donor":
        return Line(
            sentence=f"您与{relative}的共济{when}，对方不能再使用您的个人账户。",
            next_step="如需继续，可以重新申请。",
        )
    return Line(sentence=f"{relative}给您的共济{when}，不能再使用。", next_step="")


def _rejected(binding: Binding, role: Role, relative: str, at: datetime) -> Line:
    who = f"您为{relative}申请的共济" if role == "donor" else f"{relative}为您申请的共济"
    return Line(
        sentence=f"{who}没有通过审核。",
        next_step="请核对证明材料后重新申请，或拨打医保服务热线 12393 咨询。",
    )


def _withdrawn(binding: Binding, role: Role, relative: str, at: datetime) -> Line:
    who = f"您为{relative}申请的共济" if role == "donor" else f"{relative}为您申请的共济"
    return Line(sentence=f"{who}已经撤回或过期。", next_step="如需办理，可以重新申请。")


_LINES = {
    "awaiting_signature": _awaiting,
    "under_review": _review,
    "active": _active,
    "paused": _paused,
    "ended": _ended,
    "rejected": _rejected,
    "withdrawn": _withdrawn,
}

EXPLANATION = (
    "“家庭共济”是把您个人账户里的钱给家人用；“亲情账户”只是让家人帮忙出示医保码，不会共享任何钱。"
    "两件事要分别办理，互不影响。"
)
