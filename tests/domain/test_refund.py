"""Taking a settlement back, whole or in part: to exactly those who paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.refund import RefundPlan, eligible_back, plan_refund, remaining
from service.domain.refusal import Refusal
from service.domain.settlement import Line, Plan
from tests.domain.counter_samples import PANZHIHUA, bill, binding_id, donor, facts, planned
from tests.domain.counter_strategies import plans

TOO_MUCH = Refusal(code="refund.exceeds_settlement")
Shares = list[tuple[str | int, int]]


def paid() -> tuple[Line, ...]:
    """Fund 1000, own 2000, donors 3000 and 1500, cash 2500."""
    known = facts(donor(1, fen=3_000), donor(2, fen=1_500), own=2_000)
    return planned(bill(10_000, fund_fen=1_000), known).lines


def refunded(lines: tuple[Line, ...], amount_fen: int | None = None) -> RefundPlan:
    plan = plan_refund(lines, amount_fen=amount_fen)
    assert isinstance(plan, RefundPlan), plan
    return plan


def told(lines: tuple[Line, ...]) -> Shares:
    return [(line.rank or line.payer, line.amount_fen) for line in lines]


WHOLE: Shares = [("cash", 2_500), (2, 1_500), (1, 3_000), ("own", 2_000), ("fund", 1_000)]


def test_the_whole_goes_back_to_everybody() -> None:
    plan = refunded(paid())
    assert told(plan.lines) == WHOLE
    assert plan.total_fen == 10_000
    back = {payer: plan.returned_to(payer) for payer in ("fund", "own", "donor", "cash")}
    assert back == {"fund": 1_000, "own": 2_000, "donor": 4_500, "cash": 2_500}


@pytest.mark.parametrize(
    ("amount_fen", "expected"),
    [
        (1, [("cash", 1)]),
        (2_500, [("cash", 2_500)]),
        (2_501, [("cash", 2_500), (2, 1)]),
        (4_000, [("cash", 2_500), (2, 1_500)]),
        (6_000, [("cash", 2_500), (2, 1_500), (1, 2_000)]),
        (9_000, [("cash", 2_500), (2, 1_500), (1, 3_000), ("own", 2_000)]),
        (9_999, [*WHOLE[:-1], ("fund", 999)]),
        (10_000, WHOLE),
    ],
)
def test_a_part_goes_back_in_reverse_order(amount_fen: int, expected: Shares) -> None:
    assert told(refunded(paid(), amount_fen).lines) == expected


def test_a_line_that_goes_back_keeps_its_names() -> None:
    back = refunded(paid(), 2_501).lines[1]
    assert (back.binding_id, back.book_id) == (binding_id(2), donor(2).donor_id)
    assert (back.rank, back.clause) == (2, paid()[3].clause)


def test_the_second_part_begins_where_the_first_ended() -> None:
    first = refunded(paid(), 3_000)
    left = remaining(paid(), [first])
    assert told(left) == [("fund", 1_000), ("own", 2_000), (1, 3_000), (2, 1_000), ("cash", 0)]
    second = refunded(left, 1_500)
    assert told(second.lines) == [(2, 1_000), (1, 500)]
    last = refunded(remaining(paid(), [first, second]))
    assert told(last.lines) == [(1, 2_500), ("own", 2_000), ("fund", 1_000)]


@pytest.mark.parametrize("amount_fen", [10_001, 10**12, -1])
def test_more_than_the_settlement_is_refused(amount_fen: int) -> None:
    assert plan_refund(paid(), amount_fen=amount_fen) == TOO_MUCH


def test_more_than_is_left_is_refused() -> None:
    left = remaining(paid(), [refunded(paid(), 3_000)])
    assert plan_refund(left, amount_fen=7_001) == TOO_MUCH
    assert refunded(left, 7_000).total_fen == 7_000


def test_the_whole_goes_back_only_once() -> None:
    """All that is left may be asked for again, and is nothing; an amount may not."""
    left = remaining(paid(), [refunded(paid())])
    assert plan_refund(left, amount_fen=1) == TOO_MUCH
    assert plan_refund(left, amount_fen=None) == RefundPlan(lines=())


def test_a_refund_of_nothing_is_refused() -> None:
    """A plan without lines means that nothing is left; here everything is."""
    assert isinstance(plan_refund(paid(), amount_fen=0), Refusal)


@given(plans())
def test_after_the_whole_nothing_is_left(plan: Plan) -> None:
    back = refunded(plan.lines)
    assert back.total_fen == plan.bill.total_fen
    assert [line.amount_fen for line in remaining(plan.lines, [back])] == [0] * len(plan.lines)


@given(plans(), st.lists(st.integers(1, 80_000), max_size=6))
def test_parts_never_return_more_than_was_paid(plan: Plan, amounts: list[int]) -> None:
    done: list[RefundPlan] = []
    for amount in amounts:
        left = remaining(plan.lines, done)
        whole = sum(line.amount_fen for line in left)
        part = plan_refund(left, amount_fen=amount)
        assert isinstance(part, Refusal) == (amount > whole)
        if isinstance(part, RefundPlan):
            assert part.total_fen == amount
            done.append(part)
    left = remaining(plan.lines, done)
    pairs = zip(left, plan.lines, strict=True)
    assert all(0 <= line.amount_fen <= was.amount_fen for line, was in pairs)
    returned = sum(part.total_fen for part in done)
    assert sum(line.amount_fen for line in left) == plan.bill.total_fen - returned


@given(plans(), st.data())
def test_parts_take_what_one_refund_would(plan: Plan, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, plan.bill.total_fen - 1))
    second = data.draw(st.integers(1, plan.bill.total_fen - first))
    done = [refunded(plan.lines, first)] if first else []
    done.append(refunded(remaining(plan.lines, done), second))
    at_once = [refunded(plan.lines, first + second)]
    assert remaining(plan.lines, done) == remaining(plan.lines, at_once)


@pytest.mark.parametrize(
    ("before_fen", "now_fen", "eligible_fen"),
    [
        pytest.param(0, 10_000, 7_001, id="the-whole"),
        pytest.param(0, 1, 0, id="less-than-a-fen-of-it"),
        pytest.param(1, 1, 1, id="with-what-was-left-over-before"),
        pytest.param(0, 5_000, 3_500, id="half"),
        pytest.param(5_000, 5_000, 3_501, id="the-other-half"),
        pytest.param(0, 9_999, 7_000, id="all-but-a-fen"),
        pytest.param(9_999, 1, 1, id="the-last-fen"),
        pytest.param(10_000, 0, 0, id="nothing-more"),
    ],
)
def test_the_eligible_part_goes_back_in_proportion(
    before_fen: int, now_fen: int, eligible_fen: int
) -> None:
    plan = planned(bill(10_000, own_expense_fen=2_999), facts(area=PANZHIHUA))
    assert plan.eligible_fen == 7_001
    assert eligible_back(plan, before_fen=before_fen, now_fen=now_fen) == eligible_fen


@given(plans(), st.lists(st.integers(1, 80_000), max_size=6))
def test_parts_give_back_all_of_the_eligible_part_and_no_more(
    plan: Plan, amounts: list[int]
) -> None:
    whole, before, back = plan.bill.total_fen, 0, 0
    for amount in [*amounts, whole]:
        now = min(amount, whole - before)
        part = eligible_back(plan, before_fen=before, now_fen=now)
        assert 0 <= part <= now
        before, back = before + now, back + part
        assert back <= plan.eligible_fen
    assert (before, back) == (whole, plan.eligible_fen)
