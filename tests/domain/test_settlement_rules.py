"""What an area's rules and an institution's agreement change of the split."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from service.domain.institution import Institution
from service.domain.refusal import Refusal
from service.domain.settlement import covers, split
from tests.domain.counter_samples import (
    NOW,
    PANZHIHUA,
    SHAANXI,
    TODAY,
    YUNNAN,
    account,
    bill,
    donor,
    facts,
    institution,
    patient,
    planned,
    reasons,
    rules_at,
    shares,
)

CHENGDU, KUNMING, XIAN, BEIJING = "510100", "530100", "610100", "110100"
NOT_AWAY = "institution.not_for_away_patients"


@pytest.mark.parametrize(
    ("own", "held", "expected", "skipped"),
    [
        pytest.param(4_000, 0, [("own", 4_000), (1, 6_000)], {}, id="emptied-by-this-bill"),
        pytest.param(10_000, 0, [("own", 10_000)], {1: "not_needed"}, id="emptied-exactly"),
        pytest.param(12_000, 0, [("own", 10_000)], {1: "own_money_left"}, id="some-left"),
        pytest.param(
            4_000,
            1_000,
            [("own", 3_000), ("cash", 7_000)],
            {1: "own_money_left"},
            id="held-money-is-left",
        ),
        pytest.param(
            1_000, 1_000, [("cash", 10_000)], {1: "own_money_left"}, id="everything-is-held"
        ),
    ],
)
def test_donors_wait_for_an_empty_own_account_in_panzhihua(
    own: int, held: int, expected: list[tuple[str | int, int]], skipped: dict[int, str]
) -> None:
    known = replace(facts(donor(1), area=PANZHIHUA), own=account(own, held))
    plan = planned(bill(fund_fen=0), known)
    assert shares(plan) == expected
    assert reasons(plan) == skipped


def test_held_money_keeps_no_donor_away_elsewhere() -> None:
    plan = planned(bill(), replace(facts(donor(1)), own=account(4_000, 1_000)))
    assert shares(plan) == [("own", 3_000), (1, 7_000)]


@pytest.mark.parametrize(
    ("own", "held", "expected", "skipped"),
    [
        pytest.param(4_000, 0, [("own", 4_000), ("cash", 6_000)], {1: "own_money_left"}, id="own"),
        pytest.param(0, 0, [(1, 10_000)], {}, id="without-own-money"),
        pytest.param(500, 500, [(1, 10_000)], {}, id="all-of-it-held"),
    ],
)
def test_where_one_bill_may_not_be_mixed(
    own: int, held: int, expected: list[tuple[str | int, int]], skipped: dict[int, str]
) -> None:
    rules = rules_at(mixed_payment=False)
    plan = planned(bill(), replace(facts(donor(1)), own=account(own, held)), rules)
    assert shares(plan) == expected
    assert reasons(plan) == skipped


@pytest.mark.parametrize("mixed", [True, None])
def test_where_it_may_or_nothing_is_said_it_is_mixed(mixed: bool | None) -> None:
    rules = rules_at(mixed_payment=mixed)
    assert shares(planned(bill(), facts(donor(1), own=1), rules)) == [("own", 1), (1, 9_999)]


@pytest.mark.parametrize(
    ("own", "parts", "expected"),
    [
        pytest.param(
            20_000, {"own_expense_fen": 3_000}, [("own", 7_000), ("cash", 3_000)], id="own"
        ),
        pytest.param(
            5_000,
            {"own_expense_fen": 3_000},
            [("own", 5_000), (1, 2_000), ("cash", 3_000)],
            id="donors-too",
        ),
        pytest.param(
            20_000, {"over_limit_fen": 3_000, "own_first_fen": 9}, [("own", 10_000)], id="others"
        ),
        pytest.param(
            20_000,
            {"own_expense_fen": 3_000, "fund_fen": 8_000},
            [("fund", 8_000), ("cash", 2_000)],
            id="the-fund-reached-into-it",
        ),
        pytest.param(20_000, {"own_expense_fen": 10_000}, [("cash", 10_000)], id="nothing-else"),
    ],
)
def test_where_accounts_do_not_pay_own_expense(
    own: int, parts: dict[str, int], expected: list[tuple[str | int, int]]
) -> None:
    rules = rules_at(pays_own_expense=False)
    assert shares(planned(bill(**parts), facts(donor(1), own=own), rules)) == expected


def test_accounts_pay_own_expense_where_the_rule_says_so() -> None:
    it = bill(own_expense_fen=10_000)
    assert shares(planned(it, facts(own=20_000))) == [("own", 10_000)]


@pytest.mark.parametrize("service", ["vaccine", "checkup"])
@pytest.mark.parametrize(
    ("area", "day", "payable"),
    [
        pytest.param(SHAANXI, date(2025, 3, 12), True, id="shaanxi"),
        pytest.param(SHAANXI, date(2025, 3, 11), False, id="shaanxi-the-day-before"),
        pytest.param(YUNNAN, TODAY, False, id="yunnan"),
        pytest.param(PANZHIHUA, TODAY, False, id="panzhihua"),
    ],
)
def test_vaccines_and_checkups_are_paid_in_shaanxi_only(
    service: str, area: str, day: date, payable: bool
) -> None:
    rules = rules_at(area, day)
    outcome = split(bill(service=service), facts(own=10_000, area=area), rules, now=NOW)
    if payable:
        assert not isinstance(outcome, Refusal)
    else:
        assert outcome == Refusal(
            code="settlement.service_not_payable",
            clause=rules.payable_services.reference,
            facts={"service": {"vaccine": "预防接种", "checkup": "健康体检"}[service]},
        )
        assert rules.payable_services.reference


@pytest.mark.parametrize("area", [SHAANXI, YUNNAN, PANZHIHUA])
@pytest.mark.parametrize("service", ["outpatient", "emergency", "chronic", "inpatient", "pharmacy"])
def test_treatment_and_medicine_are_paid_everywhere(area: str, service: str) -> None:
    assert planned(bill(service=service), facts(own=10_000, area=area)).paid_by("own") > 0


@pytest.mark.parametrize(
    ("place", "code"),
    [
        pytest.param({"open_from": date(2026, 1, 16)}, "institution.closed", id="not-open-yet"),
        pytest.param({"open_until": date(2026, 1, 14)}, "institution.closed", id="closed"),
        pytest.param({"open_from": TODAY, "open_until": TODAY}, None, id="open-for-a-day"),
        pytest.param(
            {"services": ("pharmacy",)}, "institution.service_not_agreed", id="another-service"
        ),
        pytest.param({"patient_areas": ("5306",)}, "institution.area_not_agreed", id="not-ours"),
        pytest.param({"patient_areas": ("5306", "61")}, None, id="our-province"),
        pytest.param({"patient_areas": ("610100",)}, None, id="our-area"),
    ],
)
def test_what_the_agreement_of_the_institution_allows(
    place: dict[str, Any], code: str | None
) -> None:
    outcome = split(bill(), facts(institution=institution(**place)), rules_at(), now=NOW)
    assert (outcome.code if isinstance(outcome, Refusal) else None) == code


def test_a_refused_service_is_named() -> None:
    known = facts(institution=institution(services=()))
    outcome = split(bill(), known, rules_at(), now=NOW)
    names = {"service": "普通门诊"}
    assert outcome == Refusal(code="institution.service_not_agreed", facts=names)


def test_a_bill_that_does_not_add_up_is_refused_first() -> None:
    known = facts(institution=institution(services=()))
    assert split(bill(0), known, rules_at(), now=NOW) == Refusal(code="bill.amount_out_of_range")


@pytest.mark.parametrize(
    ("home", "place", "away", "filed", "code"),
    [
        pytest.param("530602", "530600", False, (), None, id="yunnan-at-home"),
        pytest.param(YUNNAN, KUNMING, True, (), "settlement.filing_needed", id="yunnan-unfiled"),
        pytest.param(YUNNAN, KUNMING, True, (KUNMING,), None, id="yunnan-filed"),
        pytest.param(YUNNAN, KUNMING, True, ("530000",), None, id="yunnan-the-whole-province"),
        pytest.param(YUNNAN, XIAN, True, (KUNMING,), "settlement.filing_needed", id="elsewhere"),
        pytest.param(YUNNAN, XIAN, True, (KUNMING, XIAN), None, id="one-of-two"),
        pytest.param(YUNNAN, XIAN, False, (XIAN,), NOT_AWAY, id="not-for-away"),
        pytest.param(PANZHIHUA, PANZHIHUA, False, (), None, id="panzhihua-at-home"),
        pytest.param(
            PANZHIHUA, CHENGDU, True, (), "settlement.filing_needed", id="panzhihua-unfiled"
        ),
        pytest.param(PANZHIHUA, CHENGDU, True, ("510000",), None, id="panzhihua-filed"),
        pytest.param(SHAANXI, BEIJING, True, (), None, id="shaanxi-says-nothing"),
        pytest.param(SHAANXI, "610300", True, (), None, id="shaanxi-within-the-province"),
        pytest.param(SHAANXI, "610300", False, (), NOT_AWAY, id="shaanxi-not-for-away"),
        pytest.param(SHAANXI, "610102", False, (), None, id="shaanxi-another-county-at-home"),
    ],
)
def test_filing_before_treatment_away_from_home(
    home: str, place: str, away: bool, filed: tuple[str, ...], code: str | None
) -> None:
    where: Institution = institution(area=place, away=away)
    known = facts(patient=patient(home), institution=where, filed_areas=filed)
    rules = rules_at(home)
    outcome = split(bill(), known, rules, now=NOW)
    assert (outcome.code if isinstance(outcome, Refusal) else None) == code
    if code == "settlement.filing_needed":
        assert isinstance(outcome, Refusal)
        assert outcome.clause == rules.away_filing.reference != ""


@pytest.mark.parametrize(
    ("place", "refused"), [(KUNMING, False), (XIAN, True)], ids=["own-province", "other-province"]
)
def test_filing_only_outside_the_province(place: str, refused: bool) -> None:
    known = facts(patient=patient(YUNNAN), institution=institution(area=place))
    outcome = split(bill(), known, rules_at(YUNNAN, away_filing="outside_province"), now=NOW)
    assert isinstance(outcome, Refusal) is refused


@pytest.mark.parametrize(
    ("filed", "area", "covered"),
    [
        ("530000", "530602", True),
        ("530000", "510400", False),
        ("530600", "530602", True),
        ("530600", "530100", False),
        ("530602", "530602", True),
        ("530602", "530600", False),
    ],
)
def test_what_a_filing_covers(filed: str, area: str, covered: bool) -> None:
    assert covers(filed, area) is covered
