"""What answers show of premiums and plans: masked, in Asia/Shanghai, with sentences; fen."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from service.domain.calendar import date_text
from service.domain.money import yuan_text
from service.domain.payable import Due
from service.domain.person import mask_name
from service.domain.premium import PremiumState
from service.domain.premium_plan import PlanSource
from service.domain.premium_plan import sentence as plan_sentence
from service.domain.premium_text import STATE_TEXT, Role, StepName, sentence, steps
from service.domain.refusal import Refusal
from service.domain.relation import RELATIONS
from service.flows.list_payable import Payable
from service.handlers.answers import Page
from service.handlers.views import local
from service.personal import name_purpose
from service.problems import Problem
from service.store.premium_plans import PlanRow
from service.store.premiums import SharedRow
from service.world import World


class PayableView(Struct, frozen=True, kw_only=True):
    """One relative. Where it cannot be paid, `code` and `clause` name the rule."""

    binding_id: UUID
    relative: str
    relation_text: str
    can_pay: bool
    sentence: str
    next_step: str
    benefits: str
    year: int | None = None
    amount_fen: int | None = None
    until: date | None = None
    late: bool = False
    code: str | None = None
    clause: str | None = None


class PayableList(Struct, frozen=True, kw_only=True):
    items: list[PayableView]


class StepView(Struct, frozen=True, kw_only=True):
    """A leg of the payment: 扣款, 税务开票, 医保到账."""

    name: StepName
    done: bool
    at: datetime | None
    sentence: str


class PremiumView(Struct, frozen=True, kw_only=True):
    """An order for one reader; `relative` is the other party, masked."""

    id: UUID
    role: Role
    relative: str
    year: int
    area: str
    area_name: str
    amount_fen: int | None
    late: bool
    state: PremiumState
    state_text: str
    sentence: str
    steps: list[StepView]
    receipt_number: str | None
    ordered_at: datetime


class PremiumPage(Page, frozen=True, kw_only=True):
    items: list[PremiumView]


class PlanView(Struct, frozen=True, kw_only=True):
    """A standing order; `year` null: every year. `most_fen` for one year."""

    id: UUID
    binding_id: UUID
    relative: str
    area: str
    area_name: str
    year: int | None
    most_fen: int
    source: PlanSource
    sentence: str
    made_at: datetime
    ended_at: datetime | None


class PlanPage(Page, frozen=True, kw_only=True):
    items: list[PlanView]


def payable_view(payable: Payable) -> PayableView:
    relative = mask_name(payable.relative.name)
    shared: dict[str, Any] = {
        "binding_id": payable.binding_id,
        "relative": relative,
        "relation_text": RELATIONS[payable.relation].text,
    }
    outcome = payable.outcome
    if isinstance(outcome, Refusal):
        problem = Problem.of(outcome).body
        return PayableView(
            **shared,
            can_pay=False,
            sentence=f"现在不能为{relative}缴费：{problem.detail}",
            next_step=problem.next_step,
            benefits="",
            code=problem.code,
            clause=problem.clause,
        )
    return PayableView(
        **shared,
        can_pay=True,
        sentence=_due_sentence(outcome, relative),
        next_step="核对金额后点击“缴费”，或办理预约代缴。",
        benefits=outcome.benefits,
        year=outcome.year,
        amount_fen=outcome.amount_fen,
        until=outcome.until,
        late=outcome.late,
        clause=outcome.clause,
    )


def _due_sentence(due: Due, relative: str) -> str:
    late = "（已过集中缴费期，按补缴办理）" if due.late else ""
    return (
        f"可以为{relative}缴纳{due.year}年度居民医保费 {yuan_text(due.amount_fen)} 元{late}，"
        f"截止到{date_text(due.until)}。"
    )


def premium_view(order: SharedRow, world: World, reader: UUID | None) -> PremiumView:
    role: Role = "relative" if reader == order.insured_id else "payer"
    sealed, owner = (
        (order.name_sealed, order.insured_id)
        if role == "payer"
        else (order.payer_name_sealed, order.book_id)
    )
    other = mask_name(world.vault.open_text(sealed, purpose=name_purpose(owner)))
    return PremiumView(
        id=order.premium_id,
        role=role,
        relative=other,
        year=order.year,
        area=order.area,
        area_name=world.policies.name_of(order.area),
        amount_fen=order.amount_fen,
        late=order.late,
        state=order.state,
        state_text=STATE_TEXT[order.state],
        sentence=sentence(
            order,
            role=role,
            relative=other,
            refund_declined=order.refund_state == "declined",
        ),
        steps=[
            StepView(name=step.name, done=step.done, at=local(step.at), sentence=step.sentence)
            for step in steps(order)
        ],
        receipt_number=order.receipt_number,
        ordered_at=local(order.made_at),
    )


def plan_view(plan: PlanRow, world: World) -> PlanView:
    relative = mask_name(
        world.vault.open_text(plan.name_sealed, purpose=name_purpose(plan.insured_id))
    )
    return PlanView(
        id=plan.plan_id,
        binding_id=plan.binding_id,
        relative=relative,
        area=plan.area,
        area_name=world.policies.name_of(plan.area),
        year=plan.year,
        most_fen=plan.most_fen,
        source=plan.source,
        sentence=plan_sentence(plan, relative=relative),
        made_at=local(plan.made_at),
        ended_at=local(plan.ended_at),
    )
