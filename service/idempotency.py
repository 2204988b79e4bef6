"""Idempotency-Key: claim the key, run once, keep the answer in the effect's own transaction.

A claim is committed first, so that a parallel request sees "running"; the answer is written
together with the effect, so that one is never there without the other. A request that fails
releases its claim: nothing happened, so the same key may be tried again. A claim whose process
died can be taken over after a minute.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from service.crypto import same, sm3
from service.database import Tx
from service.domain.refusal import Refusal
from service.problems import Problem
from service.store import idempotency as keys
from service.world import World

T = TypeVar("T")
_SHAPE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_LEASE = timedelta(seconds=60)
KEPT = timedelta(hours=24)


class Request(Struct, frozen=True, kw_only=True):
    """Who asks, under which key, for what: `content` is everything that decides the effect."""

    principal: UUID
    key: str
    route: str
    content: bytes


class Answer(Struct, frozen=True, kw_only=True):
    """A stored or fresh answer; `body` is JSON."""

    status: int
    body: bytes
    replayed: bool = False


class AlreadyAnswered(Exception):
    """The effect was committed by an attempt whose answer got lost."""


class Once(Generic[T]):
    """Handed to a flow: `begin` first in its transaction, `keep` last."""

    def __init__(
        self, world: World, request: Request, *, status: int, render: Callable[[T], Struct]
    ) -> None:
        self._world, self._request = world, request
        self._status, self._render = status, render
        self._claim = uuid4()
        self.answer: Answer | None = None

    async def begin(self, tx: Tx) -> None:
        """Lock our claim. Raises AlreadyAnswered after a commit whose answer was lost."""
        row = await keys.lock(tx, principal=self._request.principal, key=self._request.key)
        if row is not None and row.status is not None:
            raise AlreadyAnswered
        if row is None or row.claim != self._claim:
            raise Problem("idempotency.running", retry_after=1)

    async def keep(self, tx: Tx, result: T) -> None:
        """Store the answer that `result` is rendered to."""
        body = msgspec.json.encode(self._render(result))
        kept = await keys.answer(
            tx,
            principal=self._request.principal,
            key=self._request.key,
            claim=self._claim,
            status=self._status,
            answer_sealed=self._world.vault.seal(body, purpose=self._purpose),
        )
        if not kept:
            raise Problem("idempotency.running", retry_after=1)
        self.answer = Answer(status=self._status, body=body)

    async def run(self, action: Callable[["Once[T]"], Awaitable[T | Refusal]]) -> Answer:
        """Claim, act, answer; or replay. Raises Problem for refusals and conflicts."""
        stored = await self._claim_key()
        if stored is not None:
            return stored
        try:
            result = await action(self)
        except AlreadyAnswered:
            answer = await self._find()
            assert answer is not None
            return answer
        except BaseException:
            await self._release()
            raise
        if isinstance(result, Refusal):
            await self._release()
            raise Problem.of(result)
        assert self.answer is not None, "the flow kept no answer"
        return self.answer

    async def _claim_key(self) -> Answer | None:
        if not _SHAPE.fullmatch(self._request.key):
            raise Problem("idempotency.key_missing")
        now = self._world.clock()

        async def claim(tx: Tx) -> int:
            return await keys.claim(
                tx,
                principal=self._request.principal,
                key=self._request.key,
                route=self._request.route,
                fingerprint=self._fingerprint,
                claim=self._claim,
                until=now + _LEASE,
                at=now,
            )

        if await self._world.database.transact(claim):
            return None
        answer = await self._find()
        if answer is None:
            raise Problem("idempotency.running", retry_after=1)
        return answer

    async def _find(self) -> Answer | None:
        async with self._world.database.read() as tx:
            row = await keys.find(tx, principal=self._request.principal, key=self._request.key)
        if row is None:
            return None
        if not same(row.fingerprint, self._fingerprint):
            raise Problem("idempotency.other_request")
        if row.status is None or row.answer_sealed is None:
            return None
        body = self._world.vault.open(row.answer_sealed, purpose=self._purpose)
        return Answer(status=row.status, body=body, replayed=True)

    async def _release(self) -> None:
        async def release(tx: Tx) -> int:
            return await keys.release(
                tx,
                principal=self._request.principal,
                key=self._request.key,
                claim=self._claim,
            )

        await self._world.database.transact(release)

    @property
    def _fingerprint(self) -> bytes:
        return sm3(self._request.route.encode() + b"\0" + self._request.content)

    @property
    def _purpose(self) -> str:
        return f"idempotency.answer:{self._request.principal}:{self._request.key}"
