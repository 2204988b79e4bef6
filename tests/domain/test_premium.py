"""A premium order: what may follow what, and the legs of its money."""

from typing import get_args
from uuid import UUID

import pytest

from service.domain.ledger import Leg
from service.domain.premium import (
    TRANSITIONS,
    Event,
    PremiumState,
    advance,
    contra,
    hold_id,
    hold_leg,
    refund_leg,
    resolving_leg,
)
from tests.domain.premium_samples import ENDED, premium

STATES: tuple[PremiumState, ...] = get_args(PremiumState)
EVENTS: tuple[Event, ...] = get_args(Event)
NEXT: dict[PremiumState, dict[Event, PremiumState]] = {
    "planned": {"hold": "held", "skip": "skipped"},
    "held": {"receipt": "paid", "decline": "declined"},
    "paid": {"credit": "credited", "ask_refund": "refunding"},
    "credited": {},
    "declined": {},
    "skipped": {},
    "refunding": {"keep": "paid", "refund": "refunded"},
    "refunded": {},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", EVENTS)
def test_what_follows_what(state: PremiumState, event: Event) -> None:
    assert advance(state, event) == NEXT[state].get(event)


def test_every_state_is_reached_and_every_event_moves_something() -> None:
    assert {"planned", *TRANSITIONS.values()} == set(STATES)
    assert {event for _, event in TRANSITIONS} == set(EVENTS)


@pytest.mark.parametrize("state", ["credited", "declined", "skipped", "refunded"])
def test_what_is_over_stays_so(state: PremiumState) -> None:
    assert [advance(state, event) for event in EVENTS] == [None] * len(EVENTS)


@pytest.mark.parametrize(("_", "event"), TRANSITIONS, ids=lambda it: it)
def test_an_event_that_comes_twice_moves_once(_: PremiumState, event: Event) -> None:
    [state] = [before for before, moved_by in TRANSITIONS if moved_by == event]
    after = advance(state, event)
    assert after is not None
    assert advance(after, event) is None


HELD = premium("held")
HOLD = UUID("1241abc0-9093-5220-91fe-6ef87213f9a7")
REFUND = UUID(int=9)


def test_the_hold_of_an_order() -> None:
    assert hold_leg(HELD, year=2025, expires_at=ENDED) == Leg(
        journal_id=UUID(int=2),
        transfer_id=HOLD,
        phase="hold",
        purpose="premium",
        book_id=UUID(int=1),
        binding_id=UUID(int=4),
        year=2025,
        contra="tax:610100",
        amount_fen=-40_000,
        expires_at=ENDED,
    )


def test_a_post_takes_what_was_held() -> None:
    assert resolving_leg(HELD, "post", year=2025) == Leg(
        journal_id=UUID(int=2),
        transfer_id=UUID("13a313b7-45df-59ab-9f50-12873fc69dec"),
        phase="post",
        purpose="premium",
        book_id=UUID(int=1),
        binding_id=UUID(int=4),
        year=2025,
        contra="tax:610100",
        amount_fen=-40_000,
        hold_id=HOLD,
    )


def test_a_void_frees_what_was_held() -> None:
    leg, posted = (resolving_leg(HELD, phase, year=2025) for phase in ("void", "post"))
    assert (leg.phase, leg.hold_id, leg.amount_fen) == ("void", HOLD, -40_000)
    assert leg.transfer_id not in (posted.transfer_id, HOLD)


def test_a_refund_gives_the_whole_back() -> None:
    assert refund_leg(premium("refunding"), REFUND, year=2025) == Leg(
        journal_id=REFUND,
        transfer_id=UUID("b11972fd-1c6b-59ad-bca9-4117f9661e62"),
        phase="single",
        purpose="premium_refund",
        book_id=UUID(int=1),
        binding_id=UUID(int=4),
        year=2025,
        contra="tax:610100",
        amount_fen=40_000,
    )


def test_ids_are_the_orders_whatever_else_changes() -> None:
    later = premium("held", amount_fen=1, tries=9, area="530600", year=2027)
    assert resolving_leg(later, "post", year=2030).hold_id == hold_id(HELD.premium_id)
    for phase in ("post", "void"):
        assert (
            resolving_leg(later, phase, year=2030).transfer_id
            == resolving_leg(HELD, phase, year=2025).transfer_id
        )
    other = premium("held", premium_id=UUID(int=7))
    assert hold_id(other.premium_id) != HOLD
    assert refund_leg(HELD, REFUND, year=2025) != refund_leg(HELD, UUID(int=10), year=2025)


def test_the_other_side_is_the_bureau_of_the_area() -> None:
    assert (contra("530600"), premium().order_no) == ("tax:530600", f"{2:032x}")
