"""What all sandboxes share: their switches.

A switch makes one platform misbehave, for the next `times` requests or until it is put back:
`slow` answers after `delay_seconds`; `down` answers 503 without acting; `garbage` acts and answers
with text that is not the format; `lose_answer` acts, then stays silent for `delay_seconds`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct

Mode = Literal["ok", "slow", "down", "garbage", "lose_answer"]


class Switch(Struct, kw_only=True, forbid_unknown_fields=True):
    """How one platform behaves now. `times` None means until it is put back."""

    mode: Mode = "ok"
    delay_seconds: float = 30.0
    times: int | None = None

    def take(self) -> Mode:
        """The mode for this request; counts it."""
        if self.times is None:
            return self.mode
        if self.times <= 0:
            return "ok"
        self.times -= 1
        return self.mode


Switches = dict[str, Switch]


def switching(switches: Switches, platform: str) -> Callable[[ASGIApp], ASGIApp]:
    """Middleware of one platform's wire routes; its phone and book pages are not affected."""

    def middleware(app: ASGIApp) -> ASGIApp:
        async def switched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP or f"/{platform}/_" in scope["path"]:
                await app(scope, receive, send)
                return
            switch = switches[platform]
            mode = switch.take()
            if mode == "down":
                await _answer(send, 503, b"<html><body>Service Unavailable</body></html>")
            elif mode == "garbage":
                await app(scope, receive, _swallow)
                await _answer(send, 200, '\x00<!-- 系统繁忙 -->{"half":'.encode())
            else:
                if mode == "slow":
                    await asyncio.sleep(switch.delay_seconds)
                answer: list[Message] = []
                await app(scope, receive, _collect(answer))
                if mode == "lose_answer":
                    await asyncio.sleep(switch.delay_seconds)
                for message in answer:
                    await send(message)

        return switched

    return middleware


def _collect(answer: list[Message]) -> Send:
    async def send(message: Message) -> None:
        answer.append(message)

    return send


async def _swallow(_: Message) -> None:
    return None


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    start: Any = {"type": "http.response.start", "status": status, "headers": headers}
    end: Any = {"type": "http.response.body", "body": body, "more_body": False}
    await send(start)
    await send(end)
