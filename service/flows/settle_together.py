"""Settle a batch of orders: read together, decide one after the other, record in one call.

All or nothing is recorded by a call, so the rare trouble of one order is kept from the others: a
lost race for a message or a code sends the batch into singles, where the winner's claim is plain to
see. A batch touches so many accounts that another process is often at one of them: it locks them
before it reads. A lone order reads first, and locks only if something changed meanwhile.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from service.database import ConstraintBroken, Stale, Tx
from service.domain.calendar import business_date
from service.domain.order import Claim, Decision, Order, Situation, decide, strangers
from service.domain.receipt import Receipt
from service.domain.refusal import Refusal
from service.domain.running import Running
from service.flows.read_situations import read_situations
from service.flows.record_settlements import record_settlements
from service.store import counter_claims, settlements
from service.world import World

_TRIES = 8


class Settled(Struct, frozen=True, kw_only=True):
    """`replayed`: the same message had settled this before."""

    receipt: Receipt
    replayed: bool


Outcome = Settled | Refusal | BaseException


async def settle_together(world: World, orders: Sequence[Order]) -> Sequence[Outcome]:
    """An outcome for each order, in their order; an exception is that order's own."""
    first, later = strangers(orders)
    outcomes = await _settle(world, [orders[n] for n in first])
    found = dict(zip(first, outcomes, strict=True))
    if later:
        outcomes = await settle_together(world, [orders[n] for n in later])
        found.update(zip(later, outcomes, strict=True))
    return [found[n] for n in range(len(orders))]


async def _settle(world: World, orders: Sequence[Order]) -> Sequence[Outcome]:
    """A lone order hopes that nobody is at its accounts; several, and who hoped in vain, lock."""
    for turn in range(_TRIES):
        lock = turn > 0 or len(orders) > 1
        work = partial(_once, world=world, orders=orders, lock=lock)
        try:
            return await (world.database.transact if lock else world.database.single)(work)
        except Stale:
            continue
        except Exception as fault:
            if len(orders) > 1:
                return await _apart_from_each_other(world, orders)
            if not isinstance(fault, ConstraintBroken) or turn == _TRIES - 1:
                return [fault]
    return [Refusal(code="settlement.facts_changing") for _ in orders]


async def _apart_from_each_other(world: World, orders: Sequence[Order]) -> Sequence[Outcome]:
    """Whatever stood in the way of one, a lost race or a stuck lock, is now that one's own."""
    alone = [_settle(world, [order]) for order in orders]
    return [outcome for (outcome,) in await asyncio.gather(*alone)]


async def _once(tx: Tx, *, world: World, orders: Sequence[Order], lock: bool) -> list[Outcome]:
    now, running = world.clock(), Running()
    situations = await read_situations(tx, orders, today=business_date(now), lock=lock)
    decided = []
    for order, situation in zip(orders, situations, strict=True):
        decision = decide(order, situation, world.policies, running, now=now)
        if isinstance(decision, Decision):
            running.apply(decision.facts, decision.plan)
        decided.append(decision)
    made = [(o, d) for o, d in zip(orders, decided, strict=True) if isinstance(d, Decision)]
    receipts = await record_settlements(tx, world, made, now=now)
    await _bar(tx, world, orders, situations)
    fresh = iter(receipts)
    outcomes: list[Outcome] = []
    for decision in decided:
        if isinstance(decision, Decision):
            outcomes.append(Settled(receipt=next(fresh), replayed=False))
        elif isinstance(decision, Claim):
            outcomes.append(await _again(tx, decision))
        else:
            outcomes.append(decision)
    return outcomes


async def _bar(
    tx: Tx, world: World, orders: Sequence[Order], situations: Sequence[Situation]
) -> None:
    """Who is told that the code does not hold may take cash: an earlier attempt of the message,
    still under way with the code in hand, must not settle after that."""
    barred = [
        order
        for order, situation in zip(orders, situations, strict=True)
        if isinstance(order.holder, str) and situation.claim is None
    ]
    if barred:
        await counter_claims.refuse(tx, barred, nobody=world.new_id())


async def _again(tx: Tx, claim: Claim) -> Settled | Refusal:
    """The same answer as before, unless the whole of it was taken back since: nobody shall hand out
    medicine on the word of a late repetition."""
    row = await settlements.get(tx, book_id=claim.book_id, settlement_id=claim.id)
    if row.refunded_fen == row.content.plan.bill.total_fen:
        return Refusal(code="counter.cancelled")
    return Settled(receipt=row.content, replayed=True)
