"""Outpatient pooling (门诊统筹), estimated by the patient's own benefits and never a donor's."""

from typing import Annotated

from msgspec import Meta, Struct

from service.domain.enrolment import PersonKind, Scheme
from service.domain.institution import InstitutionKind, InstitutionLevel, Service

Percent = Annotated[int, Meta(ge=0, le=100)]
Amount = Annotated[int, Meta(ge=0)]

POOLED: frozenset[Service] = frozenset({"outpatient", "pharmacy"})
"""普通门诊 and designated pharmacies; emergencies and chronic diseases have rules of their own."""


class Benefit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tertiary_percent` also holds for designated pharmacies; amounts in fen per calendar year."""

    deductible_fen: Amount
    cap_fen: Amount
    tertiary_percent: Percent
    other_percent: Percent


class Pooling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By the patient's standing in the employees' scheme."""

    working: Benefit
    retired: Benefit

    def of(self, scheme: Scheme, kind: PersonKind) -> Benefit | None:
        """The benefit of a person; None for who has none of this kind."""
        if scheme != "employee" or kind not in ("working", "retired"):
            return None
        return self.retired if kind == "retired" else self.working


class Used(Struct, frozen=True, kw_only=True):
    """What the patient had in this calendar year before this bill."""

    eligible_fen: int = 0
    fund_fen: int = 0


def estimate(
    benefit: Benefit,
    eligible_fen: int,
    *,
    kind: InstitutionKind,
    level: InstitutionLevel,
    used: Used,
) -> int:
    """What the fund pays of `eligible_fen`: above what is left of the deductible, by the rate of
    the institution, rounded down to a fen, up to what is left of the cap."""
    deductible = max(0, benefit.deductible_fen - used.eligible_fen)
    high = level == "tertiary" or kind == "pharmacy"
    percent = benefit.tertiary_percent if high else benefit.other_percent
    paid = max(0, eligible_fen - deductible) * percent // 100
    return max(0, min(paid, benefit.cap_fen - used.fund_fen))
