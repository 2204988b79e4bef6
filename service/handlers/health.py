"""For those who run the service: alive, ready, measurements."""

import contextlib

from litestar import Response, Router, get
from litestar.di import NamedDependency
from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.batch_gauges import show_batches
from service.database import DatabaseAway
from service.handlers.access import PUBLIC
from service.handlers.answers import documented
from service.world import World


class Health(Struct, frozen=True, kw_only=True):
    status: str


@get("/health/live", opt=PUBLIC, security=[{}], summary="进程存活")
async def live() -> Health:
    """The process answers; nothing else is asked."""
    return Health(status="alive")


@get(
    "/health/ready",
    opt=PUBLIC,
    security=[{}],
    summary="可以服务",
    responses=documented("service.sessions_away"),
)
async def ready(world: NamedDependency[World]) -> Health:
    """PostgreSQL and Redis answer. 503 otherwise."""
    await world.database.ping()
    await world.sessions.ping()
    return Health(status="ready")


@get("/metrics", opt=PUBLIC, security=[{}], include_in_schema=False)
async def metrics(world: NamedDependency[World]) -> Response[bytes]:
    """Prometheus text of this process, and how far batches of premiums are."""
    with contextlib.suppress(DatabaseAway):  # the process itself is measured all the same
        await show_batches(world)
    return Response(content=generate_latest(), media_type=CONTENT_TYPE_LATEST)


router = Router(path="/", tags=["运行"], route_handlers=[live, ready, metrics])
