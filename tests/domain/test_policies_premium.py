"""Whose premium can be paid, how much and until when: `premium` of the table next to each policy.

A row of `given` names only what differs from `Given`: an adult, an ordinary resident in good
standing, insured every year so far. `expect` is "due" or a refusal's code; `clause` is part of the
clause given with either, "" for none. `amount_fen`, `until`, `benefits` (a part of the sentence)
and `late` are those of what is due.
"""

from datetime import date
from pathlib import Path

import pytest
from msgspec import Struct

from service.domain.enrolment import EnrolmentStatus
from service.domain.payable import Due, payable
from service.domain.refusal import Refusal
from service.domain.resident import Category, Resident
from tests.domain.people import id_number
from tests.domain.policy_tables import (
    KINDS,
    each_row,
    policies_and_silence,
    prefix_of,
    rows_of,
    tables_with,
)


class Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`last_year`: the last credited one; 0 for none on record, missing for the year before."""

    area: str
    year: int
    category: Category = "ordinary"
    status: EnrolmentStatus = "active"
    employee: bool = False
    alive: bool = True
    known: bool = True
    credited: bool = False
    last_year: int | None = None
    born_on: date = date(1985, 6, 15)


class Premium(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    on: date
    given: Given
    expect: str
    clause: str
    amount_fen: int | None = None
    until: date | None = None
    benefits: str = ""
    late: bool = False


def resident(given: Given) -> Resident:
    last_year = given.year - 1 if given.last_year is None else given.last_year or None
    return Resident(
        known=given.known,
        alive=given.alive,
        employee=given.employee,
        status=given.status,
        area=None if given.status == "none" else given.area,
        category=given.category,
        last_year=last_year,
        credited=given.credited,
    )


def decide(given: Given, *, on: date) -> Due | Refusal:
    rules = policies_and_silence().at(on, given.area)
    assert rules is not None
    number = id_number(given.born_on)
    return payable(resident(given), number, rules, year=given.year, today=on)


@pytest.mark.parametrize("row", each_row("premium", Premium))
def test_premium(row: Premium) -> None:
    outcome = decide(row.given, on=row.on)
    if isinstance(outcome, Refusal):
        assert outcome.code == row.expect
        assert (row.amount_fen, row.until, row.benefits, row.late) == (None, None, "", False)
    else:
        assert row.expect == "due"
        assert (outcome.year, outcome.category) == (row.given.year, row.given.category)
        assert (outcome.amount_fen, outcome.until) == (row.amount_fen, row.until)
        assert outcome.late == row.late
        assert row.benefits
        assert row.benefits in outcome.benefits
    assert row.clause in outcome.clause
    assert bool(row.clause) == bool(outcome.clause)


@pytest.mark.parametrize("path", tables_with("premium"))
def test_a_table_is_about_its_own_area(path: Path) -> None:
    rows = rows_of(path, "premium", Premium)
    assert len(rows) >= KINDS["premium"]
    assert len({row.name for row in rows}) == len(rows)
    assert all(row.given.area.startswith(prefix_of(path)) for row in rows)
