"""What happens meanwhile: servers are killed, donors pause and end their bindings."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable

from service.database import DatabaseAway, Tx
from service.domain.binding import Event, State
from service.domain.refusal import Refusal
from service.flows.audit import Actor
from service.flows.move_binding import move_binding
from service.store import bindings
from service.world import World
from tests.chaos.population import Bound
from tests.chaos.record import Record, Shut
from tests.chaos.servers import Stack

WEIGHTS = {"api": 5, "postgres": 3, "valkey": 2, "worker": 2}


class Killer:
    """`kill -9` of a random server that is up, at random moments, so many times or so long."""

    def __init__(
        self, stack: Stack, *, seed: int, kills: int, seconds: float, pauses: tuple[float, float]
    ) -> None:
        self._stack, self._rng = stack, random.Random(f"killer-{seed}")
        self._pauses = pauses
        self._most, self._until = kills, time.monotonic() + seconds
        self._weights = {kind: n for kind, n in WEIGHTS.items() if kind in stack.kinds()}
        self.killed: Counter[str] = Counter()

    async def rage(self, shown: Callable[[int], None]) -> None:
        """Every kind is met at least once, if there are kills enough."""
        first = list(self._weights)
        self._rng.shuffle(first)
        while self.killed.total() < self._most and time.monotonic() < self._until:
            await asyncio.sleep(self._rng.uniform(*self._pauses))
            kind = first.pop() if first else self._any()
            victims = self._stack.alive(kind)
            if not victims:
                first.append(kind)
                continue
            self._rng.choice(victims).kill()
            self.killed[kind] += 1
            shown(self.killed.total())

    def _any(self) -> str:
        return self._rng.choices(list(self._weights), weights=list(self._weights.values()))[0]


class Donors:
    """They pause, resume and end these bindings; what they were answered is kept. `pauses`: the
    least and the most seconds between two of them; `ends`: the share of those that end it."""

    def __init__(
        self,
        world: World,
        bindings: Iterable[Bound],
        record: Record,
        *,
        seed: int,
        pauses: tuple[float, float] = (0.05, 0.4),
        ends: float = 0.2,
    ) -> None:
        self._world, self._record = world, record
        self._rng = random.Random(f"donors-{seed}")
        self._live = list(bindings)
        self._pauses, self._ends = pauses, ends

    async def change_their_minds(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(self._rng.uniform(*self._pauses))
            bound = self._rng.choice(self._live)
            if self._rng.random() < self._ends and len(self._live) > 3:
                self._live.remove(bound)
                await self._insisted(bound, "end", over="ended")
                self._record.counts["bindings ended"] += 1
                self._shut(bound)
                continue
            await self._insisted(bound, "pause", over="paused")
            self._record.counts["bindings paused"] += 1
            since = self._world.clock()
            await asyncio.sleep(self._rng.uniform(0.05, 0.5))
            self._record.shut.append(
                Shut(binding_id=bound.id, since=since, until=self._world.clock())
            )
            await self._insisted(bound, "resume", over="active")

    def _shut(self, bound: Bound) -> None:
        since = self._world.clock()
        self._record.shut.append(Shut(binding_id=bound.id, since=since, until=None))

    async def _insisted(self, bound: Bound, event: Event, *, over: State) -> None:
        """Until it is so; asking again after a lost answer finds it done."""
        actor = Actor(kind="citizen", id=bound.donor_id)

        async def work(tx: Tx) -> State | Refusal:
            locked = await bindings.lock(tx, id=bound.id)
            if locked.state == over:
                return over
            return await move_binding(tx, self._world, locked, event, actor=actor)

        while True:
            try:
                moved = await self._world.database.transact(work)
            except DatabaseAway:
                continue
            assert moved == over, moved
            return
