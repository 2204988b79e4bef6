"""What the insurance platform says of a person: who they are and how they are enrolled."""

from datetime import date
from typing import Literal

from msgspec import Struct

from service.domain.person import Sex

Scheme = Literal["employee", "resident", "other"]
EnrolmentStatus = Literal["active", "suspended", "ended", "none"]
PersonKind = Literal["working", "retired", "resident", "other"]


class Enrolment(Struct, frozen=True, kw_only=True):
    """One enrolment. `area` is the six-digit insurance area as the platform names it."""

    scheme: Scheme
    scheme_code: str
    status: EnrolmentStatus
    person_kind: PersonKind
    area: str
    account_balance_fen: int | None = None


class InsuredPerson(Struct, frozen=True, kw_only=True):
    """A person known to the platform, with every enrolment it lists."""

    person_number: str
    id_number: str
    name: str
    sex: Sex
    born_on: date
    enrolments: tuple[Enrolment, ...]

    @property
    def active(self) -> tuple[Enrolment, ...]:
        """Active enrolments in basic insurance: the employees' or the residents' scheme."""
        return tuple(e for e in self.enrolments if e.status == "active" and e.scheme != "other")


def principal(insured: InsuredPerson) -> Enrolment | None:
    """The active enrolment that decides where someone belongs: the employees' scheme first, since
    it has the account; None when there is none."""
    return min(insured.active, key=lambda e: e.scheme != "employee", default=None)


def pooling_area(area: str) -> str:
    """The pooling area (统筹区) an insurance area belongs to: its city (GB/T 2260, four digits)."""
    return area[:4] + "00"


def province(area: str) -> str:
    return area[:2] + "0000"
