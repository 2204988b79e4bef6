"""Concurrent commands to Redis in one pipeline: under load a round trip serves many requests.

A lone command goes at once, by itself. Each caller has its own answer or its own error.
"""

from collections.abc import Sequence
from typing import Any

from service.merging import Merger
from service.redis_clients import AsyncRedis

Command = tuple[tuple[Any, ...], dict[str, Any]]


class RedisTogether:
    """On one server, Sentinel or Cluster alike: nothing here is a transaction."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis = redis
        self._merger: Merger[Command, Any] = Merger(most=256)

    async def do(self, *command: Any, **options: Any) -> Any:
        """One command with its arguments; `options` tell redis-py how to read the answer. Raises
        what redis-py raises."""
        return await self._merger.join((command, options), self._send)

    async def _send(self, commands: Sequence[Command]) -> Sequence[Any]:
        if len(commands) == 1:
            ((command, options),) = commands
            return [await self._redis.execute_command(*command, **options)]
        pipeline = self._redis.pipeline(transaction=False)
        for command, options in commands:
            pipeline.execute_command(*command, **options)
        answers: Sequence[Any] = await pipeline.execute(raise_on_error=False)
        return answers
