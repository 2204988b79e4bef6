"""Sessions in Redis, keyed to the e-credential.

The token is `tag.secret`. `tag` is a keyed hash of the person behind the e-credential (before
linking, of the channel account), and every key of one tag lies in one hash slot: ending all
sessions of a person is one atomic step. Redis holds only the hash of the secret. A session is
written once and never rewritten, so a late request cannot bring an ended one back.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from service.redis_clients import AWAY, AsyncRedis
from service.redis_together import RedisTogether

Level = Literal[1, 2, 3]

# KEYS: index, session. ARGV: channel, sid, value, idle ms, absolute ms, key prefix, expected sid.
_OPEN = """
local current = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[7] ~= '' and current ~= ARGV[7] then return 0 end
if current then redis.call('DEL', ARGV[6] .. current) end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
"""
# KEYS: index, session. ARGV: channel, sid. Answers whether the session was there.
_END = """
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
return redis.call('DEL', KEYS[2])
"""
# KEYS: index. ARGV: key prefix. Answers how many were ended.
_END_ALL = """
local ended = 0
for _, sid in ipairs(redis.call('HVALS', KEYS[1])) do
  ended = ended + redis.call('DEL', ARGV[1] .. sid)
end
redis.call('DEL', KEYS[1])
return ended
"""


class SessionsAway(Exception):
    """Redis does not answer. Nobody is ever treated as anonymous for that."""


class Session(Struct, frozen=True, kw_only=True):
    """Who is calling. `person_id` stands from level 2 on; `clerk_id` only for hall clerks."""

    tag: str
    channel: str
    app_id: str = ""
    account_id: UUID | None = None
    person_id: UUID | None = None
    clerk_id: UUID | None = None
    roles: tuple[str, ...] = ()
    area: str = ""
    born_at: datetime
    confirmed_at: datetime | None = None
    sid: str = ""

    @property
    def principal(self) -> UUID:
        """Whose idempotency keys these are."""
        owner = self.clerk_id or self.person_id or self.account_id
        assert owner is not None
        return owner


class Sessions:
    """`idle`, `absolute` and `confirmed` are the limits of the settings."""

    def __init__(
        self,
        redis: AsyncRedis,
        *,
        key: bytes,
        clock: Callable[[], datetime],
        idle: timedelta,
        absolute: timedelta,
        confirmed: timedelta,
    ) -> None:
        self._redis, self._key, self._clock = redis, key, clock
        self._together = RedisTogether(redis)
        self._idle_ms = int(idle.total_seconds() * 1000)
        self._idle, self._absolute, self._confirmed = idle, absolute, confirmed

    def tag(self, kind: Literal["account", "person", "clerk"], *parts: str) -> str:
        """The hash tag of an owner: says nothing about them without the key."""
        text = "\0".join((kind, *parts))
        mac = hmac.digest(self._key, text.encode(), "sha256")
        return base64.b32encode(mac).decode()[:16].lower()

    def level(self, session: Session) -> Level:
        """1 signed in, 2 e-credential linked, 3 confirmed just now."""
        if session.person_id is None:
            return 1
        confirmed_at = session.confirmed_at
        just_now = confirmed_at and self._clock() < confirmed_at + self._confirmed
        return 3 if just_now else 2

    async def open(self, session: Session) -> str:
        """Open a session and return its token; an older one of the same channel ends."""
        token = await self._write(session, expected="")
        assert token is not None
        return token

    async def rise(self, old: Session, new: Session) -> str | None:
        """Replace `old` by `new` under a new token. None when `old` ended meanwhile."""
        if old.tag == new.tag:
            return await self._write(new, expected=old.sid)
        if not await self.end(old):
            return None
        return await self._write(new, expected="")

    async def read(self, token: str) -> Session | None:
        """The session of a token, its idle limit begun anew. None when there is none."""
        tag, dot, secret = token.partition(".")
        if not (dot and len(tag) == 16 and tag.isalnum() and tag.isascii() and len(secret) == 43):
            return None
        sid = _digest(secret)
        value = await self._read(_session_key(tag, sid))
        if value is None:
            return None
        session: Session = replace(msgspec.json.decode(value, type=Session), sid=sid)
        if self._clock() >= session.born_at + self._absolute:
            await self.end(session)
            return None
        return session

    async def end(self, session: Session) -> bool:
        """End one session; whether it was still there."""
        keys = (_index_key(session.tag), _session_key(session.tag, session.sid))
        return bool(await self._do("eval", _END, 2, *keys, session.channel, session.sid))

    async def end_all(self, tag: str) -> int:
        """End every session of an e-credential (or account, or clerk) at once."""
        return int(await self._do("eval", _END_ALL, 1, _index_key(tag), _session_key(tag, "")))

    async def ping(self) -> None:
        """Raises SessionsAway."""
        await self._do("ping")

    async def _write(self, session: Session, *, expected: str) -> str | None:
        secret = secrets.token_urlsafe(32)
        sid = _digest(secret)
        written = await self._do(
            "eval",
            _OPEN,
            2,
            _index_key(session.tag),
            _session_key(session.tag, sid),
            session.channel,
            sid,
            msgspec.json.encode(replace(session, sid="")),
            int(self._idle.total_seconds() * 1000),
            int(self._absolute.total_seconds() * 1000),
            _session_key(session.tag, ""),
            expected,
        )
        return f"{session.tag}.{secret}" if written else None

    async def _read(self, key: str) -> Any:
        """Together with the other requests of this moment."""
        try:
            return await self._together.do("GETEX", key, "PX", self._idle_ms)
        except AWAY as fault:
            raise SessionsAway(type(fault).__name__) from fault

    async def _do(self, command: str, *arguments: object, **options: object) -> Any:
        try:
            return await getattr(self._redis, command)(*arguments, **options)
        except AWAY as fault:
            raise SessionsAway(type(fault).__name__) from fault


def sid_of(token: str) -> str:
    """The `sid` of the session a token opens."""
    return _digest(token.partition(".")[2])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _index_key(tag: str) -> str:
    return f"gongji:{{{tag}}}:channels"


def _session_key(tag: str, sid: str) -> str:
    return f"gongji:{{{tag}}}:session:{sid}"
