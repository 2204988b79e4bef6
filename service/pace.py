"""The pace toward the tax bureau: so many orders a second, whoever sends them and from wherever.

The schedule is one instant in Redis: when the next order may go. Who sends moves it on by what the
orders take and waits until it was; so bursts of several workers queue up behind each other.
"""

import asyncio

from service.redis_clients import AWAY, AsyncRedis
from service.sessions import SessionsAway

# KEYS: schedule. ARGV: microseconds the orders take. Answers how long to wait, in microseconds.
# The clock is the server's own: workers on several machines have several clocks.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local free = tonumber(redis.call('GET', KEYS[1]) or now)
if free < now then free = now end
redis.call('SET', KEYS[1], string.format('%d', free + ARGV[1]),
           'PX', math.ceil((free - now + ARGV[1]) / 1000) + 1000)
return free - now
"""
_KEY = "gongji:pace:tax"


class Pace:
    """At most `per_second` orders a second over all processes; the first burst goes at once."""

    def __init__(self, redis: AsyncRedis, *, per_second: int) -> None:
        self._redis, self.per_second = redis, per_second

    async def take(self, orders: int) -> float:
        """Wait until so many orders may go; seconds waited. With 0 it only waits. Raises
        SessionsAway."""
        try:
            wait = await self._redis.eval(_TAKE, 1, _KEY, orders * 1_000_000 // self.per_second)
        except AWAY as fault:
            raise SessionsAway(type(fault).__name__) from fault
        seconds = int(wait) / 1_000_000
        if seconds > 0:
            await asyncio.sleep(seconds)
        return seconds
