"""Who calls: a counter by its signed headers, a citizen by the session in Redis."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from benchmarks.peers.fastapi_sqlalchemy.models import Institution
from benchmarks.peers.fastapi_sqlalchemy.schemas import Session
from service.crypto import Vault

_WINDOW = 300
_KNOWN_SECONDS = 30
_IDLE = timedelta(hours=2)
_ABSOLUTE = timedelta(hours=12)


class Place(BaseModel):
    """An institution as it is kept in memory."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    kind: str
    level: str
    area: str
    services: list[str]
    patient_areas: list[str]


class Counters:
    """Verifies header signatures; institutions are kept for half a minute, as in our service."""

    def __init__(self, redis: Any, vault: Vault) -> None:
        self._redis, self._vault = redis, vault
        self._known: dict[str, tuple[float, Place, list[str]]] = {}

    async def authenticate(self, headers: Mapping[str, str], session: AsyncSession) -> Place | None:
        code = headers.get("x-tif-paasid", "")
        stamp, nonce = headers.get("x-tif-timestamp", ""), headers.get("x-tif-nonce", "")
        signature = headers.get("x-tif-signature", "").lower()
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > _WINDOW:
            return None
        known = await self._find(code, session)
        if known is None:
            return None
        place, secrets = known
        if not any(hmac.compare_digest(_sign(s, stamp, nonce), signature) for s in secrets):
            return None
        key = f"gongji:{{counter-{code}}}:nonce:{stamp}:{nonce}"
        return place if await self._redis.set(key, 1, nx=True, ex=2 * _WINDOW) else None

    async def _find(self, code: str, session: AsyncSession) -> tuple[Place, list[str]] | None:
        kept = self._known.get(code)
        if kept is None or time.monotonic() - kept[0] > _KNOWN_SECONDS:
            async with session.begin():
                found = await session.scalar(
                    select(Institution)
                    .where(Institution.code == code)
                    .options(selectinload(Institution.keys))
                )
            if found is None:
                return None
            secrets = [
                self._vault.open_text(k.secret_sealed, purpose=f"counter_key.secret:{k.key_id}")
                for k in found.keys
                if k.revoked_at is None
            ]
            kept = self._known[code] = (time.monotonic(), Place.model_validate(found), secrets)
        return kept[1], kept[2]


def _sign(secret: str, stamp: str, nonce: str) -> str:
    return hashlib.sha256(f"{stamp}{secret}{nonce}{stamp}".encode()).hexdigest()


async def read_session(redis: Any, authorization: str) -> Session | None:
    """The session of a bearer token, its idle limit begun anew."""
    tag, _, secret = authorization.removeprefix("Bearer ").partition(".")
    sid = hashlib.sha256(secret.encode()).hexdigest()
    value = await redis.getex(f"gongji:{{{tag}}}:session:{sid}", ex=_IDLE)
    if value is None:
        return None
    session = Session.model_validate_json(value)
    return session if datetime.now(UTC) < session.born_at + _ABSOLUTE else None
