"""The states of a binding, and from when and till when it holds."""

from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest

from service.domain.binding import (
    LIVE,
    STATE_TEXT,
    Event,
    Limits,
    State,
    Terms,
    advance,
    effective_from,
    following,
    over_from,
    reviewable,
)
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
    after = ALLOWED[state].get(event)
    outcome = advance(state, event)
    if after is not None:
        assert outcome == after
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
    assert STATE_TEXT == {
        "awaiting_signature": "等待签署承诺书",
        "under_review": "审核中",
        "active": "已生效",
        "paused": "已暂停",
        "ended": "已结束",
        "rejected": "未通过审核",
        "withdrawn": "已撤回",
    }


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_after_its_last_day_a_binding_can_only_end(state: State, event: Event) -> None:
    it = binding(state=state, ends_on=date(2026, 1, 15))
    assert following(it, event, on=date(2026, 1, 15)) == advance(state, event)
    outcome = following(it, event, on=date(2026, 1, 16))
    if event in {"sign", "sign_for_review", "approve", "pause", "resume"}:
        told = STATE_TEXT["ended" if state in LIVE else state]
        assert outcome == Refusal(code="binding.state_does_not_allow", facts={"state": told})
    else:
        assert outcome == advance(state, event)


@pytest.mark.parametrize("review", ["clerk", "data_check", None])
@pytest.mark.parametrize("state", STATES)
def test_a_clerk_decides_what_is_a_clerks(state: State, review: Any) -> None:
    refusal = reviewable(binding(state=state, review=review))
    if (state, review) == ("under_review", "clerk"):
        assert refusal is None
    else:
        facts = {"state": STATE_TEXT[state]}
        assert refusal == Refusal(code="binding.state_does_not_allow", facts=facts)


@pytest.mark.parametrize(
    ("event", "ends_on", "over_at"),
    [
        pytest.param(
            "expire", date(2026, 1, 15), datetime(2026, 1, 15, 16, tzinfo=UTC), id="last-day"
        ),
        pytest.param("expire", None, datetime(2026, 1, 20, 4, tzinfo=UTC), id="without-end"),
        pytest.param(
            "end", date(2026, 1, 15), datetime(2026, 1, 20, 4, tzinfo=UTC), id="by-the-donor"
        ),
    ],
)
def test_over_from(event: Event, ends_on: date | None, over_at: datetime) -> None:
    at = datetime(2026, 1, 20, 4, tzinfo=UTC)
    assert over_from(binding(ends_on=ends_on), event, at=at) == over_at


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
        pytest.param(date(2026, 1, 14), True, id="ended-yesterday"),
        pytest.param(date(2026, 1, 15), False, id="last-day"),
        pytest.param(date(2026, 1, 16), False, id="till-tomorrow"),
        pytest.param(None, False, id="for-ever"),
    ],
)
def test_expired(ends_on: date | None, expired: bool) -> None:
    assert binding(ends_on=ends_on).expired_on(TODAY) is expired


def test_terms_of_a_binding() -> None:
    found = binding(
        ends_on=date(2026, 1, 30), rank=2, total_limit_fen=3, year_limit_fen=2, use_limit_fen=1
    ).terms
    limits = Limits(total_fen=3, year_fen=2, use_fen=1)
    assert found == Terms(
        begins_on=date(2026, 1, 5), ends_on=date(2026, 1, 30), rank=2, limits=limits
    )
