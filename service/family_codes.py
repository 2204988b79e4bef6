"""Family codes (展码 / 家庭码) in Redis: `tag.jti`, shown for 60 seconds, taken by one counter.

A code names the patient, never the money. One is shown per person: a new one kills the old. The
first counter that scans it takes it, and only that counter may present it again, to settle what it
has quoted or to repeat a request whose answer got lost; what the phone shows meanwhile is another
code. That a code pays for one bill only is the word of a unique column in PostgreSQL, not of Redis.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from service.domain.family_code import CodeHolder
from service.redis_clients import AWAY
from service.redis_together import RedisTogether
from service.sessions import SessionsAway

SHOWN = timedelta(seconds=60)

# KEYS: the code shown, the code as taken. ARGV: digest of the jti, counter, ms it serves it.
_TAKE = """
if redis.call('HGET', KEYS[1], 'digest') == ARGV[1] then
  local holder = redis.call('HGET', KEYS[1], 'holder')
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[2], 'holder', holder, 'counter', ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
  return {'taken', holder}
end
local taken = redis.call('HMGET', KEYS[2], 'holder', 'counter')
if not taken[2] then return {'unknown'} end
if taken[2] ~= ARGV[2] then return {'used'} end
return {'taken', taken[1]}
"""
# KEYS: the code shown. ARGV: digest, holder, ms it is shown.
_ISSUE = """
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'holder', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
"""


class FamilyCodes:
    """`use` is how long a taken code serves its counter."""

    def __init__(self, redis: RedisTogether, *, key: bytes, use: timedelta) -> None:
        self._redis, self._key, self._use = redis, key, use

    async def issue(self, holder: CodeHolder) -> str:
        """A new code's content for the QR; an older one of the same person is void at once."""
        tag = self._tag(holder.patient.id)
        jti = secrets.token_urlsafe(16)
        arguments = (_digest(jti), msgspec.json.encode(holder), _milliseconds(SHOWN))
        await self._eval(_ISSUE, (_shown(tag),), *arguments)
        return f"{tag}.{jti}"

    async def void(self, person_id: UUID) -> None:
        """Whatever code of theirs is shown now, it is none any more."""
        try:
            await self._redis.do("DEL", _shown(self._tag(person_id)))
        except AWAY as fault:
            raise SessionsAway(type(fault).__name__) from fault

    async def take(self, content: str, *, counter: str) -> CodeHolder | Literal["unknown", "used"]:
        """The holder, if the code lives and no other counter has taken it."""
        tag, dot, jti = content.partition(".")
        if not (dot and len(tag) == 16 and tag.isalnum() and tag.isascii() and len(jti) == 22):
            return "unknown"
        digest = _digest(jti)
        keys = (_shown(tag), f"{_shown(tag)}:{digest}")
        answer = await self._eval(_TAKE, keys, digest, counter, _milliseconds(self._use))
        if answer[0] == b"taken":
            return msgspec.json.decode(answer[1], type=CodeHolder)
        return "used" if answer[0] == b"used" else "unknown"

    def _tag(self, person_id: UUID) -> str:
        mac = hmac.digest(self._key, b"family-code\0" + person_id.bytes, "sha256")
        return base64.b32encode(mac).decode()[:16].lower()

    async def _eval(self, script: str, keys: tuple[str, ...], *arguments: object) -> Any:
        try:
            return await self._redis.do("EVAL", script, len(keys), *keys, *arguments)
        except AWAY as fault:
            raise SessionsAway(type(fault).__name__) from fault


def _shown(tag: str) -> str:
    return f"gongji:{{{tag}}}:family-code"


def code_digest(content: str) -> bytes:
    """What the books keep of a code: enough to know it again, nothing to show it with."""
    return hashlib.sha256(content.encode()).digest()


def _digest(jti: str) -> str:
    return hashlib.sha256(jti.encode()).hexdigest()


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
