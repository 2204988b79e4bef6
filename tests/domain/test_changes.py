"""What changes do to the terms, whose right they are, and which allow more than before."""

from datetime import date
from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from service.domain.binding import (
    STATE_TEXT,
    Changes,
    Limits,
    State,
    Terms,
    by_party,
    changed,
    widens,
)
from service.domain.refusal import Refusal
from tests.domain.people import binding


def day(number: int, month: int = 1) -> date:
    return date(2026, month, number)


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


@pytest.mark.parametrize(
    ("changes", "is_donor", "state", "code"),
    [
        pytest.param({}, True, "active", "change_empty", id="donor-nothing"),
        pytest.param({}, False, "active", "change_empty", id="beneficiary-nothing"),
        pytest.param({"limits": Limits()}, True, "active", None, id="donor-limits"),
        pytest.param({"rank": 2}, True, "awaiting_signature", None, id="donor-before-signing"),
        pytest.param({"rank": 2}, False, "active", None, id="beneficiary-rank"),
        pytest.param({"rank": 2}, False, "paused", None, id="beneficiary-rank-while-paused"),
        pytest.param({"rank": 2}, False, "under_review", None, id="beneficiary-rank-in-review"),
        pytest.param(
            {"rank": 2}, False, "awaiting_signature", "state_does_not_allow", id="not-yet-signed"
        ),
        pytest.param(
            {"limits": Limits()}, False, "active", "change_not_yours", id="beneficiary-limits"
        ),
        pytest.param(
            {"rank": 2, "ends_on": None}, False, "active", "change_not_yours", id="rank-and-more"
        ),
        pytest.param(
            {"action": "resume"}, False, "paused", "change_not_yours", id="beneficiary-resumes"
        ),
    ],
)
def test_whose_right(
    changes: dict[str, Any], is_donor: bool, state: State, code: str | None
) -> None:
    refusal = by_party(binding(state=state), Changes(**changes), is_donor=is_donor)
    assert (refusal.code if refusal else None) == (f"binding.{code}" if code else None)


def test_what_is_not_signed_is_said_so() -> None:
    refusal = by_party(binding(state="awaiting_signature"), Changes(rank=2), is_donor=False)
    assert refusal == Refusal(
        code="binding.state_does_not_allow", facts={"state": STATE_TEXT["awaiting_signature"]}
    )


LIMITED = replace(BEFORE, limits=Limits(use_fen=5, year_fen=7, total_fen=9))
WIDER = {
    **{
        f"{name} {word}": ({"limits": replace(LIMITED.limits, **{name: value})}, wider)
        for name, fen in (("use_fen", 5), ("year_fen", 7), ("total_fen", 9))
        for word, value, wider in (
            ("raised", fen + 1, True),
            ("taken away", None, True),
            ("the same", fen, False),
            ("lowered", fen - 1, False),
        )
    },
    "end put off": ({"ends_on": day(31)}, True),
    "end taken away": ({"ends_on": None}, True),
    "end brought forward": ({"ends_on": day(29)}, False),
    "rank": ({"rank": 1}, False),
}


@pytest.mark.parametrize(("after", "wider"), WIDER.values(), ids=WIDER)
def test_wider(after: dict[str, Any], wider: bool) -> None:
    assert widens(LIMITED, replace(LIMITED, **after)) is wider


def test_limits_where_there_were_none_are_not_wider() -> None:
    free = Terms(begins_on=day(5))
    assert not widens(free, replace(LIMITED, begins_on=day(5)))
