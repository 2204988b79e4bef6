"""A counter's program (HIS or POS) over HTTP, for the demo, the bench and the tests."""

import secrets
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx

from service.counters import sign


class Till:
    """One till of an institution; `clock` answers unix seconds."""

    def __init__(
        self,
        api: httpx.AsyncClient,
        *,
        code: str,
        secret: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._api, self.code, self.secret, self._clock = api, code, secret, clock

    def headers(self) -> dict[str, str]:
        """Signed anew for every request: a nonce works once."""
        stamp, nonce = str(int(self._clock())), secrets.token_hex(8)
        return {
            "x-tif-paasid": self.code,
            "x-tif-timestamp": stamp,
            "x-tif-nonce": nonce,
            "x-tif-signature": sign(self.secret, stamp=stamp, nonce=nonce),
        }

    async def get(self, path: str) -> httpx.Response:
        return await self._api.get(f"/v1/counter{path}", headers=self.headers())

    async def post(self, path: str, body: object, *, key: str | None = None) -> httpx.Response:
        headers = {**self.headers(), "Idempotency-Key": key or uuid4().hex}
        return await self._api.post(f"/v1/counter{path}", json=body, headers=headers)

    async def quote(self, code: str, **bill: Any) -> httpx.Response:
        return await self.post("/quotes", {"code": code, "bill": bill})

    async def settle(self, code: str, *, key: str | None = None, **bill: Any) -> httpx.Response:
        return await self.post("/settlements", {"code": code, "bill": bill}, key=key)

    async def reverse(
        self, settlement_id: str, *, amount_fen: int | None = None, key: str | None = None
    ) -> httpx.Response:
        body = {} if amount_fen is None else {"amount_fen": amount_fen}
        return await self.post(f"/settlements/{settlement_id}/reversal", body, key=key)
