"""The terms a donor may set."""

from datetime import date
from typing import Any

import pytest

from service.domain.binding import Limits, Terms, check_terms
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
    ("ends_on", "until", "refused"),
    [
        pytest.param(day(15), day(15), False, id="unchanged-today"),
        pytest.param(day(15), day(20), True, id="moved-to-today"),
        pytest.param(day(15), None, True, id="set-to-today"),
        pytest.param(day(16), day(20), False, id="moved-to-tomorrow"),
        pytest.param(day(14), day(14), True, id="unchanged-yesterday"),
    ],
)
def test_last_day_of_what_has_begun(ends_on: date, until: date | None, refused: bool) -> None:
    terms = Terms(begins_on=day(1), ends_on=ends_on)
    refusal = check_terms(terms, today=TODAY, begun=day(1), until=until)
    assert refusal == (Refusal(code="binding.ends_before_it_begins") if refused else None)


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
