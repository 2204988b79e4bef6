"""Settle a batch of orders: read together, decide one after the other, record in one call.

All or nothing is recorded by a call, so the rare trouble of one order is kept from the others: a
lost race for a message or a code sends the batch into singles, where the winner's claim is plain to
see. A batch touches so many accounts that another process is often at one of them: it locks them
before it reads. A lone order reads first, and locks only if something changed meanwhile.
"""

from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from service.database import ConstraintBroken, Stale, Tx
from service.domain.order import Claim, Decision, Order, Situation, decide
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
    first, later = _apart(orders)
    outcomes = await _settle(world, [orders[n] for n in first])
    found = dict(zip(first, outcomes, strict=True))
    if later:
        outcomes = await settle_together(world, [orders[n] for n in later])
        found.update(zip(later, outcomes, strict=True))
    return [found[n] for n in range(len(orders))]


def _apart(orders: Sequence[Order]) -> tuple[list[int], list[int]]:
    """An order that shares its message or its code with an earlier one waits for that one's end."""
    seen: set[object] = set()
    first: list[int] = []
    later: list[int] = []
    for n, order in enumerate(orders):
        keys = {(order.institution.code, order.message_id), order.code}
        (later if keys & seen else first).append(n)
        seen |= keys
    return first, later


async def _settle(world: World, orders: Sequence[Order]) -> Sequence[Outcome]:
    """A lone order hopes that nobody is at its accounts; several, and who hoped in vain, lock."""
    for turn in range(_TRIES):
        lock = turn > 0 or len(orders) > 1
        work = partial(_once, world=world, orders=orders, lock=lock)
        try:
            return await (world.database.transact if lock else world.database.single)(work)
        except Stale:
            continue
        except ConstraintBroken as fault:
            if len(orders) > 1:
                return [(await _settle(world, [order]))[0] for order in orders]
            if turn == _TRIES - 1:
                return [fault]
    return [Refusal(code="settlement.facts_changing") for _ in orders]


async def _once(tx: Tx, *, world: World, orders: Sequence[Order], lock: bool) -> list[Outcome]:
    situations = await read_situations(tx, world, orders, lock=lock)
    now, running = world.clock(), Running()
    decided = []
    for order, situation in zip(orders, situations, strict=True):
        decision = decide(order, situation, world.policies, running, now=now)
        if isinstance(decision, Decision):
            running.apply(decision.facts, decision.plan)
        decided.append(decision)
    receipts = await record_settlements(
        tx, world, [(o, d) for o, d in zip(orders, decided, strict=True) if isinstance(d, Decision)]
    )
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
    """Who is told that the code does not hold may take cash instead: an earlier attempt of the same
    message, still under way with the code in hand, must not settle after that."""
    barred = [
        order
        for order, situation in zip(orders, situations, strict=True)
        if isinstance(order.holder, str) and situation.claim is None
    ]
    if barred:
        await counter_claims.refuse(tx, barred, nobody=world.new_id())


async def _again(tx: Tx, claim: Claim) -> Settled:
    row = await settlements.get(tx, book_id=claim.book_id, settlement_id=claim.id)
    return Settled(receipt=row.content, replayed=True)
