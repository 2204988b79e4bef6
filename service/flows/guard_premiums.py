"""Run one step over some orders so that no fault in one of them stops the others.

Trouble on the way puts orders off, later each time. What fails though it was answered, or by a
fault of ours, is found by halves. An order goes aside for a person when others beside it went
through, or after many tries: a disk that is full sets nothing aside.
"""

import traceback
from collections.abc import Awaitable, Callable, Sequence

import structlog

from service.database import DatabaseAway
from service.domain.premium_pace import ask_again
from service.gateways import GatewayTrouble
from service.sessions import SessionsAway
from service.store import premium_steps
from service.store.premiums import OrderRow
from service.world import World

log = structlog.get_logger()

Step = Callable[[World, Sequence[OrderRow]], Awaitable[object]]
Failed = list[tuple[OrderRow, str]]
"""Orders that fail by themselves, and the kind of fault."""
_TOGETHER = 3
"""So often orders are put off together before each is tried by itself."""
_MANY = 20
"""After so many tries, most of a working day, a person looks."""


async def guard_premiums(world: World, step: Step, orders: Sequence[OrderRow]) -> None:
    failed = await _attempt(world, step, orders)
    beside = len(failed) < len(orders)
    for order, kind in failed:
        if order.tries >= _MANY or (beside and kind != GatewayTrouble.__name__):
            await _set_aside(world, order, kind=kind)
        else:
            await _put_off(world, [order])


async def _attempt(world: World, step: Step, orders: Sequence[OrderRow]) -> Failed:
    try:
        await step(world, orders)
    except (DatabaseAway, SessionsAway) as fault:
        log.warning("premiums_put_off", orders=len(orders), reason=type(fault).__name__)
    except GatewayTrouble as fault:
        log.warning("premiums_put_off", orders=len(orders), reason=str(fault))
        if not fault.answered or min(order.tries for order in orders) < _TOGETHER:
            await _put_off(world, orders)
        else:
            return await _apart(world, step, orders, fault)
    except Exception as fault:
        log.error("premiums_failed", orders=len(orders), **_told(fault))
        return await _apart(world, step, orders, fault)
    return []


async def _apart(world: World, step: Step, orders: Sequence[OrderRow], fault: Exception) -> Failed:
    if len(orders) == 1:
        return [(orders[0], type(fault).__name__)]
    middle = len(orders) // 2
    return [
        failed
        for half in (orders[:middle], orders[middle:])
        for failed in await _attempt(world, step, half)
    ]


def _told(fault: Exception) -> dict[str, str]:
    """Kind and place, never what a message may carry of a person."""
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    return {"kind": type(fault).__name__, "where": f"{frame.filename}:{frame.lineno}"}


async def _put_off(world: World, orders: Sequence[OrderRow]) -> None:
    now = world.clock()
    nexts = {order.premium_id: ask_again(order.tries, now=now) for order in orders}
    await world.database.transact(lambda tx: premium_steps.put_off(tx, nexts, orders=orders))


async def _set_aside(world: World, order: OrderRow, *, kind: str) -> None:
    log.error("premium_set_aside", order=order.order_no, kind=kind)
    await world.database.transact(
        lambda tx: premium_steps.set_aside(
            tx, book_id=order.book_id, premium_id=order.premium_id, kind=kind
        )
    )
