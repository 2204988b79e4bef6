"""The outside world of premiums: the sandboxes of tax bureau and insurance, behaving badly."""

import asyncio
import random
from typing import Any

import httpx

from tests.chaos.payers import DUE_FEN, Payers

MODES = ("lose_answer", "garbage", "down", "slow")
DELAYS = (0.05, 0.3, 1.3, 4.3)
"""Seconds: about no time, and longer than we wait for the answer to one order, or to many."""


class Bureau:
    """`sandboxes` leads to their control pages."""

    def __init__(self, sandboxes: httpx.AsyncClient, payers: Payers, *, seed: int) -> None:
        self._sandboxes = sandboxes
        self._rng = random.Random(f"bureau-{seed}")
        self._relatives = [person.id_number for person in payers.relatives.values()]
        self._waiting = list(self._relatives)
        self._rng.shuffle(self._waiting)
        self._year = payers.year
        self.declined = self._relatives[:3]
        """Whom the bureau always declines, for a reason that only it knows."""
        self.elsewhere = self.declined[-1]
        """Who has paid without us."""

    async def begin(self) -> None:
        """No credit arrives yet, so that premiums can be given back; and some are always declined:
        one suspended, one of another amount, one paid elsewhere."""
        await self._credits(refuse=True)
        suspended, other, elsewhere = self.declined
        await self._post(f"/tax/_people/{suspended}", reason="suspended")
        await self._post(f"/tax/_people/{other}", due_fen=DUE_FEN - 1)
        await self._post(f"/tax/_people/{elsewhere}", paid_elsewhere_year=self._year)

    async def misbehave(self, stop: asyncio.Event) -> None:
        """Now this, now that, until told to stop; what lasts is ended each time."""
        deeds = {
            self._fault: 50,
            self._later: 20,
            self._maintain: 6,
            self._close: 4,
            self._tell_twice: 6,
            self._platform_fault: 8,
            self._credit_one: 8,
        }
        while not stop.is_set():
            await asyncio.sleep(self._rng.uniform(0.1, 1.0))
            await self._rng.choices(list(deeds), weights=list(deeds.values()))[0]()

    async def behave(self) -> None:
        """Everything is in order again, and every credit arrives."""
        for name in ("tax", "platform"):
            await self._post(f"/_switches/{name}", mode="ok")
        await self._post("/tax/_maintenance", on=False)
        await self._post("/tax/_mode", decide="at_once", twice=False, window_closed=False)
        await self._credits(refuse=False)
        await self.decide()

    async def decide(self) -> None:
        await self._post("/tax/_decide")

    async def book(self) -> dict[str, Any]:
        """The tax bureau's."""
        answer = await self._sandboxes.get("/tax/_book")
        book: dict[str, Any] = answer.raise_for_status().json()
        return book

    async def _fault(self) -> None:
        mode, delay = self._rng.choice(MODES), self._rng.choice(DELAYS)
        times = self._rng.randint(1, 3)
        await self._post("/_switches/tax", mode=mode, delay_seconds=delay, times=times)

    async def _platform_fault(self) -> None:
        mode = self._rng.choice(MODES)
        await self._post("/_switches/platform", mode=mode, delay_seconds=0.3, times=1)

    async def _later(self) -> None:
        await self._post("/tax/_mode", decide="later")
        for _ in range(self._rng.randint(1, 3)):
            await asyncio.sleep(self._rng.uniform(0.1, 0.8))
            await self.decide()
        await self._post("/tax/_mode", decide="at_once")
        await self.decide()

    async def _maintain(self) -> None:
        await self._post("/tax/_maintenance", on=True)
        await asyncio.sleep(self._rng.uniform(0.1, 0.6))
        await self._post("/tax/_maintenance", on=False)

    async def _close(self) -> None:
        await self._post("/tax/_mode", window_closed=True)
        await asyncio.sleep(self._rng.uniform(0.1, 0.4))
        await self._post("/tax/_mode", window_closed=False)

    async def _tell_twice(self) -> None:
        await self._post("/tax/_mode", twice=self._rng.random() < 0.6)

    async def _credit_one(self) -> None:
        """Half of the relatives are left to the end, so that there is something to give back."""
        if len(self._waiting) > len(self._relatives) // 2:
            await self._credits_of(self._waiting.pop(), refuse=False)

    async def _credits(self, *, refuse: bool) -> None:
        await asyncio.gather(*(self._credits_of(id, refuse=refuse) for id in self._relatives))

    async def _credits_of(self, id_number: str, *, refuse: bool) -> None:
        await self._post("/platform/_credits/refuse", id_number=id_number, refuse=refuse)

    async def _post(self, path: str, **content: Any) -> None:
        (await self._sandboxes.post(path, json=content)).raise_for_status()
