"""Time that runs faster for what waits, and how a run comes to rest.

A lease lasts two minutes and a claimed key one; nobody waits for that here. What is leased to the
dead is made due early, and what is leased to the living too: two may be at one order at any time.
"""

import asyncio
import contextlib
import time

from service.database import DatabaseAway, Tx
from service.world import World
from tests.chaos.bureau import Bureau

SHARE, PAUSE_SECONDS = 0.4, 0.5
"""Of what waits, how much is made due, and how often; all of it, more often, to come to rest."""
RESTING_PAUSE_SECONDS = 0.2
REST_SECONDS = 60.0

_ORDERS_DUE = """
UPDATE premium SET next_try_at = now() WHERE (book_id, premium_id) IN (
    SELECT book_id, premium_id FROM premium WHERE next_try_at > now() AND random() < $1
       AND ($2 OR state <> 'planned' OR next_try_at < now() + interval '1 hour')
       FOR UPDATE SKIP LOCKED)
"""
_REFUNDS_DUE = """
UPDATE premium_refund SET next_try_at = now() WHERE (book_id, refund_id) IN (
    SELECT book_id, refund_id FROM premium_refund WHERE next_try_at > now() AND random() < $1
       FOR UPDATE SKIP LOCKED)
"""
# Three seconds are enough for who is alive.
_KEYS_FREE = """
UPDATE idempotency SET claimed_until = now() WHERE (principal, key) IN (
    SELECT principal, key FROM idempotency WHERE status IS NULL
       AND claimed_until BETWEEN now() AND now() + interval '57 seconds'
       FOR UPDATE SKIP LOCKED)
"""
_PLANNED = "SELECT count(*) FROM premium WHERE state = 'planned' AND aside IS NULL"
_PLANNED_DUE = "UPDATE premium SET next_try_at = now() WHERE state = 'planned' AND aside IS NULL"
_OPEN = """
SELECT (SELECT count(*) FROM premium
         WHERE aside IS NULL AND state IN ('held', 'paid', 'refunding') OR to_tell IS NOT NULL
            OR (state = 'planned' AND next_try_at < now() + interval '1 hour'))
     + (SELECT count(*) FROM premium_refund WHERE state = 'asked')
     + (SELECT count(*) FROM counter_event)
"""


class Haste:
    """In the database of this world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._resting = False

    async def push(self) -> None:
        """Until cancelled: some of what waits is due at once, now and again."""
        while True:
            resting = self._resting
            await asyncio.sleep(RESTING_PAUSE_SECONDS if resting else PAUSE_SECONDS)
            share = 1.0 if resting else SHARE
            await self._run(_ORDERS_DUE, share, not resting)
            await self._run(_REFUNDS_DUE, share)
            await self._run(_KEYS_FREE)

    async def rest(self, bureau: Bureau) -> None:
        """Until nothing is under way: neither orders nor refunds nor what is to be told. Planned
        orders that wait for money and the like are decided again after all others, until that
        changes nothing. After REST_SECONDS it is left to the judge."""
        self._resting = True
        until = time.monotonic() + REST_SECONDS
        planned = -1
        while time.monotonic() < until:
            await self._quiet(bureau, until)
            before, planned = planned, await self._count(_PLANNED)
            if planned in (0, before):
                return
            await self._run(_PLANNED_DUE)

    async def _quiet(self, bureau: Bureau, until: float) -> None:
        await bureau.decide()
        while await self._count(_OPEN) and time.monotonic() < until:
            await asyncio.sleep(0.1)
            await bureau.decide()

    async def _count(self, statement: str) -> int:
        while True:
            with contextlib.suppress(DatabaseAway):  # a connection from before the last kill
                async with self._world.database.read() as tx:
                    return int(await tx.connection.fetchval(statement))

    async def _run(self, statement: str, *values: object) -> None:
        async def work(tx: Tx) -> None:
            await tx.connection.execute(statement, *values)

        with contextlib.suppress(DatabaseAway):
            await self._world.database.transact(work)
