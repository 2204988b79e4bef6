"""What a counter sends and sees, in integer fen: bills in, splits out, each line explained."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from service.domain.bill import Bill
from service.domain.donor import SkipReason
from service.domain.institution import Service
from service.domain.money import FEN_MAX, yuan_text
from service.domain.receipt import Receipt, RefundReceipt
from service.domain.settlement import Line, Payer, Plan
from service.handlers.views import local

Amount = Annotated[int, Meta(ge=0, le=FEN_MAX, description="金额，单位：分")]
CodeText = Annotated[str, Meta(min_length=1, max_length=128, description="扫到的家庭码")]


class BillBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """全自费、超限价、先行自付和政策范围内之和等于总额；`fund_fen` 是基金已支付的金额。"""

    service: Service
    total_fen: Annotated[int, Meta(ge=1, le=FEN_MAX, description="医疗费总额，单位：分")]
    own_expense_fen: Amount = 0
    over_limit_fen: Amount = 0
    own_first_fen: Amount = 0
    in_scope_fen: Amount | None = None
    fund_fen: Amount | None = None

    @property
    def bill(self) -> Bill:
        return Bill(
            service=self.service,
            total_fen=self.total_fen,
            own_expense_fen=self.own_expense_fen,
            over_limit_fen=self.over_limit_fen,
            own_first_fen=self.own_first_fen,
            in_scope_fen=self.in_scope_fen,
            fund_fen=self.fund_fen,
        )


class OrderBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: CodeText
    bill: BillBody


class LineView(Struct, frozen=True, kw_only=True):
    """Whose money is told by the rank only: a counter never learns a donor's name."""

    payer: Payer
    amount_fen: int
    text: str
    clause: str
    rank: int | None


class SkippedView(Struct, frozen=True, kw_only=True):
    rank: int
    reason: SkipReason
    text: str


class SplitView(Struct, frozen=True, kw_only=True):
    """`balance_after_fen`: what is left in the patient's own account."""

    total_fen: int
    fund_fen: int
    own_fen: int
    aid_fen: int
    cash_fen: int
    balance_after_fen: int
    lines: list[LineView]
    skipped: list[SkippedView]
    sentence: str


class QuoteView(Struct, frozen=True, kw_only=True):
    """Binding for nobody: settling decides anew."""

    patient: str
    split: SplitView


class SettlementView(Struct, frozen=True, kw_only=True):
    """`refunded_fen` is what was taken back so far; `split` stays as it was settled."""

    id: UUID
    message_id: str
    settled_at: datetime
    split: SplitView
    refunded_fen: int


class RefundView(Struct, frozen=True, kw_only=True):
    """`lines`: to whom it goes back, the last payer first; cash is handed back at the counter."""

    id: UUID
    settlement_id: UUID
    message_id: str
    refunded_at: datetime
    total_fen: int
    fund_fen: int
    own_fen: int
    aid_fen: int
    cash_fen: int
    lines: list[LineView]
    sentence: str


def split_view(plan: Plan) -> SplitView:
    return SplitView(
        total_fen=plan.bill.total_fen,
        fund_fen=plan.paid_by("fund"),
        own_fen=plan.paid_by("own"),
        aid_fen=plan.paid_by("donor"),
        cash_fen=plan.paid_by("cash"),
        balance_after_fen=plan.balance_after_fen,
        lines=[line_view(line) for line in plan.lines],
        skipped=[
            SkippedView(rank=skipped.rank, reason=skipped.reason, text=skipped.text)
            for skipped in plan.skipped
        ],
        sentence=_sentence(plan),
    )


def line_view(line: Line) -> LineView:
    return LineView(
        payer=line.payer,
        amount_fen=line.amount_fen,
        text=line.text,
        clause=line.clause,
        rank=line.rank,
    )


def settlement_view(receipt: Receipt, *, refunded_fen: int = 0) -> SettlementView:
    return SettlementView(
        id=receipt.settlement_id,
        message_id=receipt.message_id,
        settled_at=local(receipt.settled_at),
        split=split_view(receipt.plan),
        refunded_fen=refunded_fen,
    )


def refund_view(receipt: RefundReceipt) -> RefundView:
    plan = receipt.plan
    cash = plan.returned_to("cash")
    to_hand = f"请退还现金 {yuan_text(cash)} 元，" if cash else ""
    return RefundView(
        id=receipt.refund_id,
        settlement_id=receipt.settlement_id,
        message_id=receipt.message_id,
        refunded_at=local(receipt.refunded_at),
        total_fen=plan.total_fen,
        fund_fen=plan.returned_to("fund"),
        own_fen=plan.returned_to("own"),
        aid_fen=plan.returned_to("donor"),
        cash_fen=cash,
        lines=[line_view(line) for line in plan.lines],
        sentence=f"已退费 {yuan_text(plan.total_fen)} 元。{to_hand}其余退回原支付账户。",
    )


def _sentence(plan: Plan) -> str:
    """What a cashier reads aloud."""
    names: tuple[tuple[Payer, str], ...] = (
        ("fund", "基金"),
        ("own", "本人账户"),
        ("donor", "家庭共济"),
        ("cash", "现金"),
    )
    parts = [
        f"{name} {yuan_text(plan.paid_by(payer))} 元"
        for payer, name in names
        if plan.paid_by(payer)
    ]
    return f"总额 {yuan_text(plan.bill.total_fen)} 元：{'，'.join(parts)}。"
