"""Many counters at the same instant: money goes once, never below nothing, and nobody waits for
each other in a circle."""

import asyncio
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from service.database import Tx
from service.domain.receipt import Receipt
from service.domain.refusal import Refusal
from service.flows.audit import Actor
from service.flows.cancel_message import cancel_message
from service.flows.move_binding import move_binding
from service.flows.read_situations import read_situations
from service.flows.refund_settlement import Refunded, refund_settlement
from service.flows.settle import settle
from service.flows.settle_together import Settled
from service.store import bindings
from service.world import World
from tests.chaos.population import Bound
from tests.counter_scenes import balance, discrepancies
from tests.flows.counter_families import families, family, order_of, place, processes, refund_of


def paid(outcome: Settled | Refusal) -> Receipt:
    assert isinstance(outcome, Settled), outcome
    return outcome.receipt


async def shut(world: World, bound: Bound, event: Any) -> None:
    """By the donor; answered when this returns."""

    async def work(tx: Tx) -> Any:
        locked = await bindings.lock(tx, id=bound.id)
        return await move_binding(
            tx, world, locked, event, actor=Actor(kind="citizen", id=bound.donor_id)
        )

    moved = await world.database.transact(work)
    assert not isinstance(moved, Refusal), moved


async def test_two_counters_with_one_code(world: World) -> None:
    one, other = processes(world, 2)
    for _ in range(10):
        patient = await family(world)
        code = await world.family_codes.issue(patient.holder)
        elsewhere = place("H53060200002")
        orders = await asyncio.gather(
            order_of(one, patient, code=code), order_of(other, patient, code=code, at=elsewhere)
        )
        outcomes = await asyncio.gather(settle(one, orders[0]), settle(other, orders[1]))
        assert sorted(map(_said, outcomes)) == ["family_code.used", "settled"]
        assert await balance(world, patient.bindings[0].donor_id) == 9000


async def test_two_counters_with_one_code_that_redis_gave_to_both(world: World) -> None:
    """The word of PostgreSQL, not of Redis; in one process and in two."""
    for one, other in (processes(world, 2), [world, world]):
        for _ in range(5):
            patient = await family(world)
            order = await order_of(one, patient)
            twin = replace(order, institution=place("H53060200002"), message_id=uuid4().hex)
            outcomes = await asyncio.gather(settle(one, order), settle(other, twin))
            assert sorted(map(_said, outcomes)) == ["family_code.used", "settled"]
            assert await balance(world, patient.bindings[0].donor_id) == 9000


async def test_fifty_bills_on_one_donor_with_money_for_ten(world: World) -> None:
    donor = uuid4()
    crowd_ = await families(world, [[donor]] * 50, credits={donor: 10_000})
    orders = [await order_of(world, one) for one in crowd_]
    worlds = processes(world, 5)
    outcomes = await asyncio.gather(
        *(settle(worlds[n % 5], order) for n, order in enumerate(orders))
    )
    plans = [paid(outcome).plan for outcome in outcomes]
    assert sorted(plan.paid_by("donor") for plan in plans) == [0] * 40 + [1000] * 10
    assert all(plan.paid_by("cash") == 1000 - plan.paid_by("donor") for plan in plans)
    assert await balance(world, donor) == 0
    assert not await discrepancies(world)


async def test_two_donors_shared_in_opposite_order(world: World) -> None:
    """Everybody locks in one order, whatever the ranks say."""
    one, other = processes(world, 2)
    first, second = uuid4(), uuid4()
    pairs = [[first, second], [second, first]] * 10
    people = await families(world, pairs, credits={first: 4500, second: 4500})
    orders = [await order_of(world, patient) for patient in people]
    outcomes = await asyncio.gather(
        *(settle((one, other)[n % 2], order) for n, order in enumerate(orders))
    )
    assert sum(paid(outcome).plan.paid_by("donor") for outcome in outcomes) == 9000
    assert [await balance(world, donor) for donor in (first, second)] == [0, 0]
    assert not await discrepancies(world)


