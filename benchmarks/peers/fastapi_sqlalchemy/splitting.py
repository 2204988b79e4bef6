"""Who pays what: the fund, the own account, donors by rank and limits, cash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from benchmarks.peers.fastapi_sqlalchemy import schemas
from benchmarks.peers.fastapi_sqlalchemy.models import Account, Allowance, Binding

_CLAUSE = (
    "国办发〔2021〕14号规定共济使用个人账户；公开指引（2025-03-12）："
    "优先使用本人个人账户，家庭共济资金在个人账户余额不足时启用"
)


@dataclass(kw_only=True)
class Part:
    payer: Literal["fund", "own", "donor", "cash"]
    amount_fen: int
    text: str
    account: Account | None = None
    binding: Binding | None = None


@dataclass(kw_only=True)
class Splitter:
    patient_id: UUID
    accounts: dict[UUID, Account]
    bindings: Sequence[Binding]
    allowances: Sequence[Allowance]
    now: datetime

    def split(self, bill: schemas.Bill) -> list[Part]:
        fund = bill.fund_fen or 0
        need = bill.total_fen - fund
        own_account = self.accounts.get(self.patient_id)
        own = min(need, max(0, own_account.available_fen)) if own_account else 0
        need -= own
        parts = [
            Part(payer="fund", amount_fen=fund, text="基金支付"),
            Part(payer="own", amount_fen=own, text="使用人本人的个人账户支付", account=own_account),
        ]
        for binding in sorted(self.bindings, key=lambda b: (b.rank, b.effective_at, b.id)):
            amount = min(need, self._room(binding)) if self._in_force(binding) else 0
            need -= amount
            parts.append(
                Part(
                    payer="donor",
                    amount_fen=amount,
                    text=f"家庭共济支付（第 {binding.rank} 顺位）",
                    account=self.accounts.get(binding.donor_id),
                    binding=binding,
                )
            )
        parts.append(Part(payer="cash", amount_fen=need, text="现金支付"))
        return [part for part in parts if part.amount_fen]

    def allowance(self, binding: Binding, year: int) -> Allowance | None:
        return next(
            (a for a in self.allowances if a.binding_id == binding.id and a.year == year), None
        )

    def _in_force(self, binding: Binding) -> bool:
        today = self.now.astimezone(ZoneInfo("Asia/Shanghai")).date()
        return (
            binding.state == "active"
            and binding.effective_at is not None
            and binding.effective_at <= self.now
            and binding.begins_on <= today
            and not binding.expired_on(today)
        )

    def _room(self, binding: Binding) -> int:
        account = self.accounts.get(binding.donor_id)
        if account is None:
            return 0
        used = [a for a in self.allowances if a.binding_id == binding.id]
        year = self.now.astimezone(ZoneInfo("Asia/Shanghai")).year
        rooms = [account.available_fen]
        if binding.use_limit_fen is not None:
            rooms.append(binding.use_limit_fen)
        if binding.year_limit_fen is not None:
            this_year = sum(a.used_fen + a.held_fen for a in used if a.year == year)
            rooms.append(binding.year_limit_fen - this_year)
        if binding.total_limit_fen is not None:
            rooms.append(binding.total_limit_fen - sum(a.used_fen + a.held_fen for a in used))
        return max(0, min(rooms))


def split_view(bill: schemas.Bill, parts: list[Part], splitter: Splitter) -> schemas.Split:
    """What the counter is told. Called before the money moves."""
    paid = {payer: _paid(parts, payer) for payer in ("fund", "own", "donor", "cash")}
    own = splitter.accounts.get(splitter.patient_id)
    paying = {part.binding.id for part in parts if part.binding}
    return schemas.Split(
        total_fen=bill.total_fen,
        fund_fen=paid["fund"],
        own_fen=paid["own"],
        aid_fen=paid["donor"],
        cash_fen=paid["cash"],
        balance_after_fen=(own.posted_fen if own else 0) - paid["own"],
        lines=[
            schemas.Line(
                payer=part.payer,
                amount_fen=part.amount_fen,
                text=part.text,
                clause=_CLAUSE,
                rank=part.binding.rank if part.binding else None,
            )
            for part in parts
        ],
        skipped=[
            schemas.Skipped(rank=b.rank, reason="not_needed", text="前面的账户已经够付")
            for b in splitter.bindings
            if b.id not in paying
        ],
        sentence=f"总额 {bill.total_fen / 100:.2f} 元："
        + "，".join(f"{payer} {fen / 100:.2f} 元" for payer, fen in paid.items() if fen),
    )


def _paid(parts: list[Part], payer: str) -> int:
    return sum(part.amount_fen for part in parts if part.payer == payer)
