"""Any resident, any rules and any day, for the properties of what is due."""

from datetime import date
from typing import get_args

from hypothesis import strategies as st

from service.domain.enrolment import EnrolmentStatus
from service.domain.policy import Rules
from service.domain.premium_terms import Amounts, PremiumLate, PremiumWindow, Waiting
from service.domain.resident import Category, Resident
from tests.domain.premium_samples import rules

YEARS = st.integers(2025, 2027)
DAYS = st.dates(date(2025, 9, 1), date(2026, 4, 1))
CATEGORIES: st.SearchStrategy[Category] = st.sampled_from(get_args(Category))
AMOUNTS: st.SearchStrategy[Amounts] = st.dictionaries(CATEGORIES, st.integers(0, 200_000))
MOSTLY = st.sampled_from([True, True, True, False])
RARELY = MOSTLY.map(lambda likely: not likely)
STATUS: st.SearchStrategy[EnrolmentStatus] = st.sampled_from(
    ["active", "active", "active", *get_args(EnrolmentStatus)]
)


def residents() -> st.SearchStrategy[Resident]:
    return st.builds(
        Resident,
        known=MOSTLY,
        alive=MOSTLY,
        employee=RARELY,
        status=STATUS,
        area=st.sampled_from(["610100", "610100", "610100", None]),
        category=CATEGORIES,
        last_year=st.none() | st.integers(2010, 2026),
        credited=RARELY,
    )


@st.composite
def windows(draw: st.DrawFn) -> PremiumWindow:
    first, last = sorted([draw(DAYS), draw(DAYS)])
    amounts = draw(AMOUNTS)
    return PremiumWindow(year=draw(YEARS), opens_on=first, closes_on=last, amounts_fen=amounts)


WAITINGS = st.builds(
    Waiting,
    fixed_months=st.integers(1, 12),
    months_per_further_year=st.integers(0, 3),
    stated_from_year=st.just(2020),
)


@st.composite
def announced(draw: st.DrawFn) -> Rules:
    late = st.builds(PremiumLate, year=YEARS, closes_on=DAYS, amounts_fen=AMOUNTS)
    return rules(
        premium_by_account=draw(st.sampled_from([True, True, True, False, None])),
        premium_window=draw(st.none() | windows() | windows()),
        premium_late=draw(st.none() | late),
        premium_waiting=draw(st.none() | WAITINGS),
        premium_newborn_days=draw(st.none() | st.just(90)),
    )
