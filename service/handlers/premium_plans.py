"""Standing orders for premiums (预约代缴): agreed to once, carried out when the window opens."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from service.domain.money import FEN_MAX
from service.flows.audit import actor_of
from service.flows.end_plan import end_plan
from service.flows.make_plan import PlanWish, make_plan
from service.handlers.access import level
from service.handlers.answers import CONFIRMED, KEYED, SIGNED_IN, Change, documented
from service.handlers.applications import my_binding
from service.handlers.bindings import LAST, After, Limit, Nothing
from service.handlers.premium_views import PlanPage, PlanView, plan_view
from service.handlers.premiums import Year
from service.sessions import Session
from service.store import premium_plans
from service.world import World


class PlanBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`year` null: every year until ended. Never more than `most_fen` for one year."""

    binding_id: UUID
    most_fen: Annotated[int, Meta(ge=1, le=FEN_MAX, description="每年最多缴多少，单位：分")]
    agreed: Annotated[Literal[True], Meta(description="已阅读并同意到期自动从个人账户缴费")]
    year: Year | None = None


@post(
    "/premium-plans",
    opt=level(3),
    status_code=201,
    summary="预约代缴",
    responses=documented(
        *CONFIRMED,
        *KEYED,
        "request.not_found",
        "area.not_served",
        "premium.not_by_account",
        "premium.window_closed",
        "premium.binding_ended",
        "premium_plan.exists",
        "premium_plan.year_past",
    ),
)
async def make(data: JSONBody[PlanBody], change: NamedDependency[Change]) -> Response[PlanView]:
    """缴费开始后自动缴；余额不够会通知您，缴费期内再试；随时可以取消。"""
    world, session = change.world, change.session
    binding = await my_binding(world, session, data.binding_id, as_donor=True)
    wish = PlanWish(year=data.year, most_fen=data.most_fen)
    return await change.once(
        content=data,
        status=201,
        render=lambda plan: plan_view(plan, world),
        action=lambda once: make_plan(world, binding, wish, actor=actor_of(session), once=once),
    )


@get("/premium-plans", opt=level(2), summary="我的预约代缴", responses=documented(*SIGNED_IN))
async def page(
    world: NamedDependency[World],
    session: NamedDependency[Session],
    after: After = None,
    limit: Limit = 20,
) -> PlanPage:
    """新的在前，结束了的也列出。"""
    me = session.person_id
    assert me is not None
    async with world.database.read() as tx:
        found = await premium_plans.page(tx, book_id=me, before=after or LAST, limit=limit + 1)
    items = [plan_view(plan, world) for plan in found[:limit]]
    return PlanPage(items=items, next=str(items[-1].id) if len(found) > limit else None)


@post(
    "/premium-plans/{plan_id:uuid}/end",
    opt=level(2),
    status_code=200,
    summary="取消预约代缴",
    responses=documented(*SIGNED_IN, *KEYED, "request.not_found"),
)
async def end(
    plan_id: FromPath[UUID],
    data: JSONBody[Nothing],
    change: NamedDependency[Change],
) -> Response[PlanView]:
    """立即取消；已经预留或缴出的不受影响。"""
    world, session = change.world, change.session
    me = session.person_id
    assert me is not None
    return await change.once(
        content=data,
        status=200,
        render=lambda plan: plan_view(plan, world),
        action=lambda once: end_plan(world, me, plan_id, actor=actor_of(session), once=once),
    )


router = Router(path="/v1", tags=["代缴"], route_handlers=[make, page, end])
