"""The split of one bill: fund, own account, donors in order, cash. Pure: facts in, plan out.

Own money first (先本人、后共济), then the donors by rank (支付顺位) and by how long their binding
has been in force; the rest is cash. Every line names the rule it rests on; a donor passed over is
told with the reason.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.domain.bill import Bill, check_bill
from service.domain.calendar import business_date, date_text
from service.domain.donor import (
    Account,
    Donor,
    SkipReason,
    most_of,
    order,
    out_of_force,
    skip_text,
    why_nothing,
)
from service.domain.enrolment import PersonKind, Scheme, pooling_area, province
from service.domain.institution import SERVICE_TEXT, Institution
from service.domain.policy import Rules
from service.domain.pooling import POOLED, Used, estimate
from service.domain.refusal import Refusal

Payer = Literal["fund", "own", "donor", "cash"]


class Patient(Struct, frozen=True, kw_only=True):
    """Whose code was shown, as the platform described them when the code was made."""

    id: UUID
    area: str
    scheme: Scheme
    person_kind: PersonKind


class Facts(Struct, frozen=True, kw_only=True):
    """Everything the split rests on. `filed_areas`: where a filing covers the patient today."""

    patient: Patient
    institution: Institution
    own: Account | None
    donors: tuple[Donor, ...]
    benefit: Used
    filed_areas: tuple[str, ...] = ()


class Line(Struct, frozen=True, kw_only=True):
    """One payer's part. `binding_id` and `book_id` say whose money; cash and fund have neither."""

    payer: Payer
    amount_fen: int
    text: str
    clause: str
    rank: int | None = None
    binding_id: UUID | None = None
    book_id: UUID | None = None


class Skipped(Struct, frozen=True, kw_only=True):
    """A donor who pays nothing of this bill, and why."""

    binding_id: UUID
    rank: int
    reason: SkipReason
    text: str


class Plan(Struct, frozen=True, kw_only=True):
    """The split: lines in the order of payment, none of them zero; their sum is the bill.
    `eligible_fen` and `pooled_fen` count towards the patient's outpatient benefit of the year."""

    bill: Bill
    lines: tuple[Line, ...]
    skipped: tuple[Skipped, ...]
    eligible_fen: int
    pooled_fen: int
    balance_after_fen: int

    def paid_by(self, payer: Payer) -> int:
        return sum(line.amount_fen for line in self.lines if line.payer == payer)


def split(bill: Bill, facts: Facts, rules: Rules, *, now: datetime) -> Plan | Refusal:
    """Decide who pays what. Refuses a bill that does not add up, or that may not be paid here."""
    refusal = check_bill(bill) or _allowed(bill, facts, rules, today=business_date(now))
    if refusal is not None:
        return refusal
    fund, estimated, pooled = _fund(bill, facts, rules)
    open_fen = bill.total_fen - fund
    payable = open_fen if rules.pays_own_expense.value else open_fen - bill.own_expense_fen
    payable = max(0, payable)
    own, balance = _own(facts, payable)
    lines = [_fund_line(fund, rules, estimated=estimated), _own_line(own, facts, rules)]
    donor_lines, skipped = _donors(facts, rules, payable - own, balance=balance, now=now)
    cash = open_fen - own - sum(line.amount_fen for line in donor_lines)
    lines += [*donor_lines, _cash_line(cash, rules)]
    return Plan(
        bill=bill,
        lines=tuple(line for line in lines if line.amount_fen),
        skipped=tuple(skipped),
        eligible_fen=bill.eligible_fen if pooled else 0,
        pooled_fen=fund if pooled else 0,
        balance_after_fen=balance,
    )


def _allowed(bill: Bill, facts: Facts, rules: Rules, *, today: date) -> Refusal | None:
    """What may be settled at this institution for this patient at all."""
    institution, area = facts.institution, facts.patient.area
    names = {"service": SERVICE_TEXT[bill.service]}
    if not institution.open_on(today):
        return Refusal(code="institution.closed")
    if bill.service not in institution.services:
        return Refusal(code="institution.service_not_agreed", facts=names)
    if not institution.takes(area):
        return Refusal(code="institution.area_not_agreed")
    if bill.service not in (rules.payable_services.value or ()):
        return Refusal(
            code="settlement.service_not_payable",
            clause=rules.payable_services.reference,
            facts=names,
        )
    return _filed(institution, area, facts.filed_areas, rules)


