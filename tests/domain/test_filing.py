"""Away-from-home filings: what is taken, and what a citizen reads of one."""

from datetime import UTC, date, datetime
from typing import Any, get_args
from uuid import UUID

import pytest
from msgspec.structs import replace

from service.domain.filing import (
    NEXT_STEP,
    REASON_TEXT,
    Filing,
    FilingStatus,
    Reason,
    check_filing,
    sentence,
    status,
)
from service.domain.settlement import covers

TODAY = date(2026, 1, 15)
FILED = Filing(
    id=UUID(int=1),
    person_id=UUID(int=2),
    from_area="530600",
    to_area="610100",
    reason="temporary",
    begins_on=TODAY,
    ends_on=None,
    filed_at=datetime(2026, 1, 15, 1, tzinfo=UTC),
    ended_at=None,
)


@pytest.mark.parametrize(
    ("to_area", "begins_on", "ends_on", "code"),
    [
        ("610100", "2026-01-15", None, None),
        ("610100", "2026-01-15", "2026-01-15", None),
        ("610000", "2026-03-01", "2026-12-31", None),
        ("530100", "2026-01-15", None, None),
        ("530000", "2026-01-15", None, None),
        ("530600", "2026-01-15", None, "filing.not_needed"),
        ("530602", "2026-01-15", None, "filing.not_needed"),
        ("530621", "2026-01-14", None, "filing.not_needed"),
        ("610100", "2026-01-14", None, "filing.dates_wrong"),
        ("610100", "2026-02-01", "2026-01-31", "filing.dates_wrong"),
    ],
)
def test_what_is_taken(to_area: str, begins_on: str, ends_on: str | None, code: str | None) -> None:
    for home in ("530600", "530602"):
        refusal = check_filing(
            from_area=home,
            to_area=to_area,
            begins_on=date.fromisoformat(begins_on),
            ends_on=None if ends_on is None else date.fromisoformat(ends_on),
            today=TODAY,
        )
        assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    ("changes", "stands", "said"),
    [
        ({}, "in_force", "您到西安就医的备案已经生效，长期有效。"),
        (
            {"ends_on": TODAY},
            "in_force",
            "您到西安就医的备案已经生效，到2026年1月15日为止。",
        ),
        (
            {"begins_on": date(2026, 1, 16), "ends_on": date(2026, 2, 1)},
            "ahead",
            "您到西安就医的备案从2026年1月16日开始生效，到2026年2月1日为止。",
        ),
        (
            {"begins_on": date(2026, 1, 1), "ends_on": date(2026, 1, 14)},
            "lapsed",
            "您到西安就医的备案已在2026年1月14日到期。",
        ),
        (
            {"ends_on": TODAY, "ended_at": datetime(2026, 1, 14, 16, tzinfo=UTC)},
            "ended",
            "您到西安就医的备案已在2026年1月15日结束。",
        ),
    ],
)
def test_where_it_stands_is_a_sentence(changes: dict[str, Any], stands: str, said: str) -> None:
    filing = replace(FILED, **changes)
    assert status(filing, today=TODAY) == stands
    assert sentence(filing, place="西安", today=TODAY) == said


def test_every_reason_and_status_has_its_words() -> None:
    assert set(REASON_TEXT) == set(get_args(Reason))
    assert set(NEXT_STEP) == set(get_args(FilingStatus))
    assert all(step.endswith("。") for step in NEXT_STEP.values())


@pytest.mark.parametrize(
    ("filed", "area", "covered"),
    [
        ("610000", "610103", True),
        ("610100", "610103", True),
        ("610103", "610103", True),
        ("610103", "610104", False),
        ("610100", "610300", False),
    ],
)
def test_a_filing_covers_what_lies_in_its_area(filed: str, area: str, covered: bool) -> None:
    """What settlement makes of `to_area`: the citizen may file for a province, city or county."""
    assert covers(filed, area) is covered
