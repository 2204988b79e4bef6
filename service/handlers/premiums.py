"""Premiums for relatives (代缴): what can be paid, paying, 代缴信息, and giving back."""

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from service.domain.money import FEN_MAX
from service.domain.premium_terms import PremiumYear
from service.domain.refusal import Refusal
from service.flows.audit import actor_of
from service.flows.list_payable import list_payable
from service.flows.pay_premium import PremiumWish, pay_premium
from service.flows.refund_premium import refund_premium
from service.handlers.access import level
from service.handlers.answers import CONFIRMED, KEYED, LOOK_UP, SIGNED_IN, Change, documented
from service.handlers.applications import my_binding
from service.handlers.bindings import LAST, After, Limit, Nothing
from service.handlers.premium_views import (
    PayableList,
    PremiumPage,
    PremiumView,
    payable_view,
    premium_view,
)
from service.idempotency import Once
from service.problems import Problem
from service.sessions import Session
from service.store import premiums
from service.store.premiums import SharedRow
from service.world import World

Year = Annotated[PremiumYear, Meta(description="缴费年度", examples=[2026])]
NOT_PAYABLE = (
    "area.not_served",
    "premium.not_by_account",
    "premium.not_announced",
    "premium.amount_not_announced",
    "premium.not_open_yet",
    "premium.window_closed",
    "premium.person_not_matched",
    "premium.deceased",
    "premium.employee",
    "premium.suspended",
    "premium.not_registered",
    "premium.registered_elsewhere",
    "premium.already_paid",
    "premium.taken_care_of",
    "premium.nothing_to_pay",
    "premium.money_short",
    "premium.limit_reached",
    "premium.binding_paused",
    "premium.binding_ended",
    "premium.binding_not_begun",
)


class PremiumBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`amount_fen`: what the page showed. Another amount by now is told, and nothing is taken."""

    binding_id: UUID
    year: Year
    amount_fen: Annotated[int, Meta(ge=1, le=FEN_MAX, description="页面显示的应缴金额，单位：分")]


@get(
    "/premiums/payable",
    opt=level(2),
    summary="可以为哪些家人缴费",
    responses=documented(*SIGNED_IN, *LOOK_UP),
)
async def payable(world: NamedDependency[World], session: NamedDependency[Session]) -> PayableList:
    """我共济给的每位家人：能不能缴、缴多少、到哪天截止、晚缴有什么影响；不能缴的说明依据哪条规定。"""
    me = session.person_id
    assert me is not None
    await _counted(world, me)
    return PayableList(items=[payable_view(found) for found in await list_payable(world, me)])


@post(
    "/premiums",
    opt=level(3),
    status_code=201,
    summary="为家人缴费",
    responses=documented(
        *CONFIRMED,
        *KEYED,
        *LOOK_UP,
        *NOT_PAYABLE,
        "outside.tax",
        "request.not_found",
        "premium.amount_changed",
        "premium.plan_limit",
        "premium.plan_ended",
    ),
)
async def pay(
    data: JSONBody[PremiumBody], change: NamedDependency[Change]
) -> Response[PremiumView]:
    """先在个人账户预留，再由税务部门收费开票，最后医保到账；三步都可以在“代缴信息”看到时间。"""
    world, session = change.world, change.session
    binding = await my_binding(world, session, data.binding_id, as_donor=True)
    wish = PremiumWish(year=data.year, amount_fen=data.amount_fen)

    async def action(once: Once[SharedRow]) -> SharedRow | Refusal:
        await _counted(world, binding.donor_id)
        return await pay_premium(world, binding, wish, actor=actor_of(session), once=once)

    return await change.once(
        content=data,
        status=201,
        render=lambda order: premium_view(order, world, session.person_id),
        action=action,
    )


@get("/premiums", opt=level(2), summary="代缴信息", responses=documented(*SIGNED_IN))
async def page(
    world: NamedDependency[World],
    session: NamedDependency[Session],
    after: After = None,
    limit: Limit = 20,
) -> PremiumPage:
    """我为家人缴的，和家人为我缴的，新的在前。"""
    me = session.person_id
    assert me is not None
    async with world.database.read() as tx:
        found = await premiums.page(tx, person_id=me, before=after or LAST, limit=limit + 1)
    items = [premium_view(order, world, me) for order in found[:limit]]
    return PremiumPage(items=items, next=str(items[-1].id) if len(found) > limit else None)


@get(
    "/premiums/{premium_id:uuid}",
    opt=level(2),
    summary="一笔代缴",
    responses=documented(*SIGNED_IN, "request.not_found"),
)
async def one(
    premium_id: FromPath[UUID],
    world: NamedDependency[World],
    session: NamedDependency[Session],
) -> PremiumView:
    """扣款、税务开票、医保到账三步的时间，和票号。"""
    order = await _mine(world, session, premium_id)
    return premium_view(order, world, session.person_id)


@post(
    "/premiums/{premium_id:uuid}/refund",
    opt=level(3),
    status_code=200,
    summary="申请退费",
    responses=documented(
        *CONFIRMED,
        *KEYED,
        *LOOK_UP,
        "request.not_found",
        "area.not_served",
        "premium.refund_not_announced",
        "premium.refund_too_late",
        "premium.refund_not_now",
    ),
)
async def refund(
    premium_id: FromPath[UUID],
    data: JSONBody[Nothing],
    change: NamedDependency[Change],
) -> Response[PremiumView]:
    """当地规定可以退、医保还没有到账时，由缴费人申请；退回原来的个人账户。"""
    world, session = change.world, change.session
    order = await _mine(world, session, premium_id)
    if order.book_id != session.person_id:
        raise Problem("request.not_found")

    async def action(once: Once[SharedRow]) -> SharedRow | Refusal:
        await _counted(world, order.book_id)
        return await refund_premium(world, order, actor=actor_of(session), once=once)

    return await change.once(
        content=data,
        status=200,
        render=lambda result: premium_view(result, world, session.person_id),
        action=action,
    )


async def _counted(world: World, person_id: UUID) -> None:
    """Each of these asks the insurance platform."""
    most = world.settings.premium_checks_per_hour
    await world.limits.take("premium_check", owner=str(person_id), most=most, seconds=3600)


async def _mine(world: World, session: Session, premium_id: UUID) -> SharedRow:
    assert session.person_id is not None
    async with world.database.read() as tx:
        order = await premiums.find(tx, premium_id=premium_id, person_id=session.person_id)
    if order is None:
        raise Problem("request.not_found")
    return order


router = Router(path="/v1", tags=["代缴"], route_handlers=[payable, pay, page, one, refund])
