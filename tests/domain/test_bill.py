"""What a bill has to be: in range, and the sum of its parts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.bill import Bill, check_bill
from service.domain.money import FEN_MAX
from service.domain.refusal import Refusal
from tests.domain.counter_samples import bill

PARTS = {"own_expense_fen": 100, "over_limit_fen": 20, "own_first_fen": 3}


@pytest.mark.parametrize(
    ("total_fen", "parts", "eligible_fen"),
    [
        pytest.param(1000, {}, 1000, id="no-parts"),
        pytest.param(1000, PARTS, 877, id="the-rest-is-in-scope"),
        pytest.param(1000, {**PARTS, "in_scope_fen": 877}, 877, id="every-part"),
        pytest.param(123, PARTS, 0, id="nothing-in-scope"),
        pytest.param(123, {**PARTS, "in_scope_fen": 0}, 0, id="a-scope-of-zero"),
        pytest.param(1000, {"fund_fen": 0}, 1000, id="the-fund-pays-nothing"),
        pytest.param(1000, {"fund_fen": 1000}, 1000, id="the-fund-pays-all"),
        pytest.param(1, {}, 1, id="the-smallest"),
        pytest.param(FEN_MAX, {}, FEN_MAX, id="the-largest"),
    ],
)
def test_a_bill_that_adds_up(total_fen: int, parts: dict[str, Any], eligible_fen: int) -> None:
    it = bill(total_fen, **parts)
    assert check_bill(it) is None
    assert it.eligible_fen == eligible_fen


@pytest.mark.parametrize(
    ("total_fen", "parts", "code"),
    [
        pytest.param(0, {}, "bill.amount_out_of_range", id="nothing"),
        pytest.param(-1, {}, "bill.amount_out_of_range", id="below-nothing"),
        pytest.param(FEN_MAX + 1, {}, "bill.amount_out_of_range", id="too-much"),
        pytest.param(9, {"own_expense_fen": -1}, "bill.amount_out_of_range", id="own-expense"),
        pytest.param(9, {"over_limit_fen": -1}, "bill.amount_out_of_range", id="over-limit"),
        pytest.param(9, {"own_first_fen": -1}, "bill.amount_out_of_range", id="own-first"),
        pytest.param(9, {"in_scope_fen": -1}, "bill.amount_out_of_range", id="in-scope"),
        pytest.param(122, PARTS, "bill.parts_do_not_add_up", id="parts-exceed-the-whole"),
        pytest.param(
            1000, {**PARTS, "in_scope_fen": 876}, "bill.parts_do_not_add_up", id="one-less"
        ),
        pytest.param(
            1000, {**PARTS, "in_scope_fen": 878}, "bill.parts_do_not_add_up", id="one-more"
        ),
        pytest.param(1000, {"in_scope_fen": 0}, "bill.parts_do_not_add_up", id="scope-of-zero"),
        pytest.param(9, {"fund_fen": 10}, "bill.fund_exceeds_total", id="the-fund-pays-more"),
        pytest.param(9, {"fund_fen": -1}, "bill.fund_exceeds_total", id="the-fund-pays-less"),
    ],
)
def test_a_bill_that_does_not(total_fen: int, parts: dict[str, Any], code: str) -> None:
    assert check_bill(bill(total_fen, **parts)) == Refusal(code=code)


@given(
    parts=st.fixed_dictionaries({name: st.integers(0, FEN_MAX // 4) for name in PARTS}),
    in_scope=st.integers(0, FEN_MAX // 4),
    stated=st.booleans(),
)
def test_the_scope_is_what_the_parts_leave(
    parts: dict[str, int], in_scope: int, stated: bool
) -> None:
    total = sum(parts.values()) + in_scope
    scope = in_scope if stated else None
    it = Bill(service="outpatient", total_fen=total, in_scope_fen=scope, **parts)
    if total:
        assert check_bill(it) is None
    assert it.eligible_fen == in_scope
