"""Rules that the scenario tables cannot tell: people with several enrolments, unstated rules."""

from datetime import date

import pytest
from msgspec.structs import replace

from service.domain.application import (
    Request,
    Standing,
    check_desk,
    check_numbers,
    check_people,
    check_request,
    check_standing,
    donor_enrolment,
    proof_needed,
    rules_for,
)
from service.domain.binding import Terms
from service.domain.enrolment import Enrolment, pooling_area, province
from service.domain.policy import Rules
from service.domain.refusal import Refusal
from service.domain.relation import RELATIONS
from tests.domain.people import enrolment, id_number, insured
from tests.domain.shipped import policies

TODAY = date(2026, 1, 15)
ACCOUNT = enrolment()
SUSPENDED = enrolment(status="suspended", area="610100")
ENDED = enrolment(status="ended", area="510400")
RESIDENT = enrolment(scheme="resident", account_balance_fen=None)
FAR = enrolment(scheme="resident", area="440100", account_balance_fen=None)


def rules_at(area: str) -> Rules:
    rules = policies().at(TODAY, area)
    assert rules is not None
    return rules


def test_areas_around_an_area() -> None:
    assert pooling_area("530623") == pooling_area("530600") == "530600"
    assert province("530623") == province("530000") == "530000"


@pytest.mark.parametrize(
    ("enrolments", "found"),
    [
        pytest.param([], None, id="none"),
        pytest.param([RESIDENT], None, id="resident"),
        pytest.param([SUSPENDED, ENDED], None, id="suspended-and-ended"),
        pytest.param([SUSPENDED, RESIDENT, ACCOUNT], ACCOUNT, id="the-active-account"),
        pytest.param([enrolment(account_balance_fen=None)], None, id="without-an-account"),
    ],
)
def test_donor_enrolment(enrolments: list[Enrolment], found: Enrolment | None) -> None:
    assert donor_enrolment(insured(*enrolments)) == found


def test_an_empty_account_can_be_shared() -> None:
    empty = enrolment(account_balance_fen=0)
    assert donor_enrolment(insured(empty)) == empty


@pytest.mark.parametrize(
    ("enrolments", "refusal"),
    [
        pytest.param([], Refusal(code="binding.donor_has_no_account"), id="not-enrolled"),
        pytest.param([FAR], Refusal(code="binding.donor_has_no_account"), id="not-served"),
        pytest.param(
            [FAR, SUSPENDED],
            Refusal(
                code="binding.donor_has_no_account",
                clause="国办发〔2021〕14号：共济的是职工基本医疗保险个人账户",
            ),
            id="suspended-in-a-served-area",
        ),
        pytest.param(
            [enrolment(area="510100")],
            Refusal(code="area.not_served", facts={"area": "四川省成都市"}),
            id="account-elsewhere",
        ),
        pytest.param(
            [enrolment(area="440100")],
            Refusal(code="area.not_served", facts={"area": "您的参保地"}),
            id="account-where-no-name-is-known",
        ),
    ],
)
def test_no_rules_for_this_donor(enrolments: list[Enrolment], refusal: Refusal) -> None:
    assert rules_for(insured(*enrolments), policies=policies(), today=TODAY) == refusal


def test_rules_of_the_active_account() -> None:
    rules = rules_for(insured(SUSPENDED, ACCOUNT), policies=policies(), today=TODAY)
    assert rules == rules_at("530600")


def test_refused_relation_says_what_is_allowed() -> None:
    request = Request(
        donor=id_number(),
        beneficiary=id_number(sequence=125),
        relation=RELATIONS["55"],
        terms=Terms(begins_on=TODAY),
    )
    refusal = check_request(request, rules=rules_at("530600"), today=TODAY)
    assert refusal is not None
    assert refusal.facts == {"relation": "岳父", "allowed": "配偶、父母、子女"}


@pytest.mark.parametrize(
    ("relation", "begins_on", "code"),
    [
        pytest.param("12", date(2026, 1, 14), "binding.begins_in_the_past", id="terms-are-checked"),
        pytest.param("55", date(2026, 1, 14), "binding.relation_not_allowed", id="relation-first"),
    ],
)
def test_terms_come_last(relation: str, begins_on: date, code: str) -> None:
    request = Request(
        donor=id_number(),
        beneficiary=id_number(sequence=125),
        relation=RELATIONS[relation],
        terms=Terms(begins_on=begins_on),
    )
    refusal = check_request(request, rules=rules_at("530600"), today=TODAY)
    assert refusal is not None
    assert refusal.code == code


@pytest.mark.parametrize(
    ("enrolments", "code"),
    [
        pytest.param([FAR, RESIDENT], None, id="one-of-two-in-the-province"),
        pytest.param(
            [FAR, enrolment(status="ended")], "binding.outside_the_province", id="only-active-count"
        ),
        pytest.param(
            [enrolment(scheme="other", account_balance_fen=None)],
            "binding.beneficiary_not_enrolled",
            id="only-basic-insurance-counts",
        ),
    ],
)
def test_beneficiary_with_two_enrolments(enrolments: list[Enrolment], code: str | None) -> None:
    refusal = check_people(ACCOUNT, insured(*enrolments), rules=rules_at("530600"))
    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(
    ("area", "bindings", "donors", "most"),
    [
        pytest.param("510400", 5, 0, 5, id="donor-is-full"),
        pytest.param("610100", 0, 2, 2, id="beneficiary-is-full"),
    ],
)
def test_full_says_how_many_are_allowed(area: str, bindings: int, donors: int, most: int) -> None:
    standing = Standing(
        already_bound=False, bindings_of_donor=bindings, donors_of_beneficiary=donors
    )
    refusal = check_standing(standing, rules=rules_at(area))
    assert refusal is not None
    assert refusal.facts == {"max": most}


def test_the_numbers_alone_do_not_ask_for_twice() -> None:
    standing = Standing(already_bound=True, bindings_of_donor=0, donors_of_beneficiary=0)
    assert check_numbers(standing, rules=rules_at("510400")) is None


@pytest.mark.parametrize(
    ("desk_area", "code"),
    [
        pytest.param(None, None, id="not-at-a-desk"),
        pytest.param("530600", None, id="same-area"),
        pytest.param("530623", None, id="county-of-the-same-city"),
        pytest.param("530100", "clerk.other_area", id="another-city"),
        pytest.param("530000", "clerk.other_area", id="the-provinces-own"),
    ],
)
def test_desk(desk_area: str | None, code: str | None) -> None:
    refusal = check_desk(ACCOUNT, desk_area=desk_area)
    assert (refusal.code if refusal else None) == code


def test_an_unstated_age_asks_for_no_documents() -> None:
    rules = rules_at("510400")
    unstated = replace(rules, proof_under_age=replace(rules.proof_under_age, value=None))
    child = id_number(date(2020, 6, 1))
    assert proof_needed(child, rules=rules, today=TODAY).review == "clerk"
    assert proof_needed(child, rules=unstated, today=TODAY).review == "data_check"
