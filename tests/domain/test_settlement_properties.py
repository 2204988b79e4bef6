"""What holds of every split: it adds up, nobody pays too much, and order is not chance."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service.domain.bill import Bill
from service.domain.donor import Donor, most_of, out_of_force
from service.domain.policy import Rules
from service.domain.settlement import Facts
from tests.domain.counter_samples import NOW, donor, planned
from tests.domain.counter_strategies import cases

Case = tuple[Bill, Facts, Rules]


@given(cases())
def test_the_lines_are_the_bill(case: Case) -> None:
    plan = planned(*case)
    assert sum(line.amount_fen for line in plan.lines) == case[0].total_fen
    assert all(line.amount_fen > 0 for line in plan.lines)
    parts = [plan.paid_by(payer) for payer in ("fund", "own", "donor", "cash")]
    assert sum(parts) == case[0].total_fen


@given(cases())
def test_the_order_is_fund_own_donors_cash(case: Case) -> None:
    payers = [line.payer for line in planned(*case).lines]
    assert payers == sorted(payers, key=["fund", "own", "donor", "cash"].index)
    assert all(payers.count(payer) <= 1 for payer in ("fund", "own", "cash"))


@given(cases())
def test_nobody_pays_more_than_there_is(case: Case) -> None:
    bill, facts, rules = case
    plan = planned(*case)
    own = plan.paid_by("own")
    assert own <= (facts.own.available_fen if facts.own else 0)
    assert plan.balance_after_fen == (facts.own.posted_fen if facts.own else 0) - own
    if bill.fund_fen is not None:
        assert plan.paid_by("fund") == bill.fund_fen
    else:
        assert plan.paid_by("fund") == plan.pooled_fen <= bill.eligible_fen
    if not rules.pays_own_expense.value:
        accounts = own + plan.paid_by("donor")
        assert accounts <= max(0, bill.total_fen - plan.paid_by("fund") - bill.own_expense_fen)


@given(cases())
def test_what_counts_towards_the_year(case: Case) -> None:
    """All of an outpatient bill where a benefit is published, whoever said what the fund pays."""
    bill, _, rules = case
    plan = planned(*case)
    pooled = rules.outpatient_pooling.value is not None
    expected = (bill.eligible_fen, plan.paid_by("fund")) if pooled else (0, 0)
    assert (plan.eligible_fen, plan.pooled_fen) == expected


@given(cases())
def test_no_donor_pays_above_a_limit_or_the_balance(case: Case) -> None:
    known = {it.binding_id: it for it in case[1].donors}
    for line in planned(*case).lines:
        if line.payer == "donor":
            assert line.binding_id is not None
            it = known[line.binding_id]
            assert it.account is not None
            assert line.amount_fen <= it.account.available_fen
            assert line.amount_fen <= (it.use_limit_fen or line.amount_fen)
            assert it.used_year_fen + line.amount_fen <= (it.year_limit_fen or 10**12)
            assert it.used_fen + line.amount_fen <= (it.total_limit_fen or 10**12)
            assert out_of_force(it, now=NOW) is None


@given(cases())
def test_a_donor_either_pays_or_is_skipped(case: Case) -> None:
    plan = planned(*case)
    paying = [line.binding_id for line in plan.lines if line.payer == "donor"]
    told = paying + [skipped.binding_id for skipped in plan.skipped]
    assert sorted(told, key=str) == sorted((it.binding_id for it in case[1].donors), key=str)


@given(cases())
def test_what_is_in_the_way_of_a_donor_is_true(case: Case) -> None:
    _, facts, rules = case
    plan = planned(*case)
    reasons = {skipped.binding_id: skipped.reason for skipped in plan.skipped}
    had_own = facts.own is not None and facts.own.available_fen > 0
    waits = rules.donors_pay_when.value == "own_account_empty" and plan.balance_after_fen > 0
    for it in facts.donors:
        reason = reasons.get(it.binding_id)
        force = out_of_force(it, now=NOW)
        if force:
            assert reason == force
        elif waits or (rules.mixed_payment.value is False and had_own):
            assert reason == "own_money_left"
        elif most_of(it) == 0:
            assert reason in {"no_money", "year_limit_reached", "total_limit_reached", "not_needed"}
        else:
            assert reason in {None, "not_needed"}


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_donors_are_named_changes_nothing(case: Case, chance: Random) -> None:
    bill, facts, rules = case
    mixed: list[Donor] = list(facts.donors)
    chance.shuffle(mixed)
    assert planned(bill, replace(facts, donors=tuple(mixed)), rules) == planned(*case)


@given(cases(), st.integers(0, 4), st.integers(0, 60_000))
def test_one_more_donor_never_means_more_cash(case: Case, rank: int, fen: int) -> None:
    bill, facts, rules = case
    more = replace(facts, donors=(*facts.donors, donor(9, rank=rank, fen=fen)))
    assert planned(bill, more, rules).paid_by("cash") <= planned(*case).paid_by("cash")


@given(cases())
def test_a_donor_who_could_pay_leaves_no_cash_that_accounts_may_pay(case: Case) -> None:
    """Cash is left only when every donor in force has given the most he can."""
    bill, facts, rules = case
    plan = planned(*case)
    barred = 0 if rules.pays_own_expense.value else bill.own_expense_fen
    if any(skipped.reason == "own_money_left" for skipped in plan.skipped):
        return
    if plan.paid_by("cash") > barred:
        most = sum(most_of(it) for it in facts.donors if out_of_force(it, now=NOW) is None)
        assert plan.paid_by("donor") == most
