"""The sandbox's callbacks: kept to be looked at and relayed, and sent where an address is known."""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Callable
from datetime import datetime

from msgspec import Raw, Struct, json

from service.gateways.http import new_client
from service.gateways.tax import wire, wire_signature
from service.gateways.tax.client import TaxConfig

KEPT = 5_000
SENDERS = 8
TRIES = 3
PAUSE_SECONDS = 0.2


class Callback(Struct, frozen=True, kw_only=True):
    """A signed callback, as it goes over the wire."""

    headers: dict[str, str]
    body: str


class _Made(Struct, frozen=True, kw_only=True):
    """Signed only when shown or sent: a load of 100 000 orders needs no 100 000 signatures."""

    notice: wire.Notice
    at: datetime


class Callbacks:
    """Keeps the last KEPT; sends to `url` in the background, in about the order made."""

    def __init__(self, config: TaxConfig, *, url: str, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._url = url
        self._clock = clock
        self._kept: deque[_Made] = deque(maxlen=KEPT)
        self._waiting: deque[_Made] = deque()
        self._senders: set[asyncio.Task[None]] = set()

    def make(
        self, told: wire.ResultItem | wire.RefundResultItem, *, send: bool, times: int
    ) -> None:
        """A callback of this decision, `times` over with one event id."""
        made = _Made(
            notice=wire.Notice(
                event="payment" if isinstance(told, wire.ResultItem) else "refund",
                event_id=secrets.token_hex(16),
                item=Raw(json.encode(told)),
            ),
            at=self._clock(),
        )
        self._kept.extend([made] * times)
        if send and self._url:
            self._waiting.extend([made] * times)
            if len(self._senders) < SENDERS:
                sender = asyncio.get_running_loop().create_task(self._send())
                self._senders.add(sender)
                sender.add_done_callback(self._senders.discard)

    def kept(self) -> list[Callback]:
        """Signed as of when they were made, oldest first."""
        return [self._signed(made.notice, at=made.at) for made in self._kept]

    def forget(self) -> None:
        self._kept.clear()
        self._waiting.clear()

    def _signed(self, notice: wire.Notice, *, at: datetime) -> Callback:
        body = json.encode(notice)
        headers = wire_signature.signed_headers(
            body,
            app=self._config.app,
            secret=self._config.callback_secret,
            at=at,
            path=wire_signature.CALLBACK_PATH,
        )
        return Callback(headers=headers, body=body.decode())

    async def _send(self) -> None:
        async with new_client(timeout=5.0) as http:
            while self._waiting:
                notice = self._waiting.popleft().notice
                for further in range(TRIES):
                    await asyncio.sleep(PAUSE_SECONDS * further)
                    signed = self._signed(notice, at=self._clock())
                    # Whatever fails is tried again and then let go: we shall be asked.
                    with contextlib.suppress(Exception):
                        answer = await http.post(
                            self._url, content=signed.body, headers=signed.headers
                        )
                        if answer.is_success:
                            break
