"""One measurement and one log line per request: route template, status, time; no content.

What went well is logged at the level debug: the measurements tell of it, and cost less.
"""

import time
from functools import lru_cache
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Send
from prometheus_client import Counter, Histogram

REQUESTS = Counter(
    "gongji_requests_total", "Requests by route and status", ["method", "route", "status"]
)
SECONDS = Histogram(
    "gongji_request_seconds",
    "Time to answer by route",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
log = structlog.get_logger()


class Telemetry(ASGIMiddleware):
    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Any, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        begun, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await next_app(scope, receive, watch)
        finally:
            route = scope.get("path_template") or "unknown"
            record(scope["method"], route, status, time.perf_counter() - begun)


def record(method: str, route: str, status: int, seconds: float) -> None:
    """`route` is the template of the path, never the path."""
    requests, took = _measures(method, route, status)
    requests.inc()
    took.observe(seconds)
    if status >= 400:
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
    else:
        log.debug("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


@lru_cache(maxsize=4096)
def _measures(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looked up once: what is asked for often should not be searched for often."""
    return REQUESTS.labels(method, route, str(status)), SECONDS.labels(method, route)
