"""What holds for any resident, any rules and any day."""

from datetime import date

from hypothesis import event, given
from hypothesis import strategies as st

from service.domain.payable import Due, benefits_text, payable
from service.domain.policy import Rules
from service.domain.premium_terms import PremiumLate, PremiumWindow
from service.domain.refusal import Refusal
from service.domain.resident import Resident
from tests.domain.people import id_number
from tests.domain.premium_strategies import DAYS, YEARS, announced, residents

BORN = st.sampled_from([date(1985, 6, 15), date(2025, 9, 1)])
AREA = (
    "premium.not_by_account",
    "premium.not_announced",
    "premium.not_open_yet",
    "premium.window_closed",
)


def _term(rules: Rules, *, year: int, today: date) -> PremiumWindow | PremiumLate | None:
    """The window or the late term the day is in, by their dates alone."""
    window, late = rules.premium_window.value, rules.premium_late.value
    if window is None or window.year < year:
        return None
    if window.year == year and today <= window.closes_on:
        return window if window.opens_on <= today else None
    return late if late is not None and late.year == year and today <= late.closes_on else None


@given(residents(), BORN, announced(), YEARS, DAYS)
def test_what_is_due_is_the_tables_amount_in_its_time(
    resident: Resident, born_on: date, rules: Rules, year: int, today: date
) -> None:
    found = payable(resident, id_number(born_on), rules, year=year, today=today)
    term = _term(rules, year=year, today=today)
    event("due" if isinstance(found, Due) else found.code)
    if isinstance(found, Refusal):
        assert (found.code in AREA) == (term is None or not rules.premium_by_account.value)
        return
    assert term is not None
    assert rules.premium_by_account.value
    assert found.amount_fen == term.amounts_fen[resident.category] > 0
    assert (found.until, found.late) == (term.closes_on, isinstance(term, PremiumLate))
    assert found.until >= today
    assert (found.year, found.category) == (year, resident.category)
    assert resident.known
    assert resident.alive
    assert resident.status == "active"
    assert not resident.credited
    assert not resident.employee


@given(residents(), BORN, announced(), YEARS, DAYS, st.booleans())
def test_benefits_are_always_a_whole_sentence(
    resident: Resident, born_on: date, rules: Rules, year: int, today: date, late: bool
) -> None:
    number = id_number(born_on)
    text = benefits_text(resident, number, rules, year=year, late=late, today=today)
    assert text.endswith("。")
    assert text.count("。") == 1
    assert "None" not in text
    assert not (late and "按时缴费" in text)
