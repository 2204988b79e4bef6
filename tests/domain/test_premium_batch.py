"""How far a batch is, counted from its orders."""

from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.premium import PremiumState
from service.domain.premium_batch import MODE_TEXT, Count, Mode, Progress, progress
from tests.domain.counter_samples import NOW

STATES: tuple[PremiumState, ...] = get_args(PremiumState)


def count(state: PremiumState, orders: int = 1, fen: int = 0, **changes: Any) -> Count:
    return Count(
        batch_id=UUID(int=1),
        state=state,
        set_aside=changes.get("set_aside", False),
        orders=orders,
        amount_fen=fen,
        paid_lately=changes.get("paid_lately", 0),
        next_try_at=changes.get("next_try_at"),
    )


def test_a_batch_in_the_middle() -> None:
    later = NOW + timedelta(hours=1)
    found = progress(
        [
            count("planned", 100, next_try_at=later),
            count("held", 20, 800_000, next_try_at=NOW),
            count("held", 2, 80_000, set_aside=True),
            count("paid", 30, 1_200_000, paid_lately=7, next_try_at=later),
            count("refunding", 3, 120_000, paid_lately=1),
            count("credited", 40, 1_600_000, paid_lately=2),
            count("declined", 5, 200_000),
            count("skipped", 6),
            count("refunded", 4, 160_000),
        ]
    )
    assert found == Progress(
        total=210,
        planned=100,
        held=20,
        paid=33,
        credited=40,
        declined=5,
        skipped=6,
        refunded=4,
        set_aside=2,
        paid_fen=2_920_000,
        held_fen=880_000,
        percent=41.9,
        paid_per_minute=10,
        next_try_at=NOW,
    )
    assert found.open == 120
    assert found.sentence == (
        "41.9 % of 210: planned 100, held 20, paid 33, credited 40, declined 5, skipped 6,"
        " refunded 4, set aside 2; paid 2920000 fen, held 880000 fen; 10/min"
    )


def test_an_empty_batch_is_done() -> None:
    found = progress([])
    assert (found.total, found.percent, found.open, found.next_try_at) == (0, 100.0, 0, None)


@pytest.mark.parametrize("state", STATES)
def test_only_what_is_decided_counts(state: PremiumState) -> None:
    found = progress([count(state, 3), count("credited", 1)])
    decided = state not in ("planned", "held")
    assert found.percent == (100.0 if decided else 25.0)
    assert found.open == (0 if decided else 3)


@pytest.mark.parametrize("state", ["planned", "held", "paid"])
def test_what_is_set_aside_waits_for_a_person(state: PremiumState) -> None:
    found = progress([count(state, 1, 400, set_aside=True), count("credited", 3)])
    assert (found.set_aside, found.open, found.total) == (1, 0, 4)
    assert found.percent == (100.0 if state == "paid" else 75.0)
    assert (found.paid, found.paid_fen) == (0, 400 if state == "paid" else 0)
    assert found.held_fen == (400 if state == "held" else 0)


@pytest.mark.parametrize(
    ("open_", "total", "percent"),
    [
        *((1, 3, 66.6), (1, 1000, 99.9), (1, 1001, 99.9), (1, 10**7, 99.9)),
        *((999, 1000, 0.1), (9999, 10_000, 0.0), (71, 100, 29.0), (0, 7, 100.0)),
    ],
)
def test_a_percent_is_never_rounded_up(open_: int, total: int, percent: float) -> None:
    counts = [count("planned", open_), count("credited", total - open_)]
    assert progress(counts).percent == percent


COUNTS = st.lists(
    st.builds(
        Count,
        state=st.sampled_from(STATES),
        set_aside=st.just(False),
        orders=st.integers(1, 10**7),
        amount_fen=st.integers(0, 10**12),
        paid_lately=st.integers(0, 100),
        next_try_at=st.none() | st.just(NOW),
    ),
    max_size=8,
    unique_by=lambda it: it.state,
)
ASIDE: list[PremiumState] = ["planned", "held", "paid"]


@given(COUNTS, st.dictionaries(st.sampled_from(ASIDE), st.integers(1, 10**7)))
def test_all_orders_are_somewhere(counts: list[Count], aside: dict[PremiumState, int]) -> None:
    put_by = [count(state, orders, set_aside=True) for state, orders in aside.items()]
    found = progress([*counts, *put_by])
    told = found.planned + found.held + found.paid + found.credited
    told += found.declined + found.skipped + found.refunded
    assert told + found.set_aside == found.total
    assert 0 <= found.percent <= 100
    waits = found.open + aside.get("planned", 0) + aside.get("held", 0)
    assert (found.percent == 100.0) == (waits == 0)
    back = ("held", "planned", "declined", "skipped", "refunded")
    assert found.paid_fen == sum(it.amount_fen for it in counts if it.state not in back)


def test_every_mode_has_its_words() -> None:
    assert MODE_TEXT.keys() == set(get_args(Mode))
