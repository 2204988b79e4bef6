"""Whether a premium can be paid today: refusals in their order, the edges of the calendar."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from service.domain.calendar import date_text
from service.domain.payable import Due, due_year, payable
from service.domain.policy import Rules
from service.domain.refusal import Refusal
from service.domain.resident import Resident
from tests.domain.people import id_number
from tests.domain.premium_samples import LATE, OPENED, RESIDENT, TODAY, WINDOW, rules

ADULT = id_number(date(1985, 6, 15))


def decide(
    resident: Resident = RESIDENT,
    announced: Rules | None = None,
    *,
    year: int = 2026,
    today: date = TODAY,
) -> Due | Refusal:
    return payable(resident, ADULT, announced or rules(), year=year, today=today)


def due(*args: Any, **changes: Any) -> Due:
    found = decide(*args, **changes)
    assert isinstance(found, Due), found
    return found


def refused(*args: Any, **changes: Any) -> Refusal:
    found = decide(*args, **changes)
    assert isinstance(found, Refusal), found
    return found


def _free(amount_fen: int | None) -> dict[str, Any]:
    """The window of today, with this amount for the monitored."""
    amounts = WINDOW.amounts_fen if amount_fen is None else {"monitored": amount_fen}
    return {"premium_window": replace(WINDOW, amounts_fen=amounts)}


WORST_RULES: dict[str, Any] = {
    "premium_by_account": None,
    "premium_window": None,
    "premium_late": None,
}
WORST = Resident(
    known=False,
    alive=False,
    credited=True,
    employee=True,
    status="suspended",
    area=None,
    category="monitored",
    last_year=2025,
)
ANOTHER_YEAR = replace(WINDOW, year=2025)
TOMORROW = replace(WINDOW, opens_on=TODAY + timedelta(days=1))
YESTERDAY = replace(WINDOW, closes_on=TODAY - timedelta(days=1))
WALK: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("premium.not_by_account", {}, {}),
    ("premium.not_by_account", {"premium_by_account": False}, {}),
    ("premium.not_announced", {"premium_by_account": True}, {}),
    ("premium.not_announced", {"premium_window": ANOTHER_YEAR}, {}),
    ("premium.not_open_yet", {"premium_window": TOMORROW}, {}),
    ("premium.window_closed", {"premium_window": YESTERDAY}, {}),
    ("premium.person_not_matched", _free(None), {}),
    ("premium.deceased", {}, {"known": True}),
    ("premium.already_paid", {}, {"alive": True}),
    ("premium.employee", {}, {"credited": False}),
    ("premium.suspended", {}, {"employee": False}),
    ("premium.not_registered", {}, {"status": "ended"}),
    ("premium.not_registered", {}, {"status": "none"}),
    ("premium.not_registered", {}, {"status": "active"}),
    ("premium.amount_not_announced", {}, {"area": "610100"}),
    ("premium.nothing_to_pay", _free(0), {}),
    ("due", _free(1), {}),
]
"""What is refused, and what was mended before: all obstacles that come later are still there."""


@pytest.mark.parametrize("place", range(len(WALK)), ids=[row[0] for row in WALK])
def test_refusals_in_their_order(place: int) -> None:
    announced, person = dict(WORST_RULES), WORST
    for _, mended, known in WALK[: place + 1]:
        announced |= mended
        person = replace(person, **known)
    found = decide(person, rules(**announced))
    assert (found.code if isinstance(found, Refusal) else "due") == WALK[place][0]


def test_nothing_is_left_to_mend() -> None:
    for name in WORST.__struct_fields__:
        assert name in {"category", "last_year"} or any(name in known for _, _, known in WALK)


@pytest.mark.parametrize(
    ("today", "code", "facts"),
    [
        (date(2025, 9, 30), "premium.not_open_yet", {"year": 2026, "opens": "2025年10月1日"}),
        (date(2025, 10, 1), "due", {}),
        (date(2025, 12, 25), "due", {}),
        (
            date(2025, 12, 26),
            "premium.window_closed",
            {"year": 2026, "closed": "已在2025年12月25日"},
        ),
        (date(2027, 1, 1), "premium.window_closed", {"year": 2026, "closed": "已在2025年12月25日"}),
    ],
)
def test_both_days_belong_to_the_window(today: date, code: str, facts: dict[str, Any]) -> None:
    found = decide(announced=rules(premium_late=None), today=today)
    if isinstance(found, Due):
        assert (code, found.until, found.late) == ("due", date(2025, 12, 25), False)
    else:
        assert (found.code, found.facts) == (code, facts)
        assert found.clause == rules().premium_window.reference


@pytest.mark.parametrize(
    ("today", "late", "amount_fen", "until"),
    [
        (date(2025, 12, 25), False, 40_000, WINDOW.closes_on),
        (date(2025, 12, 26), True, 107_000, LATE.closes_on),
        (date(2026, 2, 28), True, 107_000, LATE.closes_on),
    ],
)
def test_late_costs_what_late_costs(today: date, late: bool, amount_fen: int, until: date) -> None:
    found = due(today=today)
    assert (found.late, found.amount_fen, found.until) == (late, amount_fen, until)
    rule = rules().premium_late if late else rules().premium_window
    assert found.clause == rule.reference


def test_late_is_over_one_day() -> None:
    found = refused(today=date(2026, 3, 1))
    assert found.code == "premium.window_closed"
    assert found.clause == rules().premium_window.reference


def test_late_comes_after_the_window_not_before() -> None:
    assert refused(today=date(2025, 9, 30)).code == "premium.not_open_yet"


def test_a_category_that_late_payers_have_no_amount_for() -> None:
    found = refused(replace(RESIDENT, category="low_income"), today=date(2026, 1, 5))
    assert found.code == "premium.amount_not_announced"
    assert found.clause == rules().premium_late.reference
    assert found.facts == {}, "a category is the relative's own matter"


def test_late_for_a_year_before_the_window_that_is_announced() -> None:
    announced = rules(premium_late=replace(LATE, year=2025))
    found = due(announced=announced, year=2025)
    assert (found.year, found.late) == (2025, True)
    assert refused(announced=announced, year=2024).facts == {"year": 2024, "closed": "早已"}
    assert decide(announced=announced, year=2026, today=date(2025, 12, 26)) != found


@pytest.mark.parametrize("year", [2027, 2100])
def test_a_later_year_is_not_announced(year: int) -> None:
    announced = rules(premium_late=replace(LATE, year=year))
    for today in (date(2025, 9, 30), TODAY, date(2025, 12, 26), date(2026, 10, 8)):
        found = refused(announced=announced, year=year, today=today)
        assert (found.code, found.facts) == ("premium.not_announced", {})


def test_who_need_not_pay_is_told_so_with_the_clause() -> None:
    found = refused(replace(RESIDENT, category="orphan"))
    assert (found.code, found.facts) == ("premium.nothing_to_pay", {})
    assert found.clause == rules().premium_window.reference


def test_the_year_that_is_paid_is_told() -> None:
    assert refused(replace(RESIDENT, credited=True)).facts == {"year": 2026}


def test_where_an_account_may_not_pay_its_clause_is_told() -> None:
    found = refused(announced=rules(premium_by_account=False))
    assert found.clause == rules().premium_by_account.reference


def test_the_year_that_was_announced_last() -> None:
    assert due_year(rules()) == 2026
    assert due_year(rules(premium_window=None)) is None


def test_the_samples_are_open_today() -> None:
    assert set(OPENED) == {name for name in Rules.__struct_fields__ if name.startswith("premium_")}
    found = due()
    assert (found.amount_fen, found.until) == (40_000, WINDOW.closes_on)
    assert date_text(date(2026, 1, 1)) in found.benefits
