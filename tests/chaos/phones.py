"""Phones that pay premiums: each wish is insisted on until there is a definite answer."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx

from service.sessions import Session, SessionsAway
from service.world import World
from tests.chaos.patience import NoAnswer, Patience
from tests.chaos.payers import DUE_FEN
from tests.chaos.population import Bound
from tests.chaos.premium_record import Ordered, PremiumRecord

FRESH_SECONDS = 200.0
"""Who is signed in for longer confirms again."""
RECEIPT_SECONDS = 3.0


class Phone:
    """Several payers, who are signed in nowhere else; `apis` are tried at random."""

    def __init__(
        self,
        number: int,
        world: World,
        apis: Sequence[httpx.AsyncClient],
        bindings: Sequence[Bound],
        record: PremiumRecord,
        *,
        year: int,
        seed: int,
    ) -> None:
        self._world, self._apis, self._record = world, apis, record
        self.bindings, self._year = bindings, year
        self._rng = random.Random(f"phone-{seed}-{number}")
        self._sessions: dict[UUID, tuple[str, float]] = {}
        self._signing_in = asyncio.Lock()
        self._plans: dict[UUID, Bound] = {}
        self.patience = Patience(self._rng, record.counts, who="phones: ")

    async def work(self, stop: asyncio.Event) -> None:
        """One wish after the other until told to stop."""
        deeds = (self._pay, self._twice, self._race, self._look_back, self.plan, self.end_plan)
        while not stop.is_set():
            deed = self._rng.choices(deeds, weights=(40, 12, 14, 25, 14, 10))[0]
            try:
                await deed()
            except NoAnswer as silence:
                self._record.complaints.append(f"a phone never got a definite answer: {silence}")
                return
            await asyncio.sleep(self._rng.uniform(0, 0.1))

    async def _pay(self) -> None:
        order = await self.order(self._rng.choice(self.bindings), uuid4().hex)
        if order is not None and self._rng.random() < 0.85:
            await self.give_back(order)

    async def _twice(self) -> None:
        """The same message at once, or two messages of one payer for one relative."""
        bound, key = self._rng.choice(self.bindings), uuid4().hex
        other = self._rng.choice((key, uuid4().hex))
        first, second = await asyncio.gather(self.order(bound, key), self.order(bound, other))
        # A refusal gives the key free: the other may find that things have changed, and is granted.
        if key == other and first != second and first and second:
            self._record.complaints.append(f"one key, two answers: {key} {first} {second}")
        await self._give_back_some(first, second)

    async def _race(self) -> None:
        """All my payers of one relative at once."""
        relative = self._rng.choice(self.bindings).patient_id
        mine = [bound for bound in self.bindings if bound.patient_id == relative]
        orders = await asyncio.gather(*(self.order(bound, uuid4().hex) for bound in mine))
        await self._give_back_some(*orders)

    async def _give_back_some(self, *orders: Ordered | None) -> None:
        for order in orders:
            if order is not None and self._rng.random() < 0.5:
                await self.give_back(order)

    async def _look_back(self) -> None:
        """Whatever one of my payers has paid by now, by plans too, is asked back."""
        payer = self._rng.choice(self.bindings).donor_id
        answer = await self._insist(payer, "GET", "/v1/premiums?limit=50")
        paid = [
            UUID(order["id"])
            for order in answer.json()["items"]
            if order["state"] == "paid" and order["role"] == "payer"
        ]
        for id in self._rng.sample(paid, min(3, len(paid))):
            await self._refund(payer, id, uuid4().hex)

    async def plan(self) -> None:
        """For a random relative: every year or this one, for enough or too little."""
        bound = self._rng.choice(self.bindings)
        body = {
            "binding_id": str(bound.id),
            "most_fen": self._rng.choice((DUE_FEN, DUE_FEN, 2 * DUE_FEN, DUE_FEN // 2)),
            "agreed": True,
            "year": self._rng.choice((None, self._year)),
        }
        answer = await self._post(bound.donor_id, "/v1/premium-plans", body, uuid4().hex)
        if self._granted(answer, "planned"):
            plan_id = UUID(answer.json()["id"])
            self._plans[plan_id] = self._record.plans[plan_id] = bound

    async def end_plan(self) -> None:
        """One of my own."""
        if not self._plans:
            return
        plan_id = self._rng.choice(list(self._plans))
        bound = self._plans.pop(plan_id)
        url = f"/v1/premium-plans/{plan_id}/end"
        if self._granted(await self._post(bound.donor_id, url, {}, uuid4().hex), "plan ended"):
            self._record.ended[plan_id] = self._world.clock()

    async def order(self, bound: Bound, key: str) -> Ordered | None:
        """None when it is refused."""
        body = {"binding_id": str(bound.id), "year": self._year, "amount_fen": DUE_FEN}
        answer = await self._post(bound.donor_id, "/v1/premiums", body, key)
        if not self._granted(answer, "ordered"):
            return None
        return self._record.ordered(bound, answer.json())

    async def give_back(self, order: Ordered) -> None:
        """Once the bureau's receipt is there: by one message, the same twice, or two."""
        await self._receipt(order)
        key = uuid4().hex
        keys = self._rng.choice(((key,), (key,), (key, key), (key, uuid4().hex)))
        payer = order.bound.donor_id
        await asyncio.gather(*(self._refund(payer, order.id, key) for key in keys))

    async def _receipt(self, order: Ordered) -> None:
        until = time.monotonic() + RECEIPT_SECONDS
        while time.monotonic() < until:
            answer = await self._insist(order.bound.donor_id, "GET", f"/v1/premiums/{order.id}")
            if not answer.is_success:
                self._record.complaints.append(f"{order.id} is not found by its payer")
            if answer.json().get("state") != "held":
                return
            await asyncio.sleep(0.1)

    async def _refund(self, payer: UUID, premium_id: UUID, key: str) -> None:
        answer = await self._post(payer, f"/v1/premiums/{premium_id}/refund", {}, key)
        if self._granted(answer, "refund asked"):
            self._record.refunding(premium_id, key, answer.json())

    def _granted(self, answer: httpx.Response, deed: str) -> bool:
        counts = self._record.counts
        if not answer.is_success:
            counts[f"refused {answer.json()['code']}"] += 1
            return False
        replayed = "Idempotency-Replayed" in answer.headers
        counts[f"premium {deed}{' again' if replayed else ''}"] += 1
        return True

    async def _post(self, payer: UUID, url: str, body: dict[str, Any], key: str) -> httpx.Response:
        return await self._insist(
            payer, "POST", url, json=body, headers={"Idempotency-Key": key}, what=key
        )

    async def _insist(
        self,
        payer: UUID,
        method: str,
        url: str,
        *,
        json: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        what: str = "",
    ) -> httpx.Response:
        async def once() -> httpx.Response:
            token = await self._token(payer)
            signed = {"Authorization": f"Bearer {token}", **(headers or {})}
            api = self._rng.choice(self._apis)
            answer = await api.request(method, url, json=json, headers=signed)
            if answer.status_code == 401 and self._sessions.get(payer, ("",))[0] == token:
                del self._sessions[payer]  # Redis was killed before it had written it down
            return answer

        return await self.patience.insist(once, what or url)

    async def _token(self, payer: UUID) -> str:
        """Of a session that was confirmed just now."""
        async with self._signing_in:
            token, at = self._sessions.get(payer, ("", 0.0))
            if token and time.monotonic() - at < FRESH_SECONDS:
                return token
            now = self._world.clock()
            session = Session(
                tag=self._world.sessions.tag("person", str(payer)),
                channel="wechat",
                app_id="chaos",
                account_id=payer,
                person_id=payer,
                born_at=now,
                confirmed_at=now,
            )
            try:
                token = await self._world.sessions.open(session)
            except SessionsAway as away:
                raise httpx.ConnectError("no session") from away
            self._sessions[payer] = token, time.monotonic()
            return token
