"""Whatever step a worker dies at, the next ones bring every order to the one right end."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec import Struct

from service.flows.apply_results import apply_results
from service.flows.plan_batch import plan_batch
from service.flows.tell_premiums import tell_premiums
from service.flows.work_premiums import work_premiums
from service.flows.work_refunds import work_refunds
from service.world import World
from tests.conftest import Clock
from tests.flows.dying import Crash, Steps, dying_world
from tests.premium_scenes import (
    Pair,
    ask_back,
    at_rest,
    bureau_order,
    faults,
    money_of,
    ordered,
    pair,
    planned,
    premium_year,
)
from tests.scenes import rows


class Scene(Struct, frozen=True):
    """What a worker does, and what is there once others have finished it."""

    act: Callable[[World], Awaitable[Any]]
    look: Callable[[], Awaitable[Any]]


class Workers:
    """Scenes with a payer and a relative each; the books of both sides are compared at the end."""

    def __init__(self, world: World, bureau: httpx.AsyncClient, clock: Clock) -> None:
        self.world, self.bureau, self.clock = world, bureau, clock
        self._next = 0

    async def pair(self, **more: Any) -> Pair:
        number, member = divmod(self._next, 2)
        self._next += 1
        return await pair(self.world, number, member=("child", "wife")[member], **more)

    async def survive(self, make: Callable[[], Awaitable[Scene]]) -> list[str]:
        """Once undisturbed, then dying at each step in turn. Answers the steps."""
        undisturbed, steps = await make(), Steps()
        await undisturbed.act(dying_world(self.world, steps))
        await at_rest(self.world, self.clock, times=2)
        expected = await undisturbed.look()
        for fatal, step in enumerate(steps.taken, start=1):
            scene = await make()
            with pytest.raises(Crash):
                await scene.act(dying_world(self.world, Steps(fatal)))
            assert await self._wrong_now() == [], (fatal, step)
            await at_rest(self.world, self.clock, times=2)
            assert (fatal, step, await scene.look()) == (fatal, step, expected)
        assert await faults(self.world, self.bureau) == []
        return steps.taken

    async def _wrong_now(self) -> list[Any]:
        """Even in the moment of the crash the ledger proves itself."""
        return await rows(self.world.database, "SELECT * FROM ledger.discrepancy")

    async def look(self, one: Pair, premium_id: UUID) -> Any:
        (row,) = await rows(
            self.world.database,
            "SELECT state, reason, receipt_number FROM premium WHERE premium_id = $1",
            premium_id,
        )
        there = await bureau_order(self.bureau, premium_id)
        same_receipt = (row["receipt_number"] or "") == there.get("receipt_no", "")
        state = (row["state"], row["reason"], there.get("state"), same_receipt)
        moved = await rows(
            self.world.database,
            "SELECT t.phase, t.amount_fen FROM ledger.transfer t LEFT JOIN premium_refund r"
            " ON r.refund_id = t.journal_id WHERE $1 IN (t.journal_id, r.premium_id)"
            " ORDER BY t.phase, t.amount_fen",
            premium_id,
        )
        _, held_fen = await money_of(self.world, one.payer_id)
        return state, [tuple(leg) for leg in moved], held_fen


@pytest.fixture
def workers(world: World, bureau: httpx.AsyncClient, clock: Clock) -> Workers:
    return Workers(world, bureau, clock)


async def test_paying(workers: Workers) -> None:
    async def make() -> Scene:
        one = await workers.pair()
        premium_id = await ordered(workers.world, one)
        return Scene(work_premiums, lambda: workers.look(one, premium_id))

    steps = await workers.survive(make)
    assert [s for s in steps if "submit" in s] == ["before submit", "after submit"]
    assert steps.count("after the commit") >= 6


async def test_being_declined(workers: Workers) -> None:
    async def make() -> Scene:
        one = await workers.pair()
        premium_id = await ordered(workers.world, one)
        path = f"/tax/_people/{one.relative.id_number}"
        await workers.bureau.post(path, json={"reason": "employee"})
        return Scene(work_premiums, lambda: workers.look(one, premium_id))

    steps = await workers.survive(make)
    assert "after submit" in steps


async def test_asking_after_a_lost_answer(workers: Workers) -> None:
    async def make() -> Scene:
        one = await workers.pair()
        premium_id = await ordered(workers.world, one)
        switch = {"mode": "garbage", "times": 1}
        await workers.bureau.post("/_switches/tax", json=switch)
        await work_premiums(workers.world)
        workers.clock.move(minutes=3)
        return Scene(work_premiums, lambda: workers.look(one, premium_id))

    steps = await workers.survive(make)
    assert [s for s in steps if "ask" in s] == ["before ask", "after ask"]
    assert not [s for s in steps if "submit" in s]


async def test_giving_back(workers: Workers) -> None:
    await workers.bureau.post("/platform/_credits", json={"hold": True})

    async def make() -> Scene:
        one = await workers.pair()
        premium_id = await ordered(workers.world, one)
        await work_premiums(workers.world)
        await ask_back(workers.world, one, premium_id)
        return Scene(work_refunds, lambda: workers.look(one, premium_id))

    steps = await workers.survive(make)
    assert [s for s in steps if "refund" in s] == ["before refund", "after refund"]


async def test_planning_and_telling(workers: Workers) -> None:
    """A plan becomes one order however often planning dies; each word is told once."""

    async def plan(world: World) -> None:
        await plan_batch(world, area="530600", year=premium_year(world))
        await work_premiums(world)
        await tell_premiums(world)

    async def make() -> Scene:
        one = await workers.pair()
        plan_id = await planned(workers.world, one)

        async def look() -> Any:
            await plan(workers.world)
            while await tell_premiums(workers.world):
                pass
            orders = await rows(
                workers.world.database, "SELECT state FROM premium WHERE plan_id = $1", plan_id
            )
            told = await rows(
                workers.world.database,
                "SELECT person_id, kind FROM message WHERE about_id = $1 ORDER BY kind",
                one.relative_id,
            )
            credited = [row for row in told if row["kind"] == "premium_credited"]
            return [row["state"] for row in orders], len(credited)

        return Scene(plan, look)

    steps = await workers.survive(make)
    assert len(steps) > 20


async def test_a_callback(workers: Workers) -> None:
    """Its process dies; the bureau sends it again, or the worker asks."""
    await workers.bureau.post("/tax/_mode", json={"decide": "later"})

    async def make() -> Scene:
        one = await workers.pair()
        premium_id = await ordered(workers.world, one)
        await work_premiums(workers.world)
        await workers.bureau.post("/tax/_decide")
        answer = await workers.world.tax.ask([premium_id.hex])
        assert isinstance(answer, list)
        return Scene(
            lambda world: apply_results(world, answer), lambda: workers.look(one, premium_id)
        )

    await workers.survive(make)
