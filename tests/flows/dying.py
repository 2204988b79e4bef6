"""A world whose process dies at a chosen step: from then on it touches nothing any more."""

import copy
import dataclasses
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from litestar import Litestar

from service.database import Database, Tx
from service.world import World

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone; no handler of ours may catch it."""


class Steps:
    """The steps taken so far; the `fatal`-th kills, as does every one after it."""

    def __init__(self, fatal: int = 10_000) -> None:
        self.taken: list[str] = []
        self._fatal = fatal

    def take(self, name: str) -> None:
        self.taken.append(name)
        if len(self.taken) >= self._fatal:
            raise Crash(name)


class _Database:
    """Dies before a transaction, with its work done but not committed, or just after.

    What it does not name does not exist here: no way to write goes past the deaths unseen.
    """

    book = Database.book  # by our own `transact`

    def __init__(self, database: Any, steps: Steps) -> None:
        self._database, self._steps = database, steps
        self.read, self.survey = database.read, database.survey

    async def transact(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        async def dying(tx: Tx) -> T:
            result = await work(tx)
            self._steps.take("before the commit")
            return result

        self._steps.take("before the transaction")
        result: T = await self._database.transact(dying)
        self._steps.take("after the commit")
        return result


class _Calls:
    """Dies before or after the named calls of something else."""

    def __init__(self, other: Any, steps: Steps, *names: str) -> None:
        self._other, self._steps, self._names = other, steps, names

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._other, name)
        if name not in self._names:
            return method

        async def call(*values: Any, **more: Any) -> Any:
            self._steps.take(f"before {name}")
            result = await method(*values, **more)
            self._steps.take(f"after {name}")
            return result

        return call


def dying_world(world: World, steps: Steps) -> World:
    """Every commit, platform call and write to Redis is a step."""
    sessions: Any = copy.copy(world.sessions)
    sessions._redis = _Calls(sessions._redis, steps, "eval")
    database: Any = _Database(world.database, steps)
    platform: Any = _Calls(
        world.platform,
        steps,
        "decode_credential",
        "find_insured",
        "check_kinship",
        "find_residents",
    )
    tax: Any = _Calls(world.tax, steps, "submit", "ask", "refund", "ask_refund")
    pace: Any = _Calls(world.pace, steps, "take")
    channels: Any = {
        name: _Calls(channel, steps, "sign_in", "send") for name, channel in world.channels.items()
    }
    return dataclasses.replace(
        world,
        database=database,
        sessions=sessions,
        platform=platform,
        channels=channels,
        tax=tax,
        pace=pace,
    )


@contextmanager
def dying(app: Litestar, world: World, steps: Steps) -> Iterator[None]:
    """The application runs in a world that dies; afterwards it is another, living process."""
    app.state.world = dying_world(world, steps)
    try:
        yield
    finally:
        app.state.world = world
