"""Synthetic patients, institutions, donors and rules for the tests of the counter."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from service.domain.bill import Bill
from service.domain.donor import Account, Donor
from service.domain.institution import Institution
from service.domain.policy import Rules
from service.domain.pooling import Used
from service.domain.settlement import Facts, Patient, Plan, split
from tests.domain.shipped import policies

NOW = datetime(2026, 1, 15, 4, tzinfo=UTC)
TODAY = date(2026, 1, 15)
SHAANXI, YUNNAN, PANZHIHUA = "610100", "530600", "510400"
PATIENT = UUID(int=3)


def rules_at(area: str = SHAANXI, day: date = TODAY, **values: Any) -> Rules:
    """The shipped rules of an area, some with other values."""
    rules = policies().at(day, area)
    assert rules is not None
    changed = {name: replace(getattr(rules, name), value=value) for name, value in values.items()}
    return replace(rules, **changed)


def account(posted_fen: int, held_fen: int = 0) -> Account:
    return Account(posted_fen=posted_fen, held_fen=held_fen, version=1)


def binding_id(number: int) -> UUID:
    return UUID(int=100 + number)


def donor(number: int = 1, *, fen: int = 10_000, **changes: Any) -> Donor:
    """Of that rank, in force for ten days, with `fen` on the account and no limits."""
    base = Donor(
        binding_id=binding_id(number),
        donor_id=UUID(int=200 + number),
        state="active",
        rank=number,
        begins_on=date(2026, 1, 5),
        ends_on=None,
        effective_at=datetime(2026, 1, 5, 1, 5, tzinfo=UTC),
        total_limit_fen=None,
        year_limit_fen=None,
        use_limit_fen=None,
        used_fen=0,
        used_year_fen=0,
        account=account(fen),
    )
    return replace(base, **changes)


def institution(**changes: Any) -> Institution:
    """A secondary hospital in the patient's city that settles everything for everybody."""
    base = Institution(
        code="H61010000001",
        name="测试医院",
        kind="hospital",
        level="secondary",
        area=SHAANXI,
        address="测试路1号",
        services=(
            "outpatient",
            "emergency",
            "chronic",
            "inpatient",
            "pharmacy",
            "vaccine",
            "checkup",
        ),
        patient_areas=(),
        away=True,
        open_from=date(2020, 1, 1),
        open_until=None,
    )
    return replace(base, **changes)


def patient(area: str = SHAANXI, **changes: Any) -> Patient:
    base = Patient(id=PATIENT, area=area, scheme="employee", person_kind="working")
    return replace(base, **changes)


def facts(*donors: Donor, area: str = SHAANXI, own: int | None = None, **changes: Any) -> Facts:
    """A patient at home in `area`, with `own` fen on the own account, None for no account."""
    base = Facts(
        patient=patient(area),
        institution=institution(area=area),
        own=None if own is None else account(own),
        donors=donors,
        benefit=Used(),
    )
    return replace(base, **changes)


def bill(total_fen: int = 10_000, **changes: Any) -> Bill:
    base = Bill(service="outpatient", total_fen=total_fen)
    return replace(base, **changes)


def planned(what: Bill, known: Facts, rules: Rules | None = None, now: datetime = NOW) -> Plan:
    """The plan, where there has to be one."""
    plan = split(what, known, rules or rules_at(known.patient.area), now=now)
    assert isinstance(plan, Plan), plan
    return plan


def shares(plan: Plan) -> list[tuple[str | int, int]]:
    """Who pays what in order: a donor by the rank, the others by their word."""
    return [(line.rank or line.payer, line.amount_fen) for line in plan.lines]


def reasons(plan: Plan) -> dict[int, str]:
    """Why a donor of a rank pays nothing."""
    return {skipped.rank: skipped.reason for skipped in plan.skipped}
