"""What payer and relative read of a premium: never further than what is known."""

from typing import get_args

import pytest

from service.domain.calendar import instant_text
from service.domain.premium import PremiumState
from service.domain.premium_reason import PATIENT, REASON_TEXT
from service.domain.premium_text import STATE_TEXT, Role, Step, sentence, steps
from tests.domain.premium_samples import CREDITED, ENDED, HELD, PAID, RECEIPTED, premium

STATES: tuple[PremiumState, ...] = get_args(PremiumState)
ROLES: tuple[Role, ...] = get_args(Role)

OUTCOMES: dict[PremiumState, str] = {
    "planned": "等待办理。",
    "held": "正在等税务部门确认，钱已预留，不会重复扣款。",
    "paid": "税务部门已收费，等待医保到账。",
    "credited": "已缴费，医保已到账。",
    "declined": "这位家人已参加职工医保，没有扣款。",
    "skipped": "这位家人的居民医保已暂停，没有扣款。",
    "refunding": "正在办理退费。",
    "refunded": "已退回原来的个人账户。",
}


@pytest.mark.parametrize("state", STATES)
def test_payer_and_relative_read_one_sentence(state: PremiumState) -> None:
    order = premium(state)
    amount = "" if order.amount_fen is None else " 400.00 元"
    payer = sentence(order, role="payer", relative="**乙")
    assert payer == f"您为**乙代缴2026年度居民医保费{amount}：{OUTCOMES[state]}"
    relative = sentence(order, role="relative", relative="**甲")
    told = OUTCOMES[state]
    if order.reason is not None:
        assert REASON_TEXT[order.reason] not in relative, "why is the payer's matter"
        told = "等待办理。" if state == "planned" else "没有缴成，没有扣款。"
    assert relative == f"**甲为您代缴2026年度居民医保费{amount}：{told}"


@pytest.mark.parametrize("reason", sorted(PATIENT))
def test_a_planned_order_that_waits_says_for_what(reason: str) -> None:
    told = sentence(premium(reason=reason), role="payer", relative="**乙")
    assert told.endswith(f"：{REASON_TEXT[reason]}，缴费期内会再试。")


@pytest.mark.parametrize("reason", REASON_TEXT)
@pytest.mark.parametrize("state", ["declined", "skipped"])
def test_every_reason_is_told(state: PremiumState, reason: str) -> None:
    told = sentence(premium(state, reason=reason), role="payer", relative="**乙")
    assert told.endswith(f"：{REASON_TEXT[reason]}，没有扣款。")


STEPS: dict[PremiumState, tuple[str, str, str]] = {
    "planned": ("还没有扣款。", "等待税务部门开票。", "等待医保部门记账。"),
    "held": (
        "2025年11月20日 10:00已在个人账户预留，等税务部门确认后扣款。",
        "等待税务部门开票。",
        "等待医保部门记账。",
    ),
    "paid": (
        "2025年11月20日 12:00从个人账户扣款。",
        "2025年11月20日 11:00税务部门已开票，票号 T610100。",
        "等待医保部门记账。",
    ),
    "credited": (
        "2025年11月20日 12:00从个人账户扣款。",
        "2025年11月20日 11:00税务部门已开票，票号 T610100。",
        "2025年11月20日 13:00查到医保已到账。",
    ),
    "declined": ("没有扣款，预留的钱已经放开。", "税务部门没有开票。", "没有记到医保。"),
    "skipped": ("没有扣款。", "税务部门没有开票。", "没有记到医保。"),
    "refunded": (
        "2025年11月20日 12:00从个人账户扣款。2025年11月20日 14:00已退回个人账户。",
        "2025年11月20日 11:00税务部门已开票，票号 T610100。",
        "没有记到医保。",
    ),
}


@pytest.mark.parametrize("state", STEPS)
def test_the_three_legs_are_told_with_their_times(state: PremiumState) -> None:
    assert tuple(step.sentence for step in steps(premium(state))) == STEPS[state]


@pytest.mark.parametrize("state", STATES)
def test_no_leg_is_done_before_the_one_before_it(state: PremiumState) -> None:
    found: tuple[Step, ...] = steps(premium(state))
    assert [step.name for step in found] == ["deducted", "receipted", "credited"]
    done = [step.done for step in found]
    assert done == sorted(done, reverse=True)
    for step, at in zip(found, (PAID, RECEIPTED, CREDITED), strict=True):
        assert step.at == (at if step.done else None)
        assert step.sentence.startswith(instant_text(at)) == step.done
        assert step.sentence.endswith("。")


@pytest.mark.parametrize(
    ("state", "done"),
    [
        *(("planned", 0), ("held", 0), ("skipped", 0), ("declined", 0)),
        *(("paid", 2), ("refunding", 2), ("refunded", 2), ("credited", 3)),
    ],
)
def test_how_far_an_order_is(state: PremiumState, done: int) -> None:
    assert [step.done for step in steps(premium(state))] == [True] * done + [False] * (3 - done)


def test_a_held_order_is_not_said_to_be_paid() -> None:
    order = premium("held")
    texts = [STATE_TEXT["held"], *(step.sentence for step in steps(order))]
    texts += [sentence(order, role=role, relative="**乙") for role in ROLES]
    assert not [text for text in texts if "已缴" in text or "已扣" in text or "已收" in text]
    assert instant_text(HELD) in texts[1]


def test_a_refund_that_is_asked_for_is_not_said_to_be_back() -> None:
    order = premium("refunding")
    texts = [STATE_TEXT["refunding"], *(step.sentence for step in steps(order))]
    texts += [sentence(order, role=role, relative="**乙") for role in ROLES]
    assert not [text for text in texts if "退回" in text or "已退" in text]
    assert instant_text(ENDED) not in "".join(texts)


def test_every_state_has_its_words() -> None:
    assert STATE_TEXT.keys() == set(STATES)
    assert all(STATE_TEXT.values())
