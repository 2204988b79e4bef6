"""A counter's program (HIS or POS) over HTTP, for the demo, the bench and the tests."""

import itertools
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

from service.counters import sign
from service.domain.calendar import SHANGHAI


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
        self._sequence = itertools.count(secrets.randbelow(10_000))

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

    async def envelope(
        self, infno: str, input: object, msgid: str | None = None, **fields: object
    ) -> httpx.Response:
        """One transaction of the national kind, as a hospital's program (HIS) sends it; `fields`
        stand in the envelope instead of what is usual."""
        now = datetime.fromtimestamp(self._clock(), SHANGHAI)
        body = {
            "infno": infno,
            "msgid": msgid or self.message_id(),
            "mdtrtarea_admvs": "530602",
            "insuplc_admdvs": "530602",
            "recer_sys_code": "MBS_LOCAL",
            "infver": "V1.0",
            "opter_type": "1",
            "opter": "POS01",
            "opter_name": "收费窗口01",
            "inf_time": f"{now:%Y-%m-%d %H:%M:%S}",
            "fixmedins_code": self.code,
            "fixmedins_name": "示例机构",
            "input": input,
            **fields,
        }
        return await self._api.post("/fsi/api/callService", json=body, headers=self.headers())

    def message_id(self) -> str:
        """A new msgid: institution 12, time 14, sequence 4."""
        now = datetime.fromtimestamp(self._clock(), SHANGHAI)
        return f"{self.code}{now:%Y%m%d%H%M%S}{next(self._sequence) % 10_000:04d}"

    async def quote(self, code: str, **bill: Any) -> httpx.Response:
        return await self.post("/quotes", {"code": code, "bill": bill})

    async def settle(self, code: str, *, key: str | None = None, **bill: Any) -> httpx.Response:
        return await self.post("/settlements", {"code": code, "bill": bill}, key=key)

    async def reverse(
        self, settlement_id: str, *, amount_fen: int | None = None, key: str | None = None
    ) -> httpx.Response:
        body = {} if amount_fen is None else {"amount_fen": amount_fen}
        return await self.post(f"/settlements/{settlement_id}/reversal", body, key=key)
