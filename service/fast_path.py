"""The hot route, answered before the framework: a counter's settlement.

Routing, middleware, dependency injection and response classes cost more than half of the processor
time of a settlement (benchmarks/README.md). Here a request that is plainly well formed meets the
same parts directly: the same signature, the same flow, the same views and problems. Whatever is
unusual about one, before anything was done, goes to the ordinary route with its body, which says
what is wrong. tests/test_fast_path.py holds the two against each other.
"""

import time
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.datastructures import Address, Headers
from litestar.types import Receive, Send

from service.app import JSON_BYTES_MAX
from service.domain.refusal import Refusal
from service.flows.settle import settle
from service.handlers import failures
from service.handlers.access import sign_in_counter
from service.handlers.answers import KEY_SHAPE, PROBLEM_JSON
from service.handlers.counter_views import OrderBody, settlement_view
from service.handlers.counters import order_of
from service.problems import Problem
from service.telemetry import record
from service.world import World

PATH = "/v1/counter/settlements"
_BODY = msgspec.json.Decoder(OrderBody)
_ANSWER = tuple[int, dict[str, str], bytes]


class FastPath:
    """`app` is the whole API; this stands in front of one of its routes."""

    def __init__(self, app: Litestar) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("POST", PATH):
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        messages = await _read(receive)
        asked = _understood(scope, messages)
        if asked is None:
            await self._app(scope, _again(messages, receive), send)
            return
        status, headers, body = await self._settle(scope, *asked)
        await _answer(send, status, headers, body)
        record("POST", PATH, status, time.perf_counter() - begun)

    async def _settle(self, scope: Any, headers: Headers, key: str, data: OrderBody) -> _ANSWER:
        world: World = self._app.state.world
        client = Address(*scope["client"]) if scope["client"] else None
        try:
            institution = await sign_in_counter(world, headers, client)
            settled = await settle(world, await order_of(world, institution, data, message_id=key))
            if isinstance(settled, Refusal):
                raise Problem.of(settled)
        except Exception as fault:
            return _problem(fault)
        replayed = {"Idempotency-Replayed": "true"} if settled.replayed else {}
        return 201, replayed, msgspec.json.encode(settlement_view(settled.receipt))


async def _read(receive: Receive) -> list[Any]:
    """The body as it came, up to a little more than the route accepts."""
    messages, size = [], 0
    while True:
        message: Any = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return messages
        if size > JSON_BYTES_MAX:
            return messages


def _understood(scope: Any, messages: list[Any]) -> tuple[Headers, str, OrderBody] | None:
    """Headers, key and body of a request that nothing is odd about."""
    body = b"".join(message.get("body", b"") for message in messages)
    if messages[-1]["type"] != "http.request" or len(body) > JSON_BYTES_MAX:
        return None
    headers = Headers.from_scope(scope)
    key = headers.get("idempotency-key", "")
    if headers.get("content-type") != "application/json" or not KEY_SHAPE.fullmatch(key):
        return None
    if scope["query_string"] or b"\\u0000" in body:
        return None
    try:
        return headers, key, _BODY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _again(messages: list[Any], receive: Receive) -> Receive:
    """What was read already, then the rest."""
    read = iter(messages)

    async def replay() -> Any:
        return next(read, None) or await receive()

    return replay


def _problem(fault: Exception) -> _ANSWER:
    response: Response[Any] = failures.tell(None, fault)
    body = msgspec.json.encode(response.content)
    headers = {name: str(value) for name, value in response.headers.items()}
    return response.status_code or 500, {**headers, "content-type": PROBLEM_JSON}, body


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    told = {"content-type": "application/json", **headers, "content-length": str(len(body))}
    raw = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})
