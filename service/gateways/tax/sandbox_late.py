"""A request is read whole before anything else, so that it is acted on even when late.

What a slow bureau does after its caller has gone is the trouble to be ready for: an order that was
not found a moment ago, and is paid then.
"""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, ReceiveMessage, Scope, Send


def reading_first(app: ASGIApp) -> ASGIApp:
    """Middleware, to stand before the one of the switches."""

    async def read(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        arrived = [await receive()]
        while arrived[-1]["type"] == "http.request" and arrived[-1]["more_body"]:
            arrived.append(await receive())
        again = iter(arrived)

        async def replay() -> ReceiveMessage:
            message = next(again, None)
            return message or await receive()

        await app(scope, replay, send)

    return read
