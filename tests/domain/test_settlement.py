"""Who pays what of a bill: the fund, the own account, donors in order, cash."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from service.domain.donor import Donor, skip_text
from service.domain.settlement import Patient
from tests.domain.counter_samples import (
    NOW,
    PANZHIHUA,
    PATIENT,
    SHAANXI,
    account,
    bill,
    binding_id,
    donor,
    facts,
    patient,
    planned,
    reasons,
    rules_at,
    shares,
)

EARLIER = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("own", "donors", "expected", "skipped"),
    [
        pytest.param(None, [], [("cash", 10_000)], {}, id="nobody-but-cash"),
        pytest.param(0, [], [("cash", 10_000)], {}, id="an-empty-own-account"),
        pytest.param(10_000, [], [("own", 10_000)], {}, id="own-alone"),
        pytest.param(12_000, [donor(1)], [("own", 10_000)], {1: "not_needed"}, id="own-is-enough"),
        pytest.param(3_000, [donor(1)], [("own", 3_000), (1, 7_000)], {}, id="own-first"),
        pytest.param(None, [donor(1)], [(1, 10_000)], {}, id="one-donor"),
        pytest.param(
            None,
            [donor(2), donor(1, fen=4_000)],
            [(1, 4_000), (2, 6_000)],
            {},
            id="donors-by-rank",
        ),
        pytest.param(
            None, [donor(2), donor(1)], [(1, 10_000)], {2: "not_needed"}, id="the-first-is-enough"
        ),
        pytest.param(
            1_000,
            [donor(1, fen=2_000), donor(2, fen=3_000)],
            [("own", 1_000), (1, 2_000), (2, 3_000), ("cash", 4_000)],
            {},
            id="the-rest-is-cash",
        ),
        pytest.param(
            None, [donor(1, fen=0)], [("cash", 10_000)], {1: "no_money"}, id="a-donor-without-money"
        ),
        pytest.param(
            None,
            [donor(1, account=None), donor(2)],
            [(2, 10_000)],
            {1: "no_money"},
            id="a-donor-without-an-account",
        ),
    ],
)
def test_own_money_then_donors_then_cash(
    own: int | None,
    donors: list[Donor],
    expected: list[tuple[str | int, int]],
    skipped: dict[int, str],
) -> None:
    plan = planned(bill(), facts(*donors, own=own))
    assert shares(plan) == expected
    assert reasons(plan) == skipped


@pytest.mark.parametrize(
    ("changes", "paid", "skipped"),
    [
        pytest.param({"use_limit_fen": 300}, 300, {}, id="per-use"),
        pytest.param({"year_limit_fen": 500, "used_year_fen": 100}, 400, {}, id="per-year"),
        pytest.param({"total_limit_fen": 900, "used_fen": 700}, 200, {}, id="in-total"),
        pytest.param(
            {"year_limit_fen": 5, "used_year_fen": 5}, 0, {1: "year_limit_reached"}, id="year-full"
        ),
        pytest.param(
            {"total_limit_fen": 5, "used_fen": 5}, 0, {1: "total_limit_reached"}, id="total-full"
        ),
        pytest.param({"state": "paused"}, 0, {1: "paused"}, id="paused"),
        pytest.param({"state": "ended"}, 0, {1: "ended"}, id="ended"),
        pytest.param({"ends_on": date(2026, 1, 14)}, 0, {1: "ended"}, id="expired"),
        pytest.param({"begins_on": date(2026, 1, 16)}, 0, {1: "not_begun"}, id="not-begun"),
        pytest.param(
            {"effective_at": NOW + timedelta(seconds=1)}, 0, {1: "not_begun"}, id="not-in-effect"
        ),
    ],
)
def test_a_limited_donor_leaves_the_rest_to_the_next(
    changes: dict[str, Any], paid: int, skipped: dict[int, str]
) -> None:
    plan = planned(bill(), facts(donor(2), donor(1, **changes)))
    assert shares(plan) == [(1, paid)] * bool(paid) + [(2, 10_000 - paid)]
    assert reasons(plan) == skipped


@pytest.mark.parametrize("state", ["paused", "ended"])
def test_a_donor_out_of_force_is_so_even_when_not_needed(state: str) -> None:
    plan = planned(bill(), facts(donor(1, state=state), own=10_000))
    assert reasons(plan) == {1: state}


def test_of_one_rank_the_longest_in_force_pays_first() -> None:
    younger, older = donor(1, rank=1), donor(2, rank=1, fen=4_000, effective_at=EARLIER)
    lines = planned(bill(), facts(younger, older)).lines
    assert [line.binding_id for line in lines] == [binding_id(2), binding_id(1)]


def test_a_line_says_whose_money_it_is() -> None:
    first = donor(1, fen=3_000)
    plan = planned(bill(fund_fen=1_000), facts(first, own=2_000))
    found = [(line.payer, line.binding_id, line.book_id) for line in plan.lines]
    assert found == [
        ("fund", None, None),
        ("own", None, PATIENT),
        ("donor", first.binding_id, first.donor_id),
        ("cash", None, None),
    ]
    assert [line.text for line in plan.lines] == [
        "基金支付",
        "使用人本人的个人账户支付",
        "家庭共济支付（第 1 顺位，2026年1月5日起生效）",
        "现金支付",
    ]


def test_a_skipped_donor_is_named_with_the_reason() -> None:
    (skipped,) = planned(bill(), facts(donor(2, state="paused"))).skipped
    assert (skipped.binding_id, skipped.rank) == (binding_id(2), 2)
    assert skipped.text == skip_text("paused", 2) == "第 2 顺位没有支付：授权人已暂停共济。"


def test_held_money_stays_on_the_own_account() -> None:
    plan = planned(bill(), replace(facts(), own=account(5_000, 2_000)))
    assert shares(plan) == [("own", 3_000), ("cash", 7_000)]
    assert plan.balance_after_fen == 2_000


@pytest.mark.parametrize(("own", "after"), [(None, 0), (0, 0), (10_000, 0), (12_345, 2_345)])
def test_the_balance_after(own: int | None, after: int) -> None:
    assert planned(bill(), facts(own=own)).balance_after_fen == after


def test_a_fund_that_has_paid_is_not_estimated() -> None:
    """攀枝花 would pay (1000 - 200) * 60 % of this bill, had the fund not answered."""
    known = facts(area=PANZHIHUA)
    asked = planned(bill(100_000), known)
    assert (shares(asked)[0], asked.pooled_fen) == (("fund", 48_000), 48_000)
    assert asked.eligible_fen == 100_000
    told = planned(bill(100_000, fund_fen=1), known)
    assert shares(told) == [("fund", 1), ("cash", 99_999)]
    assert told.lines[0].clause == ""
    nothing = planned(bill(100_000, fund_fen=0), known)
    assert shares(nothing) == [("cash", 100_000)]


@pytest.mark.parametrize(
    ("area", "who", "service", "counted"),
    [
        pytest.param(PANZHIHUA, {}, "outpatient", (90_000, 7_000), id="pooled"),
        pytest.param(PANZHIHUA, {}, "pharmacy", (90_000, 7_000), id="pharmacy"),
        pytest.param(PANZHIHUA, {}, "emergency", (0, 0), id="emergency-is-not-pooled"),
        pytest.param(PANZHIHUA, {"scheme": "resident"}, "outpatient", (0, 0), id="no-benefit"),
        pytest.param(SHAANXI, {}, "outpatient", (0, 0), id="nothing-published"),
    ],
)
def test_a_fund_that_has_paid_counts_towards_the_year(
    area: str, who: dict[str, Any], service: str, counted: tuple[int, int]
) -> None:
    known = facts(area=area, patient=patient(area, **who))
    it = bill(100_000, service=service, own_expense_fen=10_000, fund_fen=7_000)
    plan = planned(it, known)
    assert plan.paid_by("fund") == 7_000
    assert (plan.eligible_fen, plan.pooled_fen) == counted


@pytest.mark.parametrize(
    ("who", "service", "fund_fen"),
    [
        pytest.param({"person_kind": "retired"}, "outpatient", 55_250, id="retired"),
        pytest.param({}, "emergency", 0, id="emergency-is-not-pooled"),
        pytest.param({}, "pharmacy", 48_000, id="at-a-hospitals-pharmacy"),
        pytest.param({}, "inpatient", 0, id="not-pooled"),
        pytest.param({}, "chronic", 0, id="chronic-is-not-pooled"),
        pytest.param({"scheme": "resident", "person_kind": "resident"}, "outpatient", 0, id="none"),
    ],
)
def test_the_fund_goes_by_the_patients_own_benefits(
    who: dict[str, Any], service: str, fund_fen: int
) -> None:
    someone: Patient = patient(PANZHIHUA, **who)
    plan = planned(bill(100_000, service=service), facts(area=PANZHIHUA, patient=someone))
    assert (plan.paid_by("fund"), plan.pooled_fen) == (fund_fen, fund_fen)


def test_the_estimate_rests_on_the_eligible_part() -> None:
    it = bill(100_000, own_expense_fen=30_000, own_first_fen=10_000)
    plan = planned(it, facts(area=PANZHIHUA))
    assert (plan.eligible_fen, plan.pooled_fen) == (60_000, 24_000)


def test_where_no_benefit_is_published_nothing_is_estimated() -> None:
    plan = planned(bill(100_000), facts())
    assert (plan.paid_by("fund"), plan.pooled_fen, plan.eligible_fen) == (0, 0, 0)


def test_every_line_of_a_rule_names_its_clause() -> None:
    rules = rules_at(PANZHIHUA, donors_pay_when="own_account_short")
    known = facts(donor(1, fen=1), own=1, area=PANZHIHUA)
    clauses = {line.payer: line.clause for line in planned(bill(100_000), known, rules).lines}
    assert clauses == {
        "fund": rules.outpatient_pooling.reference,
        "own": rules.donors_pay_when.reference,
        "donor": rules.donors_pay_when.reference,
        "cash": rules.payable_services.reference,
    }
    assert all(clauses.values())
