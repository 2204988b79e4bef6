"""The counters of designated institutions: who they are, and whether a request is really theirs.

Header signature of the national gateway: `x-tif-signature` is the hex of SHA-256 over timestamp,
secret, nonce and timestamp again, compared without case. A timestamp may be five minutes off; a
nonce works once.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from service.domain.institution import Institution
from service.redis_clients import AWAY
from service.redis_together import RedisTogether
from service.sessions import SessionsAway

WINDOW = timedelta(minutes=5)
_KNOWN_FOR = timedelta(seconds=30)
"""How long a process believes what it read of an institution: a revoked key dies within this."""
_CODE = re.compile(r"[A-Z][0-9]{11}")
_NONCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TIMESTAMP = re.compile(r"[0-9]{10}")


class Counter(Struct, frozen=True, kw_only=True):
    """An institution with the keys its counters sign with, the newest first."""

    institution: Institution
    keys: tuple[str, ...]


class Registry(Protocol):
    """Where counters are looked up."""

    async def __call__(self, code: str) -> Counter | None: ...


class Counters:
    """Verifies requests; keeps what it read for half a minute."""

    def __init__(self, redis: RedisTogether, registry: Registry) -> None:
        self._redis, self._registry = redis, registry
        self._known: dict[str, tuple[datetime, Counter | None]] = {}
        self._asking: dict[str, asyncio.Task[Counter | None]] = {}

    async def authenticate(
        self, headers: Mapping[str, str], *, now: datetime
    ) -> Institution | None:
        """The institution that signed these headers just now, for the first time."""
        code = headers.get("x-tif-paasid", "")
        stamp, nonce = headers.get("x-tif-timestamp", ""), headers.get("x-tif-nonce", "")
        signature = headers.get("x-tif-signature", "").lower()
        if not (_CODE.fullmatch(code) and _TIMESTAMP.fullmatch(stamp) and _NONCE.fullmatch(nonce)):
            return None
        if not signature.isascii():
            return None
        if abs(now.timestamp() - int(stamp)) > WINDOW.total_seconds():
            return None
        counter = await self._find(code, now=now)
        if counter is None or not any(
            hmac.compare_digest(sign(secret, stamp=stamp, nonce=nonce), signature)
            for secret in counter.keys
        ):
            return None
        return counter.institution if await self._first_use(code, stamp, nonce) else None

    async def _find(self, code: str, *, now: datetime) -> Counter | None:
        read_at, counter = self._known.get(code, (None, None))
        if read_at is None or not timedelta() <= now - read_at < _KNOWN_FOR:
            if len(self._known) > 100_000:
                self._known.clear()
            counter = await self._ask(code)
            self._known[code] = (now, counter)
        return counter

    async def _ask(self, code: str) -> Counter | None:
        """However many wait for the answer, the books are asked once."""
        if code not in self._asking:
            task = asyncio.ensure_future(self._registry(code))
            task.add_done_callback(lambda _: self._asking.pop(code, None))
            self._asking[code] = task
        return await asyncio.shield(self._asking[code])

    async def _first_use(self, code: str, stamp: str, nonce: str) -> bool:
        """Redis may be asked twice when its answer gets lost: our own mark is still a first use."""
        key, mark = f"gongji:{{counter-{code}}}:nonce:{stamp}:{nonce}", secrets.token_bytes(8)
        seconds = 2 * int(WINDOW.total_seconds())
        try:
            found = await self._redis.do("SET", key, mark, "NX", "GET", "EX", seconds, get=True)
            return found is None or found == mark
        except AWAY as fault:
            raise SessionsAway(type(fault).__name__) from fault


def sign(secret: str, *, stamp: str, nonce: str) -> str:
    """The signature in lower case; `stamp` in unix seconds."""
    return hashlib.sha256(f"{stamp}{secret}{nonce}{stamp}".encode()).hexdigest()
