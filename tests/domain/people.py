"""Synthetic people and bindings for the tests of the domain."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from service.domain.binding import Binding
from service.domain.enrolment import Enrolment, InsuredPerson
from service.domain.person import IdNumber


def number_text(body: str) -> str:
    """`body` (17 digits) with its check character, by the recursion of ISO 7064 MOD 11-2."""
    carried = 0
    for digit in body:
        carried = (carried + int(digit)) * 2 % 11
    return body + "0123456789X"[(12 - carried) % 11]


def id_number(
    born_on: date = date(1990, 1, 1), *, area: str = "530602", sequence: int = 123
) -> IdNumber:
    """A valid number; an odd `sequence` is a man's."""
    return IdNumber(number_text(f"{area}{born_on:%Y%m%d}{sequence:03d}"))


def enrolment(**changes: Any) -> Enrolment:
    """Active in 昭通's employee scheme, with an account of 100 yuan."""
    base = Enrolment(
        scheme="employee",
        scheme_code="310",
        status="active",
        person_kind="working",
        area="530600",
        account_balance_fen=10_000,
    )
    return replace(base, **changes)


def insured(*enrolments: Enrolment, number: IdNumber | None = None) -> InsuredPerson:
    number = number or id_number()
    return InsuredPerson(
        person_number=f"P{number.text}",
        id_number=number.text,
        name="测试甲",
        sex=number.sex,
        born_on=number.born_on,
        enrolments=enrolments,
    )


def binding(**changes: Any) -> Binding:
    """Active since 2026-01-05 09:05 in Shanghai, for a wife, without end or limits."""
    at = datetime(2026, 1, 5, 1, 5, tzinfo=UTC)
    base = Binding(
        id=UUID(int=1),
        donor_id=UUID(int=2),
        beneficiary_id=UUID(int=3),
        area="530600",
        relation="12",
        channel="wechat",
        state="active",
        review=None,
        applied_by=None,
        begins_on=date(2026, 1, 5),
        ends_on=None,
        rank=1,
        total_limit_fen=None,
        year_limit_fen=None,
        use_limit_fen=None,
        applied_at=at,
        signed_at=at,
        effective_at=at,
        ended_at=None,
    )
    return replace(base, **changes)
