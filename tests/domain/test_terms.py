"""The terms a donor may set and change."""

from datetime import date
from typing import Any

import pytest
from msgspec import UNSET

from service.domain.binding import Changes, Limits, Terms, changed, check_terms
from service.domain.money import FEN_MAX
from service.domain.refusal import Refusal

TODAY = date(2026, 1, 15)


def day(number: int, month: int = 1) -> date:
    return date(2026, month, number)


@pytest.mark.parametrize(
    ("terms", "begun", "code"),
    [
        pytest.param({}, None, None, id="from-today-for-ever"),
        pytest.param({"begins_on": day(16)}, None, None, id="from-tomorrow"),
        pytest.param({"begins_on": day(14)}, None, "begins_in_the_past", id="from-yesterday"),
        pytest.param({"begins_on": day(1)}, day(1), None, id="begun-unchanged"),
        pytest.param({"begins_on": day(2)}, day(1), "begins_in_the_past", id="begun-changed"),
        pytest.param({"begins_on": day(20)}, day(1), None, id="begun-moved-ahead"),
        pytest.param({"ends_on": day(16)}, None, None, id="till-tomorrow"),
        pytest.param({"ends_on": day(15)}, None, "ends_before_it_begins", id="one-day"),
        pytest.param({"ends_on": day(14)}, None, "ends_before_it_begins", id="backwards"),
        pytest.param({"ends_on": date(9999, 12, 31)}, None, None, id="till-the-last-date"),
        pytest.param(
            {"begins_on": day(1, 3), "ends_on": day(1, 3)},
            None,
            "ends_before_it_begins",
            id="one-day-later-on",
        ),
        pytest.param(
            {"begins_on": day(1, 3), "ends_on": day(1, 2)},
            None,
            "ends_before_it_begins",
            id="backwards-later-on",
        ),
        pytest.param(
            {"begins_on": day(1), "ends_on": day(14)},
            day(1),
            "ends_before_it_begins",
            id="begun-and-moved-to-end-yesterday",
        ),
        pytest.param(
            {"begins_on": day(1), "ends_on": day(15)},
            day(1),
            None,
            id="rank-changed-on-the-last-day",
        ),
    ],
)
def test_dates(terms: dict[str, Any], begun: date | None, code: str | None) -> None:
    until = day(15) if begun else None
    wanted = Terms(**{"begins_on": TODAY, **terms})
    refusal = check_terms(wanted, today=TODAY, begun=begun, until=until)
    assert refusal == (Refusal(code=f"binding.{code}") if code else None)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        pytest.param((None, None, None), None, id="none"),
        pytest.param((1, 1, 1), None, id="one-fen-each"),
        pytest.param((100, 200, 300), None, id="rising"),
        pytest.param((FEN_MAX, FEN_MAX, FEN_MAX), None, id="largest"),
        pytest.param((100, None, 100), None, id="use-and-total"),
        pytest.param((0, None, None), "limit_out_of_range", id="use-zero"),
        pytest.param((None, 0, None), "limit_out_of_range", id="year-zero"),
        pytest.param((None, None, 0), "limit_out_of_range", id="total-zero"),
        pytest.param((-1, None, None), "limit_out_of_range", id="use-negative"),
        pytest.param((None, -1, None), "limit_out_of_range", id="year-negative"),
        pytest.param((None, None, -1), "limit_out_of_range", id="total-negative"),
        pytest.param((None, None, FEN_MAX + 1), "limit_out_of_range", id="total-huge"),
        pytest.param((2**63, None, None), "limit_out_of_range", id="beyond-a-bigint"),
        pytest.param((201, 200, None), "limits_contradict", id="use-over-year"),
        pytest.param((None, 301, 300), "limits_contradict", id="year-over-total"),
        pytest.param((301, None, 300), "limits_contradict", id="use-over-total"),
        pytest.param((300, 200, 100), "limits_contradict", id="falling"),
    ],
)
def test_limits(limits: tuple[int | None, int | None, int | None], code: str | None) -> None:
    use, year, total = limits
    terms = Terms(begins_on=TODAY, limits=Limits(use_fen=use, year_fen=year, total_fen=total))
    refusal = check_terms(terms, today=TODAY)
    assert refusal == (Refusal(code=f"binding.{code}") if code else None)


def test_terms_not_named() -> None:
    terms = Terms(begins_on=TODAY)
    assert (terms.ends_on, terms.rank, terms.limits) == (None, 1, Limits())


BEFORE = Terms(begins_on=day(5), ends_on=day(30), rank=2, limits=Limits(use_fen=5, total_fen=9))


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"action": "pause"}, {}, id="an-action-is-no-term"),
        pytest.param({"rank": 1}, {"rank": 1}, id="rank"),
        pytest.param({"begins_on": day(7)}, {"begins_on": day(7)}, id="begin"),
        pytest.param({"ends_on": day(1, 6)}, {"ends_on": day(1, 6)}, id="end"),
        pytest.param({"ends_on": None}, {"ends_on": None}, id="end-taken-away"),
        pytest.param(
            {"limits": Limits(use_fen=6)}, {"limits": Limits(use_fen=6)}, id="limits-as-a-whole"
        ),
        pytest.param({"limits": Limits()}, {"limits": Limits()}, id="limits-taken-away"),
    ],
)
def test_changed(changes: dict[str, Any], after: dict[str, Any]) -> None:
    before = {name: getattr(BEFORE, name) for name in ("begins_on", "ends_on", "rank", "limits")}
    assert changed(BEFORE, Changes(**changes)) == Terms(**{**before, **after})


@pytest.mark.parametrize(
    ("changes", "empty", "only_rank"),
    [
        pytest.param({"rank": 1}, False, True, id="rank"),
        pytest.param({"rank": 1, "limits": Limits()}, False, False, id="rank-and-limits"),
        pytest.param({"rank": 1, "ends_on": None}, False, False, id="rank-and-no-end"),
        pytest.param({"rank": 1, "action": "pause"}, False, False, id="rank-and-pause"),
        pytest.param({"ends_on": None}, False, False, id="no-end"),
        pytest.param({"action": "resume"}, False, False, id="resume"),
    ],
)
def test_what_is_changed(changes: dict[str, Any], empty: bool, only_rank: bool) -> None:
    found = Changes(**changes)
    assert (found.empty, found.only_rank) == (empty, only_rank)


def test_no_change() -> None:
    assert Changes().empty
    assert Changes(rank=UNSET, ends_on=UNSET).empty
