"""The sandbox's gateway: who may call, once per nonce, within the replay window."""

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime

from service.gateways.platform import wire

REPLAY_WINDOW_SECONDS = 300


class Gate:
    """Checks the x-tif-* headers of one caller; remembers the nonces of the replay window."""

    def __init__(self, paasid: str, *, secret: str, clock: Callable[[], datetime]) -> None:
        self._paasid = paasid
        self._secret = secret
        self._clock = clock
        self._nonces: dict[str, float] = {}

    def refuse(self, headers: Mapping[str, str]) -> str | None:
        """Why this request is refused, in the platform's language; None when it may pass."""
        timestamp, nonce = headers.get("x-tif-timestamp", ""), headers.get("x-tif-nonce", "")
        now = self._clock().timestamp()
        if headers.get("x-tif-paasid") != self._paasid:
            return "应用标识无效"
        if not self._signed(headers, timestamp=timestamp, nonce=nonce):
            return "签名验证失败"
        if not timestamp.isdecimal() or abs(now - int(timestamp)) > REPLAY_WINDOW_SECONDS:
            return "请求时间超出允许范围"
        if self._seen(nonce, now=now):
            return "请求重复"
        return None

    def _signed(self, headers: Mapping[str, str], *, timestamp: str, nonce: str) -> bool:
        expected = wire.signature(self._secret, timestamp=timestamp, nonce=nonce)
        given = headers.get("x-tif-signature", "").lower()
        return hmac.compare_digest(given.encode(), expected.encode())

    def _seen(self, nonce: str, *, now: float) -> bool:
        """A nonce may return once its timestamp could no longer pass: after twice the window."""
        while self._nonces and self._oldest() < now - 2 * REPLAY_WINDOW_SECONDS:
            del self._nonces[next(iter(self._nonces))]
        if nonce in self._nonces:
            return True
        self._nonces[nonce] = now
        return False

    def _oldest(self) -> float:
        return next(iter(self._nonces.values()))
