"""Tills at work: each bill is insisted on until there is a definite answer, under one key."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import httpx

from service.domain.family_code import CodeHolder
from service.sessions import SessionsAway
from service.till import Till
from service.world import World
from tests.chaos.patience import NoAnswer, Patience
from tests.chaos.population import Place, Population
from tests.chaos.record import Record

Send = Callable[[Till], Awaitable[httpx.Response]]


class Desk:
    """One counter's program; `apis` are tried at random, as a balancer would."""

    def __init__(
        self,
        number: int,
        world: World,
        apis: Sequence[httpx.AsyncClient],
        people: Population,
        record: Record,
        *,
        seed: int,
        at_counters: set[UUID] | None,
    ) -> None:
        """`at_counters`: who is being served, by all desks together; None when a patient may show
        a fresh code elsewhere meanwhile, which voids the first."""
        self._world, self._apis, self._people, self._record = world, apis, people, record
        self._at_counters = at_counters
        self._rng = random.Random(f"till-{seed}-{number}")
        self.patience = Patience(self._rng, record.counts)

    async def work(self, stop: asyncio.Event) -> None:
        """One patient after the other until told to stop."""
        deeds = (self._plain, self._same_key_twice, self._one_code_at_two_tills, self._quoted)
        while not stop.is_set():
            deed = self._rng.choices(deeds, weights=(60, 12, 12, 10))[0]
            patient = self._next()
            try:
                settled = await deed(patient)
                if settled is not None and self._rng.random() < 0.3:
                    await self._reverse(*settled)
            except NoAnswer as silence:
                self._record.complaints.append(f"never a definite answer: {silence}")
                return
            finally:
                if self._at_counters is not None:
                    self._at_counters.discard(patient.patient.id)

    def _next(self) -> CodeHolder:
        busy = self._at_counters
        if busy is None:
            return self._rng.choice(self._people.patients)
        free = [holder for holder in self._people.patients if holder.patient.id not in busy]
        chosen = self._rng.choice(free)
        busy.add(chosen.patient.id)
        return chosen

    async def _plain(self, patient: CodeHolder) -> tuple[Place, str, int] | None:
        place, bill = self._place(patient), self._bill()
        return await self._settle(place, await self._code(patient), uuid4().hex, bill)

    async def _quoted(self, patient: CodeHolder) -> tuple[Place, str, int] | None:
        place, bill, code = self._place(patient), self._bill(), await self._code(patient)
        whole = {"service": place.service, **bill}
        await self._insist(place, lambda till: till.quote(code, **whole), "quote")
        return await self._settle(place, code, uuid4().hex, bill)

    async def _same_key_twice(self, patient: CodeHolder) -> tuple[Place, str, int] | None:
        place, bill, key = self._place(patient), self._bill(), uuid4().hex
        code = await self._code(patient)
        first, second = await asyncio.gather(
            self._settle(place, code, key, bill), self._settle(place, code, key, bill)
        )
        if first != second:
            self._record.complaints.append(f"one key, two answers: {key} {first} {second}")
        return first

    async def _one_code_at_two_tills(self, patient: CodeHolder) -> tuple[Place, str, int] | None:
        code, bill = await self._code(patient), self._bill()
        settled = await asyncio.gather(
            *(self._settle(self._place(patient), code, uuid4().hex, bill) for _ in range(2))
        )
        paid = [one for one in settled if one is not None]
        if len(paid) > 1:
            self._record.complaints.append(f"one code settled twice: {paid}")
        return paid[0] if paid else None

    async def _reverse(self, place: Place, settlement_id: str, total: int) -> None:
        """Whole or in parts, by one message or by two at once, or the same message at once."""
        asked: list[tuple[str, int | None]] = [(uuid4().hex, None)]
        way = self._rng.randrange(5)
        if way == 1:
            asked = [(uuid4().hex, self._rng.randint(1, total)), (uuid4().hex, None)]
        elif way == 2:
            asked = [(uuid4().hex, None), (uuid4().hex, None)]
        elif way == 3:
            asked = [(uuid4().hex, self._rng.randint(1, total))] * 2
        elif way == 4:
            asked = [(uuid4().hex, self._rng.randint(1, total)) for _ in range(2)]
        together = [self._refund(place, settlement_id, key, fen) for key, fen in asked]
        if way == 1:
            for one in together:
                await one
        else:
            await asyncio.gather(*together)

    async def _settle(
        self, place: Place, code: str, key: str, bill: dict[str, int]
    ) -> tuple[Place, str, int] | None:
        whole = {"service": place.service, **bill}
        answer = await self._insist(place, lambda till: till.settle(code, key=key, **whole), key)
        if not answer.is_success:
            self._record.refuse(place.code, key, answer.json()["code"])
            return None
        body = answer.json()
        self._note(answer, "settled")
        self._record.settled(place.code, key, code, body)
        return place, body["id"], body["split"]["total_fen"]

    async def _refund(self, place: Place, settlement_id: str, key: str, fen: int | None) -> None:
        answer = await self._insist(
            place, lambda till: till.reverse(settlement_id, amount_fen=fen, key=key), key
        )
        if not answer.is_success:
            self._record.refuse(place.code, key, answer.json()["code"])
            return
        self._note(answer, "refunded")
        self._record.refunded(place.code, answer.json())

    def _note(self, answer: httpx.Response, deed: str) -> None:
        replayed = "Idempotency-Replayed" in answer.headers
        self._record.counts[f"{deed} again" if replayed else deed] += 1

    async def _insist(self, place: Place, send: Send, what: str) -> httpx.Response:
        """Ask until the answer is definite. Raises NoAnswer."""

        async def once() -> httpx.Response:
            api = self._rng.choice(self._apis)
            return await send(Till(api, code=place.code, secret=place.secret))

        answer = await self.patience.insist(once, what)
        self._record.answered_at.append(time.monotonic())
        return answer

    async def _code(self, patient: CodeHolder) -> str:
        while True:
            try:
                return await self._world.family_codes.issue(patient)
            except SessionsAway:
                self.patience.check("family code")
                await asyncio.sleep(0.05)

    def _place(self, patient: CodeHolder) -> Place:
        return self._rng.choice(self._people.near(patient))

    def _bill(self) -> dict[str, int]:
        total = int(10 ** self._rng.uniform(2, 5))
        fund = self._rng.choice((None, self._rng.randint(0, total)))
        return {"total_fen": total} if fund is None else {"total_fen": total, "fund_fen": fund}
