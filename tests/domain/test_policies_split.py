"""Who pays what of a bill: `split` of the table next to each shipped policy file.

A row of `given` names only what differs from `Given`: a working patient with no account of their
own at a secondary hospital in the area where they are insured. `expect` is a refusal's code, or
the payers in the order of payment: "fund", "own", a donor's rank, "cash". `clause` is part of the
refusal's clause, or of the clause of one of those lines; `skipped` says why a rank pays nothing.

The nation's table is about a province of our own making that has announced nothing.
"""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from msgspec import Struct
from msgspec.structs import replace

from service.domain.bill import Bill
from service.domain.calendar import SHANGHAI, start_of
from service.domain.donor import Donor, SkipReason
from service.domain.enrolment import PersonKind, Scheme
from service.domain.institution import InstitutionKind, InstitutionLevel, Service
from service.domain.pooling import Used
from service.domain.refusal import Refusal
from service.domain.settlement import Facts, Payer, Plan, split
from tests.domain import counter_samples as samples
from tests.domain.policy_tables import (
    KINDS,
    each_row,
    policies_and_silence,
    prefix_of,
    rows_of,
    tables_with,
)


class GivenDonor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A binding in force `days` already."""

    rank: int
    fen: int
    days: int = 10


class Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`institution_area`: None where the patient is insured; `fund_fen`: None when not asked yet;
    `used_...`: of the outpatient pooling, earlier this year."""

    area: str
    total_fen: int
    own_expense_fen: int = 0
    fund_fen: int | None = None
    service: Service = "outpatient"
    scheme: Scheme = "employee"
    person_kind: PersonKind = "working"
    kind: InstitutionKind = "hospital"
    level: InstitutionLevel = "secondary"
    institution_area: str | None = None
    away: bool = True
    filed: tuple[str, ...] = ()
    own_fen: int | None = None
    own_held_fen: int = 0
    donors: tuple[GivenDonor, ...] = ()
    used_eligible_fen: int = 0
    used_fund_fen: int = 0


class Split(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    on: date
    given: Given
    expect: str | tuple[tuple[Payer | int, int], ...]
    clause: str
    skipped: dict[int, SkipReason] = {}


def facts(given: Given, *, on: date) -> Facts:
    patient = samples.patient(given.area, scheme=given.scheme, person_kind=given.person_kind)
    place = samples.institution(
        kind=given.kind,
        level=given.level,
        area=given.institution_area or given.area,
        away=given.away,
    )
    own = None if given.own_fen is None else samples.account(given.own_fen, given.own_held_fen)
    return Facts(
        patient=patient,
        institution=place,
        own=own,
        donors=tuple(_donor(number, it, on=on) for number, it in enumerate(given.donors)),
        benefit=Used(eligible_fen=given.used_eligible_fen, fund_fen=given.used_fund_fen),
        filed_areas=given.filed,
    )


def _donor(number: int, given: GivenDonor, *, on: date) -> Donor:
    began = on - timedelta(days=given.days)
    donor = samples.donor(given.rank, fen=given.fen, begins_on=began, effective_at=start_of(began))
    return replace(donor, binding_id=UUID(int=999 - number), donor_id=UUID(int=1_999 - number))


def decide(given: Given, *, on: date) -> Plan | Refusal:
    bill = Bill(
        service=given.service,
        total_fen=given.total_fen,
        own_expense_fen=given.own_expense_fen,
        fund_fen=given.fund_fen,
    )
    rules = policies_and_silence().at(on, given.area)
    assert rules is not None
    noon = datetime.combine(on, time(12), SHANGHAI)
    return split(bill, facts(given, on=on), rules, now=noon)


@pytest.mark.parametrize("row", each_row("split", Split))
def test_split(row: Split) -> None:
    outcome = decide(row.given, on=row.on)
    if isinstance(outcome, Refusal):
        assert (outcome.code, {}) == (row.expect, row.skipped)
        clauses = [outcome.clause]
    else:
        assert tuple(samples.shares(outcome)) == row.expect
        assert samples.reasons(outcome) == row.skipped
        assert sum(line.amount_fen for line in outcome.lines) == row.given.total_fen
        clauses = [line.clause for line in outcome.lines]
    if row.clause:
        assert any(row.clause in clause for clause in clauses), clauses
    else:
        assert not any(clauses), clauses


@pytest.mark.parametrize("path", tables_with("split"))
def test_a_table_is_about_its_own_area(path: Path) -> None:
    rows = rows_of(path, "split", Split)
    assert len(rows) >= KINDS["split"]
    assert len({row.name for row in rows}) == len(rows)
    assert all(row.given.area.startswith(prefix_of(path)) for row in rows)


@pytest.mark.parametrize("path", tables_with("split"))
def test_a_table_tells_both_who_pays_and_who_does_not(path: Path) -> None:
    rows = rows_of(path, "split", Split)
    refused = {row.expect for row in rows if isinstance(row.expect, str)}
    payers = {payer for row in rows if not isinstance(row.expect, str) for payer, _ in row.expect}
    assert "settlement.service_not_payable" in refused
    assert {"own", 1, 2, "cash"} <= payers
