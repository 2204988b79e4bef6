"""Where a standing order is, in one sentence for its payer."""

from itertools import product
from typing import Any, get_args
from uuid import UUID

import pytest

from service.domain.binding import State
from service.domain.premium import PremiumState
from service.domain.premium_plan import PlanFacts, sentence
from service.domain.premium_reason import PATIENT, REASON_TEXT
from tests.domain.premium_samples import ENDED, MADE

WHAT = "您预约2026年度为**乙缴纳居民医保费，最多 400.00 元"
OVER: tuple[State, ...] = ("ended", "rejected", "withdrawn")


def plan(**changes: Any) -> PlanFacts:
    facts: dict[str, Any] = {
        "book_id": UUID(int=1),
        "plan_id": UUID(int=5),
        "binding_id": UUID(int=4),
        "insured_id": UUID(int=3),
        "area": "610100",
        "year": 2026,
        "most_fen": 40_000,
        "source": "citizen",
        "made_at": MADE,
        "ended_at": None,
        "binding_state": "active",
        "last_state": None,
        "last_year": None,
        "last_reason": None,
    }
    return PlanFacts(**(facts | changes))


def last(state: PremiumState | None, reason: str | None = None, **changes: Any) -> PlanFacts:
    year = None if state is None else 2026
    return plan(last_state=state, last_year=year, last_reason=reason, **changes)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (plan(), f"{WHAT}。缴费开始后自动办理，结果会通知您。"),
        (plan(binding_state="paused"), f"{WHAT}。缴费开始后自动办理，结果会通知您。"),
        (plan(ended_at=ENDED), f"{WHAT}；这个预约已经结束。"),
        (plan(ended_at=ENDED, binding_state="ended"), f"{WHAT}；共济已经结束，不会再代缴。"),
        (plan(binding_state="ended"), f"{WHAT}；共济已经结束，不会再代缴。"),
        (last("planned"), f"{WHAT}。2026年度等待办理。"),
        (
            last("planned", "money_short"),
            f"{WHAT}。2026年度个人账户可用余额不够，缴费期内会再试。",
        ),
        (
            plan(source="file"),
            f"按提交的名单为{WHAT}；如不同意，可以随时取消。缴费开始后自动办理，结果会通知您。",
        ),
        (last("held"), f"{WHAT}。2026年度正在办理。"),
        (last("paid"), f"{WHAT}。2026年度已缴费。"),
        (last("credited"), f"{WHAT}。2026年度已缴费，医保已到账。"),
        (last("declined", "employee"), f"{WHAT}。2026年度没有缴：这位家人已参加职工医保。"),
        (last("skipped", "suspended"), f"{WHAT}。2026年度没有缴：这位家人的居民医保已暂停。"),
        (last("refunded"), f"{WHAT}。2026年度已退费。"),
        pytest.param(
            last("refunding"),
            f"{WHAT}。2026年度正在退费。",
        ),
        (last("paid", binding_state="withdrawn"), f"{WHAT}；共济已经结束，不会再代缴。"),
        (
            last("paid", year=None),
            f"{WHAT.replace('2026年度', '每年').replace('最多', '每年最多')}。2026年度已缴费。",
        ),
    ],
)
def test_where_a_plan_stands(facts: PlanFacts, told: str) -> None:
    assert sentence(facts, relative="**乙") == told


REASONS: dict[PremiumState | None, list[str | None]] = {
    "planned": [None, *sorted(PATIENT)],
    "declined": [*REASON_TEXT],
    "skipped": [*REASON_TEXT],
}
COMBINATIONS = [
    last(state, reason, binding_state=binding, year=year, ended_at=ended)
    for state, binding, year, ended in product(
        [None, *get_args(PremiumState)], get_args(State), [2026, None], [None, ENDED]
    )
    for reason in REASONS.get(state, [None])
]


def test_every_sentence_is_whole() -> None:
    for facts in COMBINATIONS:
        told = sentence(facts, relative="**乙")
        assert told.startswith("您预约"), facts
        assert told.endswith("。"), facts
        assert "None" not in told, facts
        assert "：。" not in told, facts
        assert "年度，" not in told, facts
        assert ("不会再代缴" in told) == (facts.binding_state in OVER), facts


@pytest.mark.parametrize("binding", get_args(State))
def test_states_that_mean_different_things_read_differently(binding: State) -> None:
    told = {
        sentence(last(state, "employee", binding_state=binding), relative="**乙")
        for state in ("held", "paid", "credited", "declined", "refunded")
    }
    assert len(told) == (1 if binding in OVER else 5)
