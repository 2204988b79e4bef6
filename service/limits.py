"""Rate limits that hold exactly, however many workers count: one atomic step in Redis."""

import hmac
import math

from service.redis_clients import AWAY, AsyncRedis
from service.sessions import SessionsAway

# KEYS: counter. ARGV: window ms. Answers the count and the time left.
_TAKE = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""


class LimitReached(Exception):
    """Too many in this window. `retry_after` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("limit reached")
        self.retry_after = retry_after


class Limits:
    """Counters by what is limited and whose it is; of the owner only a keyed hash is stored."""

    def __init__(self, redis: AsyncRedis, *, key: bytes) -> None:
        self._redis, self._key = redis, key

    async def take(self, what: str, *, owner: str, most: int, seconds: int) -> None:
        """Count one. Raises LimitReached from the `most + 1`st in a window of `seconds`."""
        tag = hmac.digest(self._key, f"{what}\0{owner}".encode(), "sha256").hex()[:24]
        try:
            count, left = await self._redis.eval(
                _TAKE, 1, f"gongji:{{{tag}}}:limit:{what}", seconds * 1000
            )
        except AWAY as fault:
            raise SessionsAway(type(fault).__name__) from fault
        if count > most:
            raise LimitReached(max(1, math.ceil(left / 1000)))