def _filed(
    institution: Institution, area: str, filed: Iterable[str], rules: Rules
) -> Refusal | None:
    if pooling_area(area) != pooling_area(institution.area) and not institution.away:
        return Refusal(code="institution.not_for_away_patients")
    scope = rules.away_filing.value
    near = {"outside_area": pooling_area, "outside_province": province}
    if scope is None or near[scope](area) == near[scope](institution.area):
        return None
    if not any(covers(filed_area, institution.area) for filed_area in filed):
        return Refusal(code="settlement.filing_needed", clause=rules.away_filing.reference)
    return None


def covers(filed_area: str, area: str) -> bool:
    """Whether a filing for a province, city or county covers an institution's area."""
    significant = 2 if filed_area.endswith("0000") else 4 if filed_area.endswith("00") else 6
    return area.startswith(filed_area[:significant])


def _fund(bill: Bill, facts: Facts, rules: Rules) -> tuple[int, bool, bool]:
    """What the fund pays, whether that is our estimate, and whether the bill counts towards the
    outpatient benefit of the year, which it also does when the fund has paid already."""
    patient, place = facts.patient, facts.institution
    pooling = rules.outpatient_pooling.value
    benefit = pooling.of(patient.scheme, patient.person_kind) if pooling else None
    pooled = benefit is not None and bill.service in POOLED
    if bill.fund_fen is not None:
        return bill.fund_fen, False, pooled
    if benefit is None or not pooled:
        return 0, False, False
    fund = estimate(
        benefit, bill.eligible_fen, kind=place.kind, level=place.level, used=facts.benefit
    )
    return fund, True, True


def _own(facts: Facts, payable: int) -> tuple[int, int]:
    """What the own account pays, and what is left in it."""
    if facts.own is None:
        return 0, 0
    own = min(payable, max(0, facts.own.available_fen))
    return own, facts.own.posted_fen - own


def _donors(
    facts: Facts, rules: Rules, need: int, *, balance: int, now: datetime
) -> tuple[list[Line], list[Skipped]]:
    lines: list[Line] = []
    skipped: list[Skipped] = []
    had_own = facts.own is not None and facts.own.available_fen > 0
    blocked = (rules.donors_pay_when.value == "own_account_empty" and balance > 0) or (
        rules.mixed_payment.value is False and had_own
    )
    for donor in sorted(facts.donors, key=order):
        reason = out_of_force(donor, now=now) or ("own_money_left" if blocked else None)
        amount = 0 if reason else min(need, most_of(donor))
        if amount > 0:
            lines.append(_donor_line(donor, amount, rules))
            need -= amount
            continue
        reason = reason or ("not_needed" if need == 0 else why_nothing(donor))
        skipped.append(
            Skipped(
                binding_id=donor.binding_id,
                rank=donor.rank,
                reason=reason,
                text=skip_text(reason, donor.rank),
            )
        )
    return lines, skipped


def _fund_line(amount: int, rules: Rules, *, estimated: bool) -> Line:
    text = "基金支付（按使用人本人的门诊统筹待遇预估）" if estimated else "基金支付"
    clause = rules.outpatient_pooling.reference if estimated else ""
    return Line(payer="fund", amount_fen=amount, text=text, clause=clause)


def _own_line(amount: int, facts: Facts, rules: Rules) -> Line:
    return Line(
        payer="own",
        amount_fen=amount,
        text="使用人本人的个人账户支付",
        clause=rules.donors_pay_when.reference,
        book_id=facts.patient.id,
    )


def _donor_line(donor: Donor, amount: int, rules: Rules) -> Line:
    since = f"，{date_text(business_date(donor.effective_at))}起生效" if donor.effective_at else ""
    return Line(
        payer="donor",
        amount_fen=amount,
        text=f"家庭共济支付（第 {donor.rank} 顺位{since}）",
        clause=rules.donors_pay_when.reference,
        rank=donor.rank,
        binding_id=donor.binding_id,
        book_id=donor.donor_id,
    )


def _cash_line(amount: int, rules: Rules) -> Line:
    return Line(
        payer="cash",
        amount_fen=amount,
        text="现金支付",
        clause=rules.payable_services.reference,
    )
