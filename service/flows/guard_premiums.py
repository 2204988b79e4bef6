"""Run one step over some orders so that no fault in one of them stops the others.

Trouble on the way puts orders off, later each time. What fails though it was answered, or by a
fault of ours, is found by halves. An order goes aside for a person when others beside it went
through, or after many tries alone: a disk that is full sets nothing aside.
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
    failed, done = await _attempt(world, step, orders)
    for order, kind in failed:
        answered = kind == GatewayTrouble.__name__
        often = order.tries >= _MANY
        if done:
            aside = often or not answered
        else:  # alone it may be the order; several that all fail are none of them to blame
            aside = often and len(orders) == 1 and order.state != "paid"
        if aside:
            await _set_aside(world, order, kind=kind)
        else:
            await _put_off(world, [order])


async def _attempt(world: World, step: Step, orders: Sequence[OrderRow]) -> tuple[Failed, int]:
    """Those that fail by themselves, and how many went through."""
    try:
        await step(world, orders)
    except (DatabaseAway, SessionsAway) as fault:
        log.warning("premiums_put_off", orders=len(orders), reason=type(fault).__name__)
    except GatewayTrouble as fault:
        log.warning("premiums_put_off", orders=len(orders), reason=str(fault))
        if fault.answered and min(order.tries for order in orders) >= _TOGETHER:
            return await _apart(world, step, orders, fault)
        await _put_off(world, orders)
    except Exception as fault:
        log.error("premiums_failed", orders=len(orders), **_told(fault))
        return await _apart(world, step, orders, fault)
    else:
        return [], len(orders)
    return [], 0


async def _apart(
    world: World, step: Step, orders: Sequence[OrderRow], fault: Exception
) -> tuple[Failed, int]:
    if len(orders) == 1:
        return [(orders[0], type(fault).__name__)], 0
    middle = len(orders) // 2
    first, done = await _attempt(world, step, orders[:middle])
    second, also_done = await _attempt(world, step, orders[middle:])
    return first + second, done + also_done


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
