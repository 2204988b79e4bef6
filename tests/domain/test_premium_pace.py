"""When an order is due again: later each time, and never later than it should be."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.premium_pace import (
    HOLD_EXPIRES,
    LEASE,
    ask_again,
    credit_again,
    hold_again,
    later_than,
)
from tests.domain.counter_samples import NOW

S = timedelta(seconds=1)
HALF_AN_HOUR, SIX_HOURS = timedelta(minutes=30), timedelta(hours=6)
Pace = Callable[..., datetime]
PACES: list[tuple[Pace, timedelta]] = [(ask_again, HALF_AN_HOUR), (credit_again, SIX_HOURS)]


@pytest.mark.parametrize(
    ("tries", "asked", "credited"),
    [
        (0, 5 * S, 5 * S),
        (1, 10 * S, 10 * S),
        (2, 20 * S, 20 * S),
        (8, 1280 * S, 1280 * S),
        (9, HALF_AN_HOUR, 2560 * S),
        (12, HALF_AN_HOUR, 20480 * S),
        (13, HALF_AN_HOUR, SIX_HOURS),
        (10**9, HALF_AN_HOUR, SIX_HOURS),
    ],
)
def test_soon_at_first_and_later_and_later(
    tries: int, asked: timedelta, credited: timedelta
) -> None:
    assert ask_again(tries, now=NOW) - NOW == asked
    assert credit_again(tries, now=NOW) - NOW == credited


@pytest.mark.parametrize(("pace", "longest"), PACES, ids=["ask", "credit"])
@given(tries=st.integers(0, 10_000))
def test_it_grows_up_to_the_longest(pace: Pace, longest: timedelta, tries: int) -> None:
    wait, longer = pace(tries, now=NOW) - NOW, pace(tries + 1, now=NOW) - NOW
    assert timedelta(0) < wait <= longer <= longest
    assert wait == longest or longer > wait


def test_what_may_pass_is_tried_four_times_a_day_and_oftener_on_the_last() -> None:
    assert hold_again(now=NOW, last_day=False) - NOW == SIX_HOURS
    assert hold_again(now=NOW, last_day=True) - NOW == timedelta(hours=1)


@pytest.mark.parametrize(
    ("until", "wanted"),
    [
        (None, timedelta(seconds=5)),
        (timedelta(days=-9), timedelta(seconds=5)),
        (timedelta(0), timedelta(seconds=5)),
        (timedelta(minutes=20), timedelta(minutes=20)),
        (timedelta(days=300), timedelta(hours=1)),
    ],
)
def test_the_word_of_a_closed_bureau_is_trusted_within_bounds(
    until: timedelta | None, wanted: timedelta
) -> None:
    told = None if until is None else NOW + until
    assert later_than(told, 0, now=NOW) - NOW == wanted


def test_who_took_an_order_is_done_with_it_long_before_a_person_looks() -> None:
    assert timedelta(0) < LEASE < HALF_AN_HOUR < SIX_HOURS < HOLD_EXPIRES
