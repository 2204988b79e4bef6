"""What policies say of the residents' premium (居民医保费): years, windows, amounts, waiting."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from service.domain.resident import Category

Amounts = Annotated[dict[Category, Annotated[int, Meta(ge=0)]], Meta(min_length=1)]
"""Fen a year by category; 0: nothing to pay. A category that is missing: no source states it."""
FIRST_YEAR, LAST_YEAR = 2020, 2100
"""What can be a premium year at all: a slip of the pen is found, no rule is told by it."""
PremiumYear = Annotated[int, Meta(ge=FIRST_YEAR, le=LAST_YEAR)]


class PremiumWindow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a premium year is collected (集中缴费期): both days belong to it, Asia/Shanghai."""

    year: PremiumYear
    opens_on: date
    closes_on: date
    amounts_fen: Amounts

    def __post_init__(self) -> None:
        if self.closes_on < self.opens_on:
            raise ValueError("a window closes before it opens")


class PremiumLate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Paying after the window: until when, and how much, which may be more than in the window."""

    year: PremiumYear
    closes_on: date
    amounts_fen: Amounts


class Waiting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Months until benefits begin (待遇等待期): fixed for who pays late or has a gap, and more for
    each further year of a gap. Whether years before `stated_from_year` count is not stated."""

    fixed_months: Annotated[int, Meta(ge=1)]
    stated_from_year: PremiumYear
    months_per_further_year: Annotated[int, Meta(ge=0)]
