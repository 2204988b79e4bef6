"""The bill a counter asks us to split: integer fen, parts that add up, one kind of service."""

from msgspec import Struct

from service.domain.institution import Service
from service.domain.money import FEN_MAX
from service.domain.refusal import Refusal


class Bill(Struct, frozen=True, kw_only=True):
    """`total_fen` is the whole bill (医疗费总额). Its parts in the words of the national
    interface: `own_expense_fen` 全自费, `over_limit_fen` 超限价自费, `own_first_fen` 先行自付, and
    the rest is within the scope of the policy (符合政策范围). `fund_fen` is what the fund has paid
    when the bill has been through it already, None when it has not."""

    service: Service
    total_fen: int
    own_expense_fen: int = 0
    over_limit_fen: int = 0
    own_first_fen: int = 0
    in_scope_fen: int | None = None
    fund_fen: int | None = None

    @property
    def eligible_fen(self) -> int:
        """Within the scope of the policy: what the fund reckons from."""
        if self.in_scope_fen is not None:
            return self.in_scope_fen
        return self.total_fen - self.own_expense_fen - self.over_limit_fen - self.own_first_fen


def check_bill(bill: Bill) -> Refusal | None:
    """Amounts in range, parts that add up, a fund that pays no more than the bill."""
    parts = (bill.own_expense_fen, bill.over_limit_fen, bill.own_first_fen, bill.in_scope_fen or 0)
    if not 0 < bill.total_fen <= FEN_MAX or any(part < 0 for part in parts):
        return Refusal(code="bill.amount_out_of_range")
    if sum(parts) > bill.total_fen or (
        bill.in_scope_fen is not None and sum(parts) != bill.total_fen
    ):
        return Refusal(code="bill.parts_do_not_add_up")
    if bill.fund_fen is not None and not 0 <= bill.fund_fen <= bill.total_fen:
        return Refusal(code="bill.fund_exceeds_total")
    return None
