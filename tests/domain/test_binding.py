"""The states of a binding, the terms a donor may set, and from when and till when it holds."""

from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from msgspec import UNSET

from service.domain.binding import (
    LIVE,
    STATE_TEXT,
    Changes,
    Event,
    Limits,
    State,
    Terms,
    advance,
    changed,
    check_terms,
    effective_from,
)
from service.domain.money import FEN_MAX
from service.domain.refusal import Refusal
from tests.domain.people import binding

STATES, EVENTS = get_args(State), get_args(Event)
TODAY = date(2026, 1, 15)

ALLOWED: dict[State, dict[Event, State]] = {
    "awaiting_signature": {
        "sign": "active",
        "sign_for_review": "under_review",
        "withdraw": "withdrawn",
        "expire": "withdrawn",
    },
    "under_review": {
        "approve": "active",
        "reject": "rejected",
        "withdraw": "withdrawn",
        "expire": "withdrawn",
    },
    "active": {"pause": "paused", "end": "ended", "expire": "ended"},
    "paused": {"resume": "active", "end": "ended", "expire": "ended"},
    "ended": {},
    "rejected": {},
    "withdrawn": {},
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_transition(state: State, event: Event) -> None:
    following = ALLOWED[state].get(event)
    outcome = advance(state, event)
    if following is not None:
        assert outcome == following
    else:
        assert outcome == Refusal(
            code="binding.state_does_not_allow", facts={"state": STATE_TEXT[state]}
        )


@pytest.mark.parametrize("state", STATES)
def test_only_live_states_have_a_way_out(state: State) -> None:
    ways_out = [event for event in EVENTS if not isinstance(advance(state, event), Refusal)]
    assert bool(ways_out) == (state in LIVE)


def test_the_table_knows_every_state_and_event() -> None:
    assert set(ALLOWED) == set(STATES)
    assert {event for events in ALLOWED.values() for event in events} == set(EVENTS)


def test_every_state_has_its_own_words() -> None:
    assert set(STATE_TEXT) == set(STATES)
    assert len(set(STATE_TEXT.values())) == len(STATES)


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
            marks=pytest.mark.xfail(strict=True, reason="nothing can be changed on the last day"),
        ),
    ],
)
def test_dates(terms: dict[str, Any], begun: date | None, code: str | None) -> None:
    refusal = check_terms(Terms(**{"begins_on": TODAY, **terms}), today=TODAY, begun=begun)
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


@pytest.mark.parametrize(
    ("activated_at", "effective_at"),
    [
        pytest.param(
            datetime(2026, 1, 14, 15, 59, 59, tzinfo=UTC),
            datetime(2026, 1, 14, 16, tzinfo=UTC),
            id="the-evening-before",
        ),
        pytest.param(
            datetime(2026, 1, 14, 16, tzinfo=UTC),
            datetime(2026, 1, 14, 16, tzinfo=UTC),
            id="at-midnight",
        ),
        pytest.param(
            datetime(2026, 1, 14, 16, 30, tzinfo=UTC),
            datetime(2026, 1, 14, 16, 30, tzinfo=UTC),
            id="just-after-midnight",
        ),
        pytest.param(
            datetime(2026, 3, 1, 4, tzinfo=UTC), datetime(2026, 3, 1, 4, tzinfo=UTC), id="later"
        ),
    ],
)
def test_effective_from(activated_at: datetime, effective_at: datetime) -> None:
    assert effective_from(Terms(begins_on=TODAY), activated_at=activated_at) == effective_at


@pytest.mark.parametrize(
    ("ends_on", "expired"),
    [
        pytest.param(day(14), True, id="ended-yesterday"),
        pytest.param(day(15), False, id="last-day"),
        pytest.param(day(16), False, id="till-tomorrow"),
        pytest.param(None, False, id="for-ever"),
    ],
)
def test_expired(ends_on: date | None, expired: bool) -> None:
    assert binding(ends_on=ends_on).expired_on(TODAY) is expired


def test_terms_of_a_binding() -> None:
    found = binding(
        ends_on=day(30), rank=2, total_limit_fen=3, year_limit_fen=2, use_limit_fen=1
    ).terms
    limits = Limits(total_fen=3, year_fen=2, use_fen=1)
    assert found == Terms(begins_on=day(5), ends_on=day(30), rank=2, limits=limits)


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
