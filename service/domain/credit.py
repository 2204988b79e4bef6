"""Monthly credits to personal accounts (划账): how much, by what someone is and the area."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

CreditCategory = Literal["employee", "flexible", "retiree"]
CreditBase = Literal["contribution", "base", "pension_average"]


class CreditRate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`of`: what is multiplied, in fen: the person's own contribution of the month, the base of
    contribution, or the area's average pension; `permille` of it is credited."""

    of: CreditBase
    permille: Annotated[int, Meta(ge=1, le=1000)]


class CreditRates(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    employee: CreditRate
    flexible: CreditRate
    retiree: CreditRate

    def credit_fen(self, category: CreditCategory, base_fen: int) -> int:
        """The credit, rounded half up to a fen."""
        rate: CreditRate = getattr(self, category)
        return (base_fen * rate.permille + 500) // 1000
