"""Dates of Asia/Shanghai and amounts in words."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.calendar import business_date, date_text, instant_text, start_of
from service.domain.money import FEN_MAX, yuan_text

days = st.dates(date(1992, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("at", "day"),
    [
        pytest.param(datetime(2026, 1, 14, 15, 59, 59, tzinfo=UTC), date(2026, 1, 14), id="before"),
        pytest.param(datetime(2026, 1, 14, 16, tzinfo=UTC), date(2026, 1, 15), id="at-16"),
        pytest.param(datetime(2026, 1, 15, tzinfo=UTC), date(2026, 1, 15), id="utc-midnight"),
        pytest.param(datetime(2025, 12, 31, 16, tzinfo=UTC), date(2026, 1, 1), id="new-year"),
        pytest.param(datetime(2024, 2, 28, 16, tzinfo=UTC), date(2024, 2, 29), id="leap-day"),
        pytest.param(datetime(2026, 7, 14, 16, tzinfo=UTC), date(2026, 7, 15), id="in-summer"),
        pytest.param(
            datetime(2026, 1, 14, 12, tzinfo=timezone(timedelta(hours=-5))),
            date(2026, 1, 15),
            id="from-another-offset",
        ),
    ],
)
def test_business_date(at: datetime, day: date) -> None:
    assert business_date(at) == day


def test_start_of() -> None:
    assert start_of(date(2026, 1, 15)) == datetime(2026, 1, 14, 16, tzinfo=UTC)
    assert start_of(date(2026, 7, 15)).isoformat() == "2026-07-15T00:00:00+08:00"


@settings(deadline=None)
@given(days)
def test_a_day_begins_at_its_start(day: date) -> None:
    start = start_of(day)
    assert business_date(start) == day
    assert business_date(start.astimezone(UTC) - timedelta(microseconds=1)) < day
    assert business_date(start.astimezone(UTC) + timedelta(hours=23, minutes=59)) == day


@pytest.mark.parametrize(
    ("at", "text"),
    [
        pytest.param(datetime(2026, 1, 5, 1, 5, tzinfo=UTC), "2026年1月5日 9:05", id="morning"),
        pytest.param(datetime(2026, 1, 4, 16, 0, tzinfo=UTC), "2026年1月5日 0:00", id="midnight"),
        pytest.param(datetime(2026, 11, 30, 15, 59, tzinfo=UTC), "2026年11月30日 23:59", id="late"),
    ],
)
def test_instant_text(at: datetime, text: str) -> None:
    assert instant_text(at) == text


@settings(deadline=None)
@given(days)
def test_date_text_has_no_leading_zeros(day: date) -> None:
    assert date_text(day) == f"{day:%Y}年{f'{day:%m}'.lstrip('0')}月{f'{day:%d}'.lstrip('0')}日"


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        pytest.param(0, "0.00", id="zero"),
        pytest.param(1, "0.01", id="one-fen"),
        pytest.param(99, "0.99", id="below-a-yuan"),
        pytest.param(100, "1.00", id="a-yuan"),
        pytest.param(123450, "1234.50", id="no-separators"),
        pytest.param(-1, "-0.01", id="minus-one-fen"),
        pytest.param(-12345, "-123.45", id="negative"),
        pytest.param(FEN_MAX, "10000000000.00", id="largest"),
    ],
)
def test_yuan_text(fen: int, text: str) -> None:
    assert yuan_text(fen) == text


@settings(deadline=None)
@given(st.integers(-FEN_MAX, FEN_MAX))
def test_yuan_text_is_exact(fen: int) -> None:
    text = yuan_text(fen)
    assert Decimal(text) * 100 == fen
    assert len(text.partition(".")[2]) == 2
    assert text.startswith("-") == (fen < 0)


def test_sums_of_the_largest_fit_a_bigint() -> None:
    assert FEN_MAX * 1_000_000 < 2**63
