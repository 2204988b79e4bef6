"""From when benefits hold: months of waiting, and the sentence that tells them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service.domain.payable import benefits_text, waiting_months
from service.domain.premium_terms import Waiting
from tests.domain.people import id_number
from tests.domain.premium_samples import RESIDENT, TODAY, WAITING, rules

ADULT = date(1985, 6, 15)
ASK = "待遇从什么时候开始，以参保地医保经办机构的答复为准。"
NEWBORN = "出生后 90 天内缴费，待遇从出生之日算起。"


def text(
    last_year: int | None = 2025,
    *,
    late: bool = False,
    category: str = "ordinary",
    born_on: date = ADULT,
    year: int = 2026,
    today: date = TODAY,
    **changes: object,
) -> str:
    resident = replace(RESIDENT, last_year=last_year, category=category)
    announced = rules(**changes)
    number = id_number(born_on)
    return benefits_text(resident, number, announced, year=year, late=late, today=today)


@pytest.mark.parametrize(
    ("last_year", "late", "months"),
    [
        (2025, False, 0),
        (2025, True, 3),
        (2024, False, 3),
        (2024, True, 3),
        (2023, False, 4),
        (2022, False, 5),
        (2021, True, 6),
        (2016, False, 11),
        (2026, False, 0),
        (2027, True, 3),
    ],
)
def test_months(last_year: int, late: bool, months: int) -> None:
    assert waiting_months(WAITING, last_year=last_year, year=2026, late=late) == months


WAITINGS = st.builds(
    Waiting,
    fixed_months=st.integers(1, 12),
    months_per_further_year=st.integers(0, 12),
    stated_from_year=st.just(2020),
)
YEARS = st.integers(2000, 2100)


@given(WAITINGS, YEARS, YEARS, st.booleans())
def test_none_exactly_when_in_time_and_without_a_gap(
    waiting: Waiting, last_year: int, year: int, late: bool
) -> None:
    months = waiting_months(waiting, last_year=last_year, year=year, late=late)
    assert (months == 0) == (not late and last_year >= year - 1)
    assert months == 0 or months >= waiting.fixed_months


@given(WAITINGS, YEARS, YEARS, st.booleans())
def test_a_longer_gap_never_waits_less(
    waiting: Waiting, last_year: int, year: int, late: bool
) -> None:
    months, longer = (
        waiting_months(waiting, last_year=last, year=year, late=late)
        for last in (last_year, last_year - 1)
    )
    assert longer >= months
    if last_year < year - 1:
        assert longer == months + waiting.months_per_further_year
    assert waiting_months(waiting, last_year=last_year, year=year, late=True) >= months


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (text(), "连续参保并按时缴费，2026年1月1日起享受待遇。"),
        (text(2024), "没有连续参保，有 3 个月等待期，2026年4月1日起享受待遇。"),
        (text(2019, year=2030), "没有连续参保，有 12 个月等待期，2031年1月1日起享受待遇。"),
        (text(2019, year=2042), "没有连续参保，有 24 个月等待期，2044年1月1日起享受待遇。"),
        (text(2018), ASK),
        (text(2003), ASK),
        (text(late=True), "没有在集中缴费期内缴费，缴费后要等 3 个月才能享受待遇。"),
        (text(2023, late=True), "没有在集中缴费期内缴费，缴费后要等 4 个月才能享受待遇。"),
        (text(None), ASK),
        (text(category="low_income"), ASK),
        (text(premium_waiting=None), ASK),
        (text(2026, year=2027), "连续参保并按时缴费，2027年1月1日起享受待遇。"),
    ],
)
def test_what_is_known_is_told_and_no_more(sentence: str, told: str) -> None:
    assert sentence == told


@pytest.mark.parametrize(
    ("born_on", "today", "days", "told"),
    [
        (date(2025, 8, 22), TODAY, 90, NEWBORN),
        (date(2025, 8, 21), TODAY, 90, ASK),
        (date(2025, 11, 20), TODAY, 90, NEWBORN),
        (date(2025, 11, 19), TODAY, 1, NEWBORN.replace("90", "1")),
        (date(2025, 11, 18), TODAY, 1, ASK),
        (date(2025, 11, 20), TODAY, None, ASK),
        (date(2023, 12, 1), date(2024, 2, 29), 90, NEWBORN),
    ],
)
def test_a_newborn_until_the_last_day(
    born_on: date, today: date, days: int | None, told: str
) -> None:
    year = born_on.year
    found = text(None, born_on=born_on, year=year, today=today, premium_newborn_days=days)
    assert found == told
    later = text(None, born_on=born_on, year=year + 1, today=today, premium_newborn_days=days)
    assert later == ASK, "the source does not say it of the year after the birth"


def test_a_newborns_benefits_come_first() -> None:
    newborn = text(
        2020,
        born_on=TODAY,
        year=TODAY.year,
        late=True,
        category="low_income",
        premium_waiting=None,
    )
    assert newborn == NEWBORN
