"""Faults of ours and of the bureau: found by halves, and what goes aside for a person."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from service.database import DatabaseAway, Tx
from service.domain.premium_pace import LEASE
from service.flows import hold_premiums
from service.flows.guard_premiums import guard_premiums
from service.flows.tell_premiums import tell_premiums
from service.flows.work_premiums import work_premiums
from service.gateways import GatewayTrouble
from service.personal import name_purpose
from service.sessions import SessionsAway
from service.store import premium_steps
from service.store.premiums import OrderRow
from service.world import World
from tests.conftest import Clock
from tests.premium_scenes import (
    Pair,
    at_rest,
    bureau_order,
    faults,
    money_of,
    ordered,
    pair,
    planned,
    planned_batch,
    state_of,
)
from tests.scenes import rows


async def asides(world: World) -> list[tuple[str, str | None]]:
    found = await rows(world.database, "SELECT state, aside FROM premium ORDER BY premium_id")
    return [tuple(row) for row in found]


async def _full(*_: Any, **__: Any) -> None:
    raise asyncpg.DiskFullError("disk full")


async def test_a_full_disk_sets_nothing_aside(
    world: World, bureau: httpx.AsyncClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        await ordered(world, await pair(world, number))
    with monkeypatch.context() as patch:
        patch.setattr(hold_premiums, "record_holds", _full)
        await work_premiums(world)
    assert await asides(world) == [("planned", None)] * 4
    await at_rest(world, clock, times=2)
    assert await asides(world) == [("credited", None)] * 4


async def test_what_the_bureau_chokes_on_goes_aside_at_last_and_the_others_are_paid(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    """A name longer than the bureau takes is refused with the whole submission it is in."""
    pairs = [await pair(world, number) for number in range(3)]
    ids = [await ordered(world, one) for one in pairs]
    await bureau.post("/_switches/tax", json={"mode": "down", "times": 1})
    await work_premiums(world)  # their money is held from here on
    await _rename(world, pairs[0], "长" * 120)
    await at_rest(world, clock, times=26)
    first, *others = [await state_of(world, premium_id) for premium_id in ids]
    assert first == ("held", None)
    assert others == [("credited", None)] * 2
    (row,) = await rows(world.database, "SELECT aside FROM premium WHERE aside IS NOT NULL")
    assert row["aside"] == "GatewayTrouble"


async def _rename(world: World, one: Pair, name: str) -> None:
    sealed = world.vault.seal(name.encode(), purpose=name_purpose(one.relative_id))

    async def work(tx: Tx) -> None:
        await tx.connection.execute(
            "UPDATE person SET name_sealed = $2 WHERE id = $1", one.relative_id, sealed
        )

    await world.database.transact(work)


async def test_a_bureau_that_says_it_is_closed_for_a_year_is_asked_again_within_the_hour(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    premium_id = await ordered(world, await pair(world, 0))
    until = world.clock() + timedelta(days=300)
    await bureau.post("/tax/_maintenance", json={"on": True, "until": until.isoformat()})
    await work_premiums(world)
    assert await state_of(world, premium_id) == ("held", None)
    await bureau.post("/tax/_maintenance", json={"on": False})
    clock.move(minutes=61)
    await at_rest(world, clock, times=2)
    assert await state_of(world, premium_id) == ("credited", None)


async def test_nothing_is_held_while_nothing_can_be_sent(
    world: World, bureau: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: int) -> float:
        raise SessionsAway("ConnectionError")

    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    with monkeypatch.context() as patch:
        patch.setattr(world.pace, "take", away)
        await work_premiums(world)
    assert await state_of(world, premium_id) == ("planned", None)
    assert await money_of(world, one.payer_id) == (100_000, 0)


async def test_who_cannot_pay_keeps_nobody_away(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    """Two payers planned for one relative, and one has no money."""
    poor = await pair(world, 0, fen=10)
    rich = await pair(world, 0, payer="father")
    for one in (poor, rich):
        await planned(world, one)
    await planned_batch(world)
    await at_rest(world, clock, times=1)
    found = await rows(
        world.database, "SELECT state, reason FROM premium WHERE book_id = $1", rich.payer_id
    )
    assert [row["state"] for row in found] == ["credited"]
    await at_rest(world, clock, times=14)
    assert not await faults(world, bureau)


async def test_the_second_payer_pays_after_all_when_the_first_is_declined(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    first, second = await pair(world, 0), await pair(world, 0, payer="father")
    premium_id = await ordered(world, first)
    await bureau.post("/tax/_mode", json={"decide": "later"})
    await work_premiums(world)
    other = await ordered(world, second)
    await work_premiums(world)
    assert await state_of(world, other) == ("planned", "taken_care_of")
    await bureau.post(f"/tax/_people/{first.relative.id_number}", json={"reason": "other"})
    await bureau.post("/tax/_decide")
    await bureau.post(f"/tax/_people/{first.relative.id_number}", json={})
    await bureau.post("/tax/_mode", json={"decide": "at_once"})
    await at_rest(world, clock, times=13)
    assert await state_of(world, premium_id) == ("declined", "other")
    assert await state_of(world, other) == ("credited", None)
    assert (await bureau_order(bureau, other))["state"] == "paid"


async def test_what_waits_is_told_once_and_without_an_amount(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    one = await pair(world, 0)
    await ordered(world, one)
    said = {"scheme": "resident", "status": "suspended"}
    path = f"/platform/_people/{one.relative.id_number}/status"
    (await bureau.post(path, json=said)).raise_for_status()
    for _ in range(2):
        await work_premiums(world)
        await tell_premiums(world)
        clock.move(hours=7)
    told = await rows(world.database, "SELECT kind, amount_fen FROM message")
    assert [tuple(row) for row in told] == [("premium_waiting", 0)]
    (await bureau.post(path, json=said | {"status": "active"})).raise_for_status()


async def taken(world: World, *, tries: int) -> list[OrderRow]:
    """Four orders that are due, as a worker has them that tried so often before."""
    for number in range(4):
        await ordered(world, await pair(world, number))

    async def work(tx: Tx) -> list[OrderRow]:
        await tx.connection.execute("UPDATE premium SET tries = $1", tries)
        now = world.clock()
        return await premium_steps.take_alone(
            tx, state="planned", now=now, until=now + LEASE, most=9
        )

    return await world.database.transact(work)


async def test_an_outage_that_is_answered_sets_nothing_aside(world: World) -> None:
    async def step(_: World, __: Sequence[OrderRow]) -> None:
        raise GatewayTrouble("platform", "infcode -1", answered=True)

    await guard_premiums(world, step, await taken(world, tries=20))
    assert await asides(world) == [("planned", None)] * 4


async def test_a_database_that_went_away_is_no_success(world: World) -> None:
    """One half lost it, the other found a full disk: nothing went through beside anything."""
    calls = 0

    async def step(_: World, __: Sequence[OrderRow]) -> None:
        nonlocal calls
        calls += 1
        raise DatabaseAway("53300") if calls == 2 else asyncpg.DiskFullError("disk full")

    await guard_premiums(world, step, await taken(world, tries=0))
    assert await asides(world) == [("planned", None)] * 4


@pytest.mark.parametrize("tries", [0, 20])
async def test_one_that_fails_beside_others_goes_aside_when_it_is_our_fault(
    world: World, tries: int
) -> None:
    orders = await taken(world, tries=tries)

    async def step(_: World, part: Sequence[OrderRow]) -> None:
        if orders[1] in part:
            raise KeyError("ours") if not tries else GatewayTrouble("tax", "code 1", answered=True)

    await guard_premiums(world, step, orders)
    kind = "GatewayTrouble" if tries else "KeyError"
    assert sorted(str(aside) for _, aside in await asides(world)) == [kind, *["None"] * 3]
