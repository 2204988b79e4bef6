"""The operator of a batch: plans it again and again, twice at once, and pauses it meanwhile."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from service.database import DatabaseAway
from service.development_policies import AREA
from service.domain.premium_batch import Mode
from service.flows.plan_batch import Planned, plan_batch
from service.flows.steer_batch import steer_batch
from service.world import World
from tests.chaos.premium_record import PremiumRecord

T = TypeVar("T")


class Operator:
    """Of the batch of the demonstration area."""

    def __init__(self, world: World, record: PremiumRecord, *, year: int, seed: int) -> None:
        self._world, self._record, self._year = world, record, year
        self._rng = random.Random(f"operator-{seed}")

    async def work(self, stop: asyncio.Event) -> None:
        """Until told to stop; then the batch runs."""
        while not stop.is_set():
            await asyncio.sleep(self._rng.uniform(0.2, 1.5))
            await asyncio.gather(*(self.plan() for _ in range(self._rng.choice((1, 1, 2)))))
            if self._rng.random() < 0.25:
                await self._steer(self._rng.choice(("paused", "draining")))
                await asyncio.sleep(self._rng.uniform(0.1, 1.0))
                await self._steer("running")

    async def plan(self) -> None:
        """An order for every plan that has none yet."""
        planned = await _insisted(lambda: plan_batch(self._world, area=AREA, year=self._year))
        if isinstance(planned, Planned):
            self._record.counts["premiums planned by batches"] += planned.orders
        else:
            self._record.complaints.append(f"the batch is not planned: {planned.code}")

    async def _steer(self, mode: Mode) -> None:
        await _insisted(lambda: steer_batch(self._world, area=AREA, year=self._year, mode=mode))


async def _insisted(act: Callable[[], Awaitable[T]]) -> T:
    """Planning and steering twice is doing it once."""
    while True:
        try:
            return await act()
        except DatabaseAway:
            await asyncio.sleep(0.05)
