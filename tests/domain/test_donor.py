"""What one donor can pay of one bill, who comes first, and why one pays nothing."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import permutations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.donor import (
    Donor,
    SkipReason,
    most_of,
    order,
    out_of_force,
    skip_text,
    why_nothing,
)
from tests.domain.counter_samples import NOW, account, binding_id, donor

LATER = datetime(2026, 1, 10, tzinfo=UTC)
LAST_SECOND = datetime(2026, 1, 15, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "now", "reason"),
    [
        pytest.param({}, NOW, None, id="in-force"),
        pytest.param({"state": "paused"}, NOW, "paused", id="paused"),
        pytest.param({"state": "ended"}, NOW, "ended", id="ended"),
        pytest.param({"ends_on": date(2026, 1, 14)}, NOW, "ended", id="expired"),
        pytest.param({"ends_on": date(2026, 1, 15)}, NOW, None, id="last-day"),
        pytest.param({"ends_on": date(2026, 1, 15)}, LAST_SECOND, None, id="last-second"),
        pytest.param(
            {"ends_on": date(2026, 1, 15)},
            LAST_SECOND + timedelta(seconds=1),
            "ended",
            id="after-midnight-in-shanghai",
        ),
        pytest.param({"begins_on": date(2026, 1, 16)}, NOW, "not_begun", id="tomorrow"),
        pytest.param({"begins_on": date(2026, 1, 15)}, NOW, None, id="today"),
        pytest.param({"effective_at": NOW}, NOW, None, id="this-instant"),
        pytest.param(
            {"effective_at": NOW + timedelta(microseconds=1)}, NOW, "not_begun", id="in-a-moment"
        ),
        pytest.param({"effective_at": None}, NOW, "not_begun", id="never-in-effect"),
    ],
)
def test_out_of_force(changes: dict[str, Any], now: datetime, reason: str | None) -> None:
    assert out_of_force(donor(**changes), now=now) == reason


@pytest.mark.parametrize(
    ("changes", "fen"),
    [
        pytest.param({}, 10_000, id="the-balance"),
        pytest.param({"account": account(10_000, 4_000)}, 6_000, id="less-what-is-held"),
        pytest.param({"account": account(0)}, 0, id="an-empty-account"),
        pytest.param({"account": account(10_000, 10_000)}, 0, id="everything-held"),
        pytest.param({"account": None}, 0, id="no-account"),
        pytest.param({"use_limit_fen": 300}, 300, id="per-use"),
        pytest.param({"use_limit_fen": 20_000}, 10_000, id="a-limit-above-the-balance"),
        pytest.param({"year_limit_fen": 500, "used_year_fen": 100}, 400, id="per-year"),
        pytest.param({"year_limit_fen": 500, "used_fen": 100}, 500, id="another-year-is-past"),
        pytest.param({"year_limit_fen": 500, "used_year_fen": 500}, 0, id="year-used-up"),
        pytest.param({"year_limit_fen": 500, "used_year_fen": 600}, 0, id="year-lowered-since"),
        pytest.param({"total_limit_fen": 900, "used_fen": 700}, 200, id="in-total"),
        pytest.param({"total_limit_fen": 900, "used_fen": 900}, 0, id="total-used-up"),
        pytest.param({"total_limit_fen": 900, "used_fen": 950}, 0, id="total-lowered-since"),
        pytest.param(
            {
                "use_limit_fen": 300,
                "year_limit_fen": 500,
                "used_year_fen": 250,
                "total_limit_fen": 900,
                "used_fen": 700,
            },
            200,
            id="the-narrowest-of-all",
        ),
    ],
)
def test_most_of(changes: dict[str, Any], fen: int) -> None:
    assert most_of(donor(**changes)) == fen


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"account": None}, "no_money", id="no-account"),
        pytest.param({"account": account(0)}, "no_money", id="an-empty-account"),
        pytest.param({"account": account(5, 5)}, "no_money", id="everything-held"),
        pytest.param(
            {"year_limit_fen": 5, "used_year_fen": 5}, "year_limit_reached", id="year-used-up"
        ),
        pytest.param(
            {"total_limit_fen": 5, "used_fen": 5}, "total_limit_reached", id="total-used-up"
        ),
        pytest.param(
            {"year_limit_fen": 6, "used_year_fen": 5, "total_limit_fen": 5, "used_fen": 5},
            "total_limit_reached",
            id="the-year-has-room",
        ),
        pytest.param(
            {"account": account(0), "year_limit_fen": 5, "used_year_fen": 5},
            "no_money",
            id="no-money-and-used-up",
        ),
    ],
)
def test_why_nothing(changes: dict[str, Any], reason: str) -> None:
    it = donor(**changes)
    assert most_of(it) == 0
    assert why_nothing(it) == reason


@pytest.mark.parametrize("reason", get_args(SkipReason))
def test_a_reason_is_said_in_words(reason: SkipReason) -> None:
    text = skip_text(reason, 2)
    assert text.startswith("第 2 顺位没有支付：")
    others = {skip_text(other, 2) for other in get_args(SkipReason) if other != reason}
    assert text not in others


def test_rank_first_then_how_long_in_force_then_the_id() -> None:
    right = [
        donor(4, rank=1, effective_at=LATER),
        donor(3, rank=2),
        donor(1, rank=2, effective_at=LATER),
        donor(2, rank=2, effective_at=LATER),
        donor(5, rank=2, effective_at=None),
    ]
    for mixed in permutations(right):
        assert sorted(mixed, key=order) == right


def test_a_part_of_a_second_is_later() -> None:
    first, second = donor(2, rank=1), donor(1, rank=1)
    assert first.effective_at is not None
    later = first.effective_at + timedelta(microseconds=1)
    assert order(first) < order(donor(1, rank=1, effective_at=later))
    assert order(second) < order(first)


def test_how_long_in_force_does_not_depend_on_the_time_zone() -> None:
    """09:05 in Shanghai is 01:05 in Greenwich: before 02:00 there."""
    shanghai = timezone(timedelta(hours=8))
    early = donor(1, rank=1, effective_at=datetime(2026, 1, 5, 9, 5, tzinfo=shanghai))
    late = donor(2, rank=1, effective_at=datetime(2026, 1, 5, 2, 0, tzinfo=UTC))
    found = [it.binding_id for it in sorted([late, early], key=order)]
    assert found == [binding_id(1), binding_id(2)]


FEN = st.integers(0, 1000)
LIMIT = st.none() | st.integers(1, 1000)
DONOR = st.builds(
    donor,
    account=st.none() | st.builds(lambda held, free: account(held + free, held), FEN, FEN),
    use_limit_fen=LIMIT,
    year_limit_fen=LIMIT,
    total_limit_fen=LIMIT,
    used_fen=FEN,
    used_year_fen=FEN,
)


@given(DONOR)
def test_the_most_is_within_every_limit(it: Donor) -> None:
    most = most_of(it)
    assert most >= 0
    if most:
        assert it.account is not None
        assert most <= it.account.available_fen
        assert it.use_limit_fen is None or most <= it.use_limit_fen
        assert it.year_limit_fen is None or it.used_year_fen + most <= it.year_limit_fen
        assert it.total_limit_fen is None or it.used_fen + most <= it.total_limit_fen


@given(DONOR)
def test_nothing_has_a_reason_that_is_true(it: Donor) -> None:
    if most_of(it):
        return
    true = {
        "no_money": it.account is None or it.account.available_fen == 0,
        "year_limit_reached": it.used_year_fen >= (it.year_limit_fen or 10**9),
        "total_limit_reached": it.used_fen >= (it.total_limit_fen or 10**9),
    }
    assert true[why_nothing(it)]
