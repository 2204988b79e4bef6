"""Concurrent calls of one kind, merged: whatever waits while a call is under way goes together.

No timer: a lone call goes at once and pays nothing for the merging; under load the next batch
gathers while the last one is at the database. One batch is in flight per process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")
Work = Callable[[Sequence[Ask]], Awaitable[Sequence[Answer | BaseException]]]

MOST = 128


class Merger(Generic[Ask, Answer]):
    """At most `most` calls go together."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._waiting: list[tuple[Ask, asyncio.Future[Answer]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def join(self, ask: Ask, work: Work[Ask, Answer]) -> Answer:
        """Our own answer of `work`, which answers a batch in its order; an exception in place of an
        answer is that caller's own. A caller that goes away does not disturb its neighbours."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, future))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run(work))
        return await future

    async def _run(self, work: Work[Ask, Answer]) -> None:
        while self._waiting:
            batch = [pair for pair in self._waiting[: self._most] if not pair[1].done()]
            del self._waiting[: self._most]
            if batch:
                await self._answer(batch, work)

    async def _answer(
        self, batch: Sequence[tuple[Ask, asyncio.Future[Answer]]], work: Work[Ask, Answer]
    ) -> None:
        answers: Sequence[Answer | BaseException]
        try:
            answers = await work([ask for ask, _ in batch])
            if len(answers) != len(batch):
                raise AssertionError(f"{len(answers)} answers to {len(batch)} calls")
        except BaseException as fault:  # whatever it is, nobody is left waiting
            answers = [fault] * len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
