"""Hold the money for planned orders, those that can be: claim, hold and state in one transaction.

In the caller's transaction. Orders are locked first, then accounts, then claims: everybody's order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.payable import Due
from service.domain.premium import Premium, advance, hold_leg
from service.domain.premium_hold import Carried, alone, carry
from service.domain.premium_pace import HOLD_EXPIRES
from service.domain.refusal import Refusal
from service.store import accounts, donors, ledger, premium_claims, premium_plans, premium_steps
from service.world import World


async def record_holds(
    tx: Tx,
    world: World,
    dues: Mapping[UUID, Due | Refusal],
    *,
    tries: int,
    until: datetime,
) -> Carried:
    """The orders that hold their money now, and the others with why not. `dues` by order. Those
    held are next due at `until`; `tries` 1 when the caller sends them itself before that. Raises
    Stale when the day was closed meanwhile."""
    now = world.clock()
    locked = await premium_steps.lock(tx, premium_ids=list(dues))
    planned = [order for order in locked if advance(order.state, "hold") and not order.aside]
    wanted = [order for order in planned if isinstance(dues[order.premium_id], Due)]
    await accounts.lock(tx, book_ids=list({order.book_id for order in wanted}))
    sides = await donors.of_bindings(
        tx,
        bindings=[order.binding_id for order in wanted],
        year=business_date(now).year,
    )
    agreed = await _agreed(tx, wanted)
    # Only an order that could be held by itself may keep another payer's away.
    able = [
        order
        for order in wanted
        if alone(
            order,
            dues[order.premium_id],
            donor=sides[order.binding_id],
            agreed=agreed,
            now=now,
        )
    ]
    won = await premium_claims.insert_many(tx, able)
    carried = carry(planned, dues, donors=sides, agreed=agreed, won=won, now=now)
    freed = [order for order, _ in carried.refused if order.premium_id in won]
    if freed:
        await premium_claims.delete_many(tx, freed)
    if carried.held:
        await _record(tx, carried.held, tries=tries, at=now, until=until)
    return carried


async def _agreed(tx: Tx, orders: Sequence[Premium]) -> dict[UUID, int]:
    """The most that was agreed to, by plan."""
    by_plan = {order.plan_id: order.book_id for order in orders if order.plan_id is not None}
    if not by_plan:
        return {}
    return await premium_plans.limits(tx, books=list(by_plan.values()), plan_ids=list(by_plan))


async def _record(
    tx: Tx, held: Sequence[Premium], *, tries: int, at: datetime, until: datetime
) -> None:
    today = business_date(at)
    legs = [hold_leg(order, year=today.year, expires_at=at + HOLD_EXPIRES) for order in held]
    await ledger.record(tx, at=at, booked_on=today, seen=(), legs=legs)
    await premium_steps.set_held(tx, held, tries=tries, at=at, until=until)
