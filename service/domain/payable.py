"""Whether a relative's premium can be paid today, how much, until when, and what paying late means.

Pure: what the platform says of the relative, the rules of the relative's area, a day in
Asia/Shanghai. Refusals stand in the order they are decided in: first the area, then the calendar,
then the person. Amounts in fen.
"""

from datetime import date, timedelta

from msgspec import Struct

from service.domain.calendar import date_text
from service.domain.person import IdNumber
from service.domain.policy import Rule, Rules
from service.domain.premium_terms import PremiumLate, PremiumWindow, Waiting
from service.domain.refusal import Refusal
from service.domain.resident import Category, Resident


class Due(Struct, frozen=True, kw_only=True):
    """What can be paid. `until` is the last day; `benefits` says from when they hold; `clause` is
    the rule of the amount and the window."""

    year: int
    category: Category
    amount_fen: int
    until: date
    late: bool
    benefits: str
    clause: str


def due_year(rules: Rules) -> int | None:
    """The premium year the area has announced last; None when none is."""
    window = rules.premium_window.value
    return window.year if window else None


def payable(
    resident: Resident, id_number: IdNumber, rules: Rules, *, year: int, today: date
) -> Due | Refusal:
    """What is due for this person and premium year, or why nothing can be paid."""
    opened = open_window(rules, year=year, today=today)
    if isinstance(opened, Refusal):
        return opened
    rule, late = opened
    assert rule.value is not None
    if refusal := _person_refused(resident, year):
        return refusal
    amount_fen = rule.value.amounts_fen.get(resident.category)
    if amount_fen is None:
        return Refusal(code="premium.amount_not_announced", clause=rule.reference)
    if amount_fen == 0:
        return Refusal(code="premium.nothing_to_pay", clause=rule.reference)
    return Due(
        year=year,
        category=resident.category,
        amount_fen=amount_fen,
        until=rule.value.closes_on,
        late=late,
        benefits=benefits_text(resident, id_number, rules, year=year, late=late, today=today),
        clause=rule.reference,
    )


def open_window(
    rules: Rules, *, year: int, today: date
) -> tuple[Rule[PremiumWindow] | Rule[PremiumLate], bool] | Refusal:
    """The rule that lets this year be paid today, and whether that is late."""
    allowed = rules.premium_by_account
    if not allowed.value:
        return Refusal(code="premium.not_by_account", clause=allowed.reference)
    rule = rules.premium_window
    if rule.value is None or rule.value.year < year:
        return Refusal(code="premium.not_announced", clause=rule.reference)
    if today < rule.value.opens_on and rule.value.year == year:
        return Refusal(
            code="premium.not_open_yet",
            clause=rule.reference,
            facts={"year": year, "opens": date_text(rule.value.opens_on)},
        )
    if today <= rule.value.closes_on and rule.value.year == year:
        return rule, False
    after = rules.premium_late
    if after.value is not None and after.value.year == year and today <= after.value.closes_on:
        return after, True
    return Refusal(
        code="premium.window_closed",
        clause=rule.reference,
        facts={"year": year, "closed": _closed(rule.value, year)},
    )


def _closed(window: PremiumWindow, year: int) -> str:
    return f"已在{date_text(window.closes_on)}" if window.year == year else "早已"


def _person_refused(resident: Resident, year: int) -> Refusal | None:
    if not resident.known:
        return Refusal(code="premium.person_not_matched")
    if not resident.alive:
        return Refusal(code="premium.deceased")
    if resident.credited:
        return Refusal(code="premium.already_paid", facts={"year": year})
    if resident.employee:
        return Refusal(code="premium.employee")
    if resident.status == "suspended":
        return Refusal(code="premium.suspended")
    if resident.status != "active" or resident.area is None:
        return Refusal(code="premium.not_registered")
    return None


def waiting_months(waiting: Waiting, *, last_year: int, year: int, late: bool) -> int:
    """Months without benefits for an ordinary resident (国办发〔2024〕38号): none when paid in the
    window and without a gap; else the fixed ones, and more for each year of a gap but the first."""
    gap = max(0, year - 1 - last_year)
    if not gap and not late:
        return 0
    return waiting.fixed_months + waiting.months_per_further_year * max(0, gap - 1)


def benefits_text(
    resident: Resident, id_number: IdNumber, rules: Rules, *, year: int, late: bool, today: date
) -> str:
    """From when benefits hold, in a sentence; where no source or record tells, it says so."""
    newborn = rules.premium_newborn_days.value
    born = id_number.born_on
    if newborn is not None and born.year == year and today <= born + timedelta(days=newborn):
        return f"出生后 {newborn} 天内缴费，待遇从出生之日算起。"
    waiting = rules.premium_waiting.value
    if (
        resident.category != "ordinary"
        or waiting is None
        or resident.last_year is None
        or resident.last_year + 1 < waiting.stated_from_year
    ):
        return "待遇从什么时候开始，以参保地医保经办机构的答复为准。"
    months = waiting_months(waiting, last_year=resident.last_year, year=year, late=late)
    if not months:
        return f"连续参保并按时缴费，{year}年1月1日起享受待遇。"
    why = "没有在集中缴费期内缴费" if late else "没有连续参保"
    if late:
        return f"{why}，缴费后要等 {months} 个月才能享受待遇。"
    begins = _first_of(year, months)
    return f"{why}，有 {months} 个月等待期，{date_text(begins)}起享受待遇。"


def _first_of(year: int, months: int) -> date:
    """The first day of the month so many months after January of the year."""
    return date(year + months // 12, months % 12 + 1, 1)
