"""The load of premiums beside the tills: payers' phones, the operator, the bureau, their end."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from service.world import World
from tests.chaos.bureau import Bureau
from tests.chaos.disturbances import Donors
from tests.chaos.judge_premiums import judge_premiums
from tests.chaos.payers import Payers, populate_payers
from tests.chaos.phones import Phone
from tests.chaos.planning import Operator
from tests.chaos.premium_record import PremiumRecord
from tests.chaos.record import Record
from tests.chaos.resting import Haste

PAUSES, ENDS = (0.3, 1.5), 0.05
"""How often payers pause a binding, and how seldom they end one."""
STATES = "SELECT state, count(*) FROM premium GROUP BY 1"


class Premiums:
    """Everything about premiums in a run."""

    def __init__(
        self,
        world: World,
        payers: Payers,
        record: Record,
        sandboxes: httpx.AsyncClient,
        *,
        seed: int,
    ) -> None:
        self._world, self.payers, self._seed = world, payers, seed
        self.record = PremiumRecord(record)
        self.bureau = Bureau(sandboxes, payers, seed=seed)
        self.haste = Haste(world)
        self._operator = Operator(world, self.record, year=payers.year, seed=seed)
        self._donors = Donors(
            world, payers.bindings, record, seed=seed + 1, pauses=PAUSES, ends=ENDS
        )
        self.phones: list[Phone] = []

    def hand_out(self, apis: Sequence[httpx.AsyncClient]) -> list[Phone]:
        """A phone to each household."""
        self.phones = [
            Phone(
                number,
                self._world,
                apis,
                bindings,
                self.record,
                year=self.payers.year,
                seed=self._seed,
            )
            for number, bindings in enumerate(self.payers.phones)
        ]
        return self.phones

    def load(
        self, apis: Sequence[httpx.AsyncClient], stop: asyncio.Event
    ) -> list[Coroutine[Any, Any, None]]:
        """What goes on until `stop`."""
        return [
            *(phone.work(stop) for phone in self.hand_out(apis)),
            self._operator.work(stop),
            self._donors.change_their_minds(stop),
            self.bureau.misbehave(stop),
        ]

    def give_up_in(self, seconds: float) -> None:
        for phone in self.phones:
            phone.patience.give_up_at = time.monotonic() + seconds

    async def rest(self) -> None:
        """Every server is up and no phone asks any more."""
        await self.bureau.behave()
        await self._operator.plan()
        await self.haste.rest(self.bureau)

    async def judge(self, connection: asyncpg.Connection) -> list[str]:
        """The faults. Counts the orders by state."""
        for state, number in await connection.fetch(STATES):
            self.record.counts[f"premiums {state}"] += number
        book = await self.bureau.book()
        again = sum(order["submissions"] - 1 for order in book["orders"])
        self.record.counts["orders submitted again"] += again
        return await judge_premiums(
            connection, self.record, self.payers, book=book, elsewhere=self.bureau.elsewhere
        )


@contextlib.asynccontextmanager
async def begun_premiums(
    world: World,
    sandboxes: httpx.AsyncClient,
    record: Record,
    *,
    donors: Sequence[UUID],
    phones: int,
    seed: int,
) -> AsyncIterator[Premiums]:
    """With its population, some of these donors among the payers; time runs faster for what waits
    until it is over."""
    payers = await populate_payers(world, seed=seed, phones=phones, donors=donors)
    premiums = Premiums(world, payers, record, sandboxes, seed=seed)
    await premiums.bureau.begin()
    pushing = asyncio.create_task(premiums.haste.push())
    try:
        yield premiums
    finally:
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
