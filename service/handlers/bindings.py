"""Binding applications and bindings, for the citizens who are their parties."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Struct, UnsetType

from service.domain.binding import Changes, changed, widens
from service.flows.apply_for_binding import apply_for_binding
from service.flows.audit import actor_of
from service.flows.change_binding import change_binding
from service.flows.check_binding import check_binding
from service.flows.end_binding import end_binding
from service.handlers.access import level
from service.handlers.answers import (
    KEYED,
    LOOK_UP,
    SIGNED_IN,
    Change,
    documented,
    granted,
)
from service.handlers.applications import (
    APPLICATION_PROBLEMS,
    ApplicationBody,
    LimitsBody,
    my_binding,
    read_application,
)
from service.handlers.fields import Rank
from service.handlers.views import (
    ApplicationView,
    BindingPage,
    BindingView,
    CheckView,
    application_view,
    binding_view,
    check_view,
)
from service.problems import Problem
from service.sessions import Session
from service.store import bindings
from service.world import World

Limit = Annotated[int, QueryParameter(ge=1, le=50, description="每页条数")]
After = Annotated[UUID | None, QueryParameter(description="上一页返回的 next")]
LAST = UUID(int=2**128 - 1)


class ChangesBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Only what is sent is changed. `limits` replaces all three; null takes one away."""

    action: Literal["pause", "resume"] | UnsetType = UNSET
    rank: Rank | UnsetType = UNSET
    limits: LimitsBody | UnsetType = UNSET
    begins_on: date | UnsetType = UNSET
    ends_on: date | UnsetType | None = UNSET

    def changes(self) -> Changes:
        limits = self.limits.limits() if isinstance(self.limits, LimitsBody) else UNSET
        return Changes(
            action=self.action,
            rank=self.rank,
            limits=limits,
            begins_on=self.begins_on,
            ends_on=self.ends_on,
        )


class Nothing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An empty object."""


@post(
    "/bindings/checks",
    opt=level(2),
    status_code=200,
    summary="申请前检查",
    responses=documented(
        *SIGNED_IN,
        *APPLICATION_PROBLEMS,
        *LOOK_UP,
        "request.malformed",
        "request.media_type",
        "request.too_large",
    ),
)
async def check(
    data: JSONBody[ApplicationBody],
    world: NamedDependency[World],
    session: NamedDependency[Session],
) -> CheckView:
    """能不能绑定这位家人；不能时说明是哪一条规定、接下来怎么办。不产生任何办理。"""
    application = await read_application(world, session, data)
    return check_view(granted(await check_binding(world, application)))


@post(
    "/bindings",
    opt=level(2),
    status_code=201,
    summary="申请绑定",
    responses=documented(*SIGNED_IN, *APPLICATION_PROBLEMS, *LOOK_UP, *KEYED),
)
async def apply(
    data: JSONBody[ApplicationBody],
    change: NamedDependency[Change],
) -> Response[ApplicationView]:
    """授权人申请让一位家人使用自己的个人账户；下一步是签署承诺书。"""
    world, session = change.world, change.session
    application = await read_application(world, session, data)
    channel: Any = session.channel
    return await change.once(
        content=data,
        status=201,
        render=lambda result: application_view(result, world, session.person_id),
        action=lambda once: apply_for_binding(
            world,
            application,
            actor=actor_of(session),
            channel=channel,
            phone=data.beneficiary.phone,
            once=once,
        ),
    )


@get("/bindings", opt=level(2), summary="我的绑定", responses=documented(*SIGNED_IN))
async def page(
    world: NamedDependency[World],
    session: NamedDependency[Session],
    after: After = None,
    limit: Limit = 20,
) -> BindingPage:
    """我作为授权人或使用人的绑定，新的在前。"""
    assert session.person_id is not None
    async with world.database.read() as tx:
        found = await bindings.page(
            tx, person_id=session.person_id, after=after or LAST, limit=limit + 1
        )
    items = [binding_view(binding, world, session.person_id) for binding in found[:limit]]
    return BindingPage(items=items, next=str(items[-1].id) if len(found) > limit else None)


@get(
    "/bindings/{binding_id:uuid}",
    opt=level(2),
    summary="一个绑定",
    responses=documented(*SIGNED_IN, "request.not_found"),
)
async def one(
    binding_id: FromPath[UUID], world: NamedDependency[World], session: NamedDependency[Session]
) -> BindingView:
    return binding_view(await my_binding(world, session, binding_id), world, session.person_id)


@post(
    "/bindings/{binding_id:uuid}/changes",
    opt=level(2),
    status_code=200,
    summary="修改绑定",
    responses=documented(
        *SIGNED_IN,
        *KEYED,
        "request.not_found",
        "session.confirmation_needed",
        "binding.change_empty",
        "binding.change_not_yours",
        "binding.state_does_not_allow",
        "binding.begins_in_the_past",
        "binding.ends_before_it_begins",
        "binding.limits_contradict",
    ),
)
async def change(
    binding_id: FromPath[UUID],
    data: JSONBody[ChangesBody],
    change: NamedDependency[Change],
) -> Response[BindingView]:
    """授权人修改顺位、限额、日期，暂停或恢复；提高限额或延长日期需要本人验证；使用人只能修改顺位。"""
    world, session = change.world, change.session
    binding = await my_binding(world, session, binding_id)
    changes = data.changes()
    wider = widens(binding.terms, changed(binding.terms, changes))
    if wider and world.sessions.level(session) < 3:
        raise Problem("session.confirmation_needed")
    return await change.once(
        content=data,
        status=200,
        render=lambda result: binding_view(result, world, session.person_id),
        action=lambda once: change_binding(
            world, binding, changes, actor=actor_of(session), once=once
        ),
    )


@post(
    "/bindings/{binding_id:uuid}/end",
    opt=level(2),
    status_code=200,
    summary="结束绑定",
    responses=documented(*SIGNED_IN, *KEYED, "request.not_found", "binding.state_does_not_allow"),
)
async def end(
    binding_id: FromPath[UUID],
    data: JSONBody[Nothing],
    change: NamedDependency[Change],
) -> Response[BindingView]:
    """授权人立即结束绑定，或撤回申请。已使用的金额不退回。"""
    world, session = change.world, change.session
    binding = await my_binding(world, session, binding_id, as_donor=True)
    return await change.once(
        content=data,
        status=200,
        render=lambda result: binding_view(result, world, session.person_id),
        action=lambda once: end_binding(world, binding, actor=actor_of(session), once=once),
    )


router = Router(path="/v1", tags=["绑定"], route_handlers=[check, apply, page, one, change, end])
