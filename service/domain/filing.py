"""Away-from-home filings (异地就医备案): where somebody may be treated away, and until when."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.domain.calendar import business_date, date_text
from service.domain.enrolment import pooling_area
from service.domain.refusal import Refusal

Reason = Literal["settled_retiree", "long_term_resident", "posted_worker", "referral", "temporary"]
FilingStatus = Literal["ahead", "in_force", "lapsed", "ended"]

REASON_TEXT: dict[Reason, str] = {
    "settled_retiree": "异地安置退休人员",
    "long_term_resident": "异地长期居住人员",
    "posted_worker": "常驻异地工作人员",
    "referral": "异地转诊人员",
    "temporary": "其他临时外出就医人员",
}
NEXT_STEP: dict[FilingStatus, str] = {
    "ahead": "请在备案开始生效以后再去就医。",
    "in_force": "就医时请向医院或药店出示家庭码。",
    "lapsed": "如还要在那里就医，请重新备案。",
    "ended": "如还要在那里就医，请重新备案。",
}


class Filing(Struct, frozen=True, kw_only=True):
    """For a province, city or county `to_area`. `ends_on` is the last day, None for no end."""

    id: UUID
    person_id: UUID
    from_area: str
    to_area: str
    reason: Reason
    begins_on: date
    ends_on: date | None
    filed_at: datetime
    ended_at: datetime | None


def check_filing(
    *, from_area: str, to_area: str, begins_on: date, ends_on: date | None, today: date
) -> Refusal | None:
    """Why this filing is not taken. No source ties a reason to a shortest or longest time."""
    if pooling_area(from_area) == pooling_area(to_area):
        return Refusal(code="filing.not_needed")
    if begins_on < today or (ends_on is not None and ends_on < begins_on):
        return Refusal(code="filing.dates_wrong")
    return None


def status(filing: Filing, *, today: date) -> FilingStatus:
    if filing.ended_at is not None:
        return "ended"
    if filing.ends_on is not None and filing.ends_on < today:
        return "lapsed"
    return "ahead" if filing.begins_on > today else "in_force"


def sentence(filing: Filing, *, place: str, today: date) -> str:
    """Where it stands, to be read out; `place` names the area filed for."""
    about = f"您到{place}就医的备案"
    if filing.ended_at is not None:
        return f"{about}已在{date_text(business_date(filing.ended_at))}结束。"
    if filing.ends_on is not None and filing.ends_on < today:
        return f"{about}已在{date_text(filing.ends_on)}到期。"
    until = "长期有效" if filing.ends_on is None else f"到{date_text(filing.ends_on)}为止"
    if filing.begins_on > today:
        return f"{about}从{date_text(filing.begins_on)}开始生效，{until}。"
    return f"{about}已经生效，{until}。"
