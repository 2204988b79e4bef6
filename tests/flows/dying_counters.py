"""A counter's process that dies at a chosen call: of the database, of Redis, of the platform."""

import copy
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from service.database import Database, Tx
from service.merging import Merger
from service.world import World
from tests.flows.dying import Crash, Steps, _Calls, dying_world

T = TypeVar("T")
_REDIS = ("do", "eval", "evalsha")
"""However a script is called."""


class _EveryCall:
    """A database whose every statement is a step, and every commit."""

    book = Database.book  # by our own `transact`; what is not named here does not exist

    def __init__(self, database: Any, steps: Steps) -> None:
        self._database, self._steps = database, steps

    def _watched(self, tx: Tx) -> Tx:
        return Tx(_Calls(tx.connection, self._steps, "fetchrow", "fetch", "execute"))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        async with self._database.read() as tx:
            yield self._watched(tx)

    async def single(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        answer: T = await self._database.single(lambda tx: work(self._watched(tx)))
        return answer

    async def transact(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        async def dying(tx: Tx) -> T:
            result = await work(self._watched(tx))
            self._steps.take("before the commit")
            return result

        answer: T = await self._database.transact(dying)
        self._steps.take("after the commit")
        return answer


class _Merger(Merger[Any, Any]):
    """With its process die those who wait in it."""

    async def _answer(self, batch: Sequence[Any], work: Any) -> None:
        try:
            await super()._answer(batch, work)
        except Crash as crash:
            for _, future in batch:
                if not future.done():
                    future.set_exception(crash)


def dying_counter(world: World, steps: Steps) -> World:
    """A process of its own, whose every call is a step."""
    codes: Any = copy.copy(world.family_codes)
    codes._redis = _Calls(codes._redis, steps, *_REDIS)
    limits: Any = copy.copy(world.limits)
    limits._redis = _Calls(limits._redis, steps, *_REDIS)
    database: Any = _EveryCall(world.database, steps)
    return dataclasses.replace(
        dying_world(world, steps),
        database=database,
        family_codes=codes,
        limits=limits,
        settlements=_Merger(),
    )
