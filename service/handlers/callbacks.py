"""Callbacks of the tax bureau (docs/tax-gateway.md): signed, repeated, in any order."""

from typing import Any

from litestar import Request, Router, post
from litestar.di import NamedDependency
from msgspec import Struct

from service.flows.receive_tax_notice import receive_tax_notice
from service.handlers.access import PUBLIC
from service.handlers.answers import documented
from service.problems import Problem
from service.world import World

_FORGERIES_PER_MINUTE = 60


class Received(Struct, frozen=True, kw_only=True):
    """`code` 0: taken in; the bureau need not send it again."""

    code: int = 0


@post(
    "/callbacks/tax",
    opt=PUBLIC,
    security=[{}],
    status_code=200,
    summary="税务部门的结果通知",
    responses=documented(
        "tax_notice.refused",
        "request.not_found",
        "request.too_many",
        "request.too_large",
        "service.sessions_away",
    ),
)
async def receive(
    request: Request[Any, Any, Any],
    world: NamedDependency[World],
    address: NamedDependency[str],
) -> Received:
    """签名正确才受理；重复的、先后颠倒的通知不会重复记账。没有的订单号回答 404。"""
    body = await request.body()
    notice = world.tax.read_notice(request.headers, body)
    if notice is None:
        most = _FORGERIES_PER_MINUTE
        await world.limits.take("tax_notice", owner=address, most=most, seconds=60)
        raise Problem("tax_notice.refused")
    if not await receive_tax_notice(world, notice):
        raise Problem("request.not_found")
    return Received()


router = Router(path="/v1", tags=["税务"], route_handlers=[receive])
