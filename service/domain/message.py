"""What messages say: template fields in few words, since WeChat allows 20 characters each."""

from datetime import datetime
from typing import Literal

from service.domain.calendar import SHANGHAI

MessageKind = Literal["binding_active", "binding_ended", "binding_rejected"]

_RESULT: dict[MessageKind, str] = {
    "binding_active": "家庭共济已生效",
    "binding_ended": "家庭共济已结束",
    "binding_rejected": "家庭共济未通过审核",
}


def compose(kind: MessageKind, *, relative: str, at: datetime) -> dict[str, str]:
    """Fields of the subscribe message: result, the relative (masked), time, where to ask."""
    return {
        "thing1": _RESULT[kind],
        "thing2": relative,
        "time3": at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "thing4": "如有疑问请拨打12393",
    }
