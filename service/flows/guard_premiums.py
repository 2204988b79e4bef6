"""Run one step over some orders so that no fault in one of them stops the others.

Trouble on the way puts orders off, later each time. A fault of ours is found by halves, and the
order that has it is set aside for a person.
"""

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
_TOGETHER = 3
"""So often orders are put off together before each is tried by itself."""


async def guard_premiums(world: World, step: Step, orders: Sequence[OrderRow]) -> None:
    try:
        await step(world, orders)
    except (DatabaseAway, SessionsAway) as fault:
        log.warning("premiums_put_off", orders=len(orders), reason=type(fault).__name__)
    except GatewayTrouble as fault:
        log.warning("premiums_put_off", orders=len(orders), reason=str(fault))
        if len(orders) > 1 and min(order.tries for order in orders) >= _TOGETHER:
            await _halved(world, step, orders)  # one of them may be what the platform chokes on
        else:
            await _put_off(world, orders)
    except Exception as fault:  # a fault of ours: found by halves, so that the others go on
        if len(orders) > 1:
            await _halved(world, step, orders)
        else:
            await _set_aside(world, orders[0], kind=type(fault).__name__)


async def _halved(world: World, step: Step, orders: Sequence[OrderRow]) -> None:
    middle = len(orders) // 2
    for half in (orders[:middle], orders[middle:]):
        await guard_premiums(world, step, half)


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
