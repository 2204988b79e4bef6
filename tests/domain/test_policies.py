"""Who may be bound to whom: `scenario` of the table next to each shipped policy file.

Decided in the order of the product; `split` and `premium` of the same tables are in
test_policies_split.py and test_policies_premium.py.
A row of `given` names only what differs from `Given`; no `beneficiary_area`: not enrolled anywhere.
For "eligible", `clause` is part of one of the clauses granted; else of the refusal's, "" for none.
"""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from msgspec import Struct

from service.domain.application import (
    Proof,
    Request,
    Standing,
    check_people,
    check_request,
    check_standing,
    donor_enrolment,
    proof_needed,
    read_relation,
    rules_for,
)
from service.domain.binding import Terms
from service.domain.enrolment import EnrolmentStatus, InsuredPerson, Scheme
from service.domain.policy import Rules
from service.domain.refusal import Refusal
from tests.domain.people import enrolment, id_number, insured
from tests.domain.policy_tables import KINDS, TABLES, each_row, kinds_due, rows_of, tables_with
from tests.domain.shipped import POLICY_FILES, policies

PROOFS = {None: "commitment", "clerk": "clerk", "data_check": "data_check"}


class Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    donor_area: str
    relation: str
    donor_scheme: Scheme = "employee"
    donor_status: EnrolmentStatus = "active"
    donor_has_account: bool = True
    beneficiary_area: str | None = None
    beneficiary_status: EnrolmentStatus = "active"
    beneficiary_born_on: date = date(1985, 6, 15)
    bindings_of_donor: int = 0
    donors_of_beneficiary: int = 0
    already_bound: bool = False
    same_person: bool = False


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    on: date
    given: Given
    expect: str
    clause: str
    proof: str = ""


class Granted(Struct, frozen=True):
    rules: Rules
    proof: Proof


def decide(given: Given, *, today: date) -> Granted | Refusal:
    donor_number = id_number(date(1980, 3, 1), sequence=11)
    number = donor_number if given.same_person else id_number(given.beneficiary_born_on)
    relation = read_relation(given.relation)
    if isinstance(relation, Refusal):
        return relation
    donor = _donor(given)
    rules = rules_for(donor, policies=policies(), today=today)
    if isinstance(rules, Refusal):
        return rules
    request = Request(
        donor=donor_number, beneficiary=number, relation=relation, terms=Terms(begins_on=today)
    )
    standing = Standing(
        already_bound=given.already_bound,
        bindings_of_donor=given.bindings_of_donor,
        donors_of_beneficiary=given.donors_of_beneficiary,
    )
    account = donor_enrolment(donor)
    assert account is not None
    return (
        check_request(request, rules=rules, today=today)
        or check_people(account, _beneficiary(given), rules=rules)
        or check_standing(standing, rules=rules)
        or Granted(rules, proof_needed(number, rules=rules, today=today))
    )


def _donor(given: Given) -> InsuredPerson:
    only = enrolment(
        scheme=given.donor_scheme,
        status=given.donor_status,
        area=given.donor_area,
        account_balance_fen=10_000 if given.donor_has_account else None,
    )
    return insured(only)


def _beneficiary(given: Given) -> InsuredPerson:
    if given.beneficiary_area is None:
        return insured()
    only = enrolment(
        scheme="resident",
        status=given.beneficiary_status,
        area=given.beneficiary_area,
        account_balance_fen=None,
    )
    return insured(only)


@pytest.mark.parametrize("scenario", each_row("scenario", Scenario))
def test_scenario(scenario: Scenario) -> None:
    outcome = decide(scenario.given, today=scenario.on)
    if isinstance(outcome, Refusal):
        assert (outcome.code, "") == (scenario.expect, scenario.proof)
        clauses = [outcome.clause]
    else:
        assert scenario.expect == "eligible"
        assert PROOFS[outcome.proof.review] == scenario.proof
        documents = ("marriage_certificate", "household_register")
        assert outcome.proof.documents == (documents if scenario.proof == "clerk" else ())
        rules = outcome.rules
        clauses = [rules.kinships.reference, rules.area_scope.reference, outcome.proof.clause]
    if scenario.clause:
        assert any(scenario.clause in clause for clause in clauses), clauses
    else:
        assert clauses == [""]


def test_every_shipped_policy_has_a_table_and_every_table_a_policy() -> None:
    assert {path.name for path in POLICY_FILES} == {path.name for path in TABLES}


@pytest.mark.parametrize("path", tables_with("scenario"))
def test_names_tell_the_scenarios_apart(path: Path) -> None:
    rows = rows_of(path, "scenario", Scenario)
    assert len(rows) >= KINDS["scenario"]
    assert len({row.name for row in rows}) == len(rows)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_a_table_has_rows_about_all_that_its_policy_sets(path: Path) -> None:
    table = tomllib.loads(path.read_text("utf-8"))
    assert table.keys() >= kinds_due(path)
    assert sum(map(len, table.values())) >= 12