@pytest.mark.parametrize("event", ["end", "pause"])
async def test_a_binding_that_is_shut_after_it_was_read(
    world: World, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    """Decided on what no longer holds: decided again, without that donor."""
    patient = await family(world)
    turns: list[bool] = []

    async def read_then_shut(tx: Tx, *given: Any, today: date, lock: bool) -> Any:
        found = await read_situations(tx, *given, today=today, lock=lock)
        if not turns:
            await shut(world, patient.bindings[0], event)
        turns.append(lock)
        return found

    monkeypatch.setattr("service.flows.settle_together.read_situations", read_then_shut)
    receipt = paid(await settle(world, await order_of(world, patient)))
    assert turns == [False, True]
    assert receipt.plan.paid_by("cash") == 1000
    reason = {"end": "ended", "pause": "paused"}[event]
    assert [skipped.reason for skipped in receipt.plan.skipped] == [reason]
    assert await balance(world, patient.bindings[0].donor_id) == 10_000


@pytest.mark.parametrize("event", ["end", "pause"])
async def test_a_binding_shut_at_the_same_instant(world: World, event: str) -> None:
    """Settled before, or without the donor; after the answer never with."""
    for n in range(12):
        patient = await family(world)
        [bound] = patient.bindings
        order, later = [await order_of(world, patient) for _ in range(2)]

        async def shut_soon(bound: Bound = bound, wait: float = n * 0.0015) -> None:
            await asyncio.sleep(wait)
            await shut(world, bound, event)

        outcome, _ = await asyncio.gather(settle(world, order), shut_soon())
        left = 10_000 - paid(outcome).plan.paid_by("donor")
        assert left in (9000, 10_000)
        assert paid(await settle(world, later)).plan.paid_by("donor") == 0
        assert await balance(world, bound.donor_id) == left
    assert not await discrepancies(world)


async def test_two_messages_take_back_one_settlement(world: World) -> None:
    for fen in (None, 1000):
        patient = await family(world)
        receipt = paid(await settle(world, await order_of(world, patient)))
        asked = [refund_of(receipt.settlement_id, fen=fen) for _ in range(4)]
        outcomes = await asyncio.gather(*(refund_settlement(world, order) for order in asked))
        done = [one for one in outcomes if isinstance(one, Refunded)]
        assert len([one for one in done if not one.replayed]) == 1
        assert len({one.receipt.refund_id for one in done}) == 1
        assert len(done) == (4 if fen is None else 1)
        assert await balance(world, patient.bindings[0].donor_id) == 10_000


async def test_one_message_takes_a_part_back_twice_at_once(world: World) -> None:
    """More than half: the second would not fit any more, and is the first."""
    for _ in range(5):
        patient = await family(world)
        receipt = paid(await settle(world, await order_of(world, patient)))
        order = refund_of(receipt.settlement_id, fen=700)
        outcomes = await asyncio.gather(*(refund_settlement(world, order) for _ in range(4)))
        done = [one for one in outcomes if isinstance(one, Refunded)]
        assert len({one.receipt.refund_id for one in done}) == 1
        assert sorted(one.replayed for one in done) == [False, True, True, True], outcomes
        assert await balance(world, patient.bindings[0].donor_id) == 9700


async def test_a_message_cancelled_while_it_settles(world: World) -> None:
    """Settled and taken back, or never settled: the money is where it was."""
    for _ in range(10):
        patient = await family(world)
        order = await order_of(world, patient)
        cancelling = cancel_message(
            world,
            institution_code=order.institution.code,
            original=order.message_id,
            message_id=uuid4().hex,
            fingerprint=b"cancel",
        )
        outcome, cancelled = await asyncio.gather(settle(world, order), cancelling)
        assert isinstance(cancelled, Refunded) == isinstance(outcome, Settled)
        assert _said(outcome) in ("settled", "counter.cancelled")
        assert await balance(world, patient.bindings[0].donor_id) == 10_000


async def test_one_message_twice_at_once(world: World) -> None:
    for one, other in (processes(world, 2), [world, world]):
        for _ in range(5):
            patient = await family(world)
            order = await order_of(world, patient)
            outcomes = await asyncio.gather(settle(one, order), settle(other, order))
            assert paid(outcomes[0]) == paid(outcomes[1])
            replayed = sorted(isinstance(o, Settled) and o.replayed for o in outcomes)
            assert replayed == [False, True]
            assert await balance(world, patient.bindings[0].donor_id) == 9000


async def test_a_refused_message_stays_refused(world: World) -> None:
    """The first attempt is still at work somewhere when the repeat is refused for its code, which
    the patient has meanwhile replaced: the till believes the refusal and takes cash."""
    one, other = processes(world, 2)
    patient = await family(world)
    code = await world.family_codes.issue(patient.holder)
    under_way = await order_of(one, patient, code=code, message="message-0001")
    await world.family_codes.issue(patient.holder)
    repeat = await order_of(other, patient, code=code, message="message-0001")
    told = _said(await settle(other, repeat))
    late = _said(await settle(one, under_way))
    assert (told, late) in [("settled", "settled"), (told, told), (told, "counter.cancelled")]


def _said(outcome: Settled | Refusal) -> str:
    return outcome.code if isinstance(outcome, Refusal) else "settled"
