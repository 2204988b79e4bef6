"""Hall clerks sign in with two factors, and out when they leave the desk."""

from typing import Annotated

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from service.flows.open_clerk_session import open_clerk_session
from service.handlers.access import PUBLIC, role
from service.handlers.answers import CLERK, documented, granted
from service.handlers.sessions import Ended, EndSessions, SessionView, end_sessions, session_view
from service.sessions import Session
from service.world import World


class ClerkSignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    login: Annotated[str, Meta(min_length=1, max_length=64)]
    password: Annotated[str, Meta(min_length=1, max_length=256)]
    one_time_code: Annotated[str, Meta(pattern="^[0-9]{6}$", description="动态验证码")]


@post(
    "/sessions",
    opt=PUBLIC,
    security=[{}],
    status_code=201,
    summary="工作人员登录",
    responses=documented(
        "clerk.refused",
        "request.too_many",
        "request.malformed",
        "request.media_type",
        "request.too_large",
        "service.sessions_away",
    ),
)
async def sign_in(
    data: JSONBody[ClerkSignIn], world: NamedDependency[World], address: NamedDependency[str]
) -> SessionView:
    """密码加动态验证码。连续失败会暂时锁定。"""
    opened = await open_clerk_session(
        world,
        login=data.login,
        password=data.password,
        one_time_code=data.one_time_code,
        address=address,
    )
    return session_view(granted(opened), world)


@post(
    "/sessions/end",
    opt=role("any"),
    status_code=200,
    summary="工作人员退出登录",
    responses=documented(*CLERK, "request.malformed", "request.too_large", "request.media_type"),
)
async def sign_out(
    data: JSONBody[EndSessions],
    world: NamedDependency[World],
    session: NamedDependency[Session],
) -> Ended:
    """离开柜台前退出；也可以一次退出所有设备。"""
    return await end_sessions(world, session, everywhere=data.everywhere)


router = Router(path="/v1/hall", tags=["服务大厅"], route_handlers=[sign_in, sign_out])
