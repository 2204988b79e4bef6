"""Taking a settlement back: to exactly the accounts that paid, the last payer first.

Full refunds restore every share. A partial one goes in reverse order of deduction: cash (the
institution hands it back), donors from the last to the first, the own account, the fund. No source
states another order; see docs/decisions.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from service.domain.refusal import Refusal
from service.domain.settlement import Line, Payer, Plan


class RefundPlan(Struct, frozen=True, kw_only=True):
    """What goes back to whom, in the order it is taken from the settlement's lines."""

    lines: tuple[Line, ...]

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)

    def returned_to(self, payer: Payer) -> int:
        return sum(line.amount_fen for line in self.lines if line.payer == payer)


def eligible_back(plan: Plan, *, before_fen: int, now_fen: int) -> int:
    """How much of the eligible part a refund of `now_fen` gives back to the year's benefit, after
    refunds of `before_fen`: in proportion to the bill, all of it with the last fen."""

    def given_back(refunded_fen: int) -> int:
        return plan.eligible_fen * refunded_fen // plan.bill.total_fen

    return given_back(before_fen + now_fen) - given_back(before_fen)


def remaining(paid: Sequence[Line], refunds: Sequence[RefundPlan]) -> tuple[Line, ...]:
    """The settlement's lines less what was refunded of each before."""
    left = []
    for line in paid:
        back = sum(
            returned.amount_fen
            for refund in refunds
            for returned in refund.lines
            if (returned.payer, returned.binding_id) == (line.payer, line.binding_id)
        )
        left.append(replace(line, amount_fen=line.amount_fen - back))
    return tuple(left)


def plan_refund(left: Sequence[Line], *, amount_fen: int | None) -> RefundPlan | Refusal:
    """`left`: lines in order of deduction, less earlier refunds. `amount_fen` None: all of it,
    which is an empty plan when nothing is left."""
    whole = sum(line.amount_fen for line in left)
    need = whole if amount_fen is None else amount_fen
    if need > whole or (amount_fen is not None and amount_fen <= 0):
        return Refusal(code="refund.exceeds_settlement")
    lines = []
    for line in reversed(left):
        part = min(need, line.amount_fen)
        if part:
            lines.append(replace(line, amount_fen=part))
            need -= part
    return RefundPlan(lines=tuple(lines))
