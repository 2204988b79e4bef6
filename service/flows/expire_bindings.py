"""Job: end what has passed its last day, in chunks; safe to run twice and at any time."""

from functools import partial
from uuid import UUID

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.refusal import Refusal
from service.flows.audit import SYSTEM
from service.flows.move_binding import move_binding
from service.store import bindings
from service.world import World

_CHUNK = 200


async def expire_bindings(world: World) -> int:
    """How many were ended."""
    total = 0
    while due := await _due(world):
        expired = 0
        for binding_id in due:
            expired += await world.database.transact(partial(_expire, world, binding_id))
        total += expired
        if not expired:
            break  # what is left was moved by somebody else meanwhile
    return total


async def _due(world: World) -> list[UUID]:
    today = business_date(world.clock())
    async with world.database.read() as tx:
        return [b.id for b in await bindings.expired(tx, today=today, limit=_CHUNK)]


async def _expire(world: World, binding_id: UUID, tx: Tx) -> int:
    """Look again under the lock: the donor may have moved the last day meanwhile."""
    binding = await bindings.lock(tx, id=binding_id)
    if not binding.expired_on(business_date(world.clock())):
        return 0
    moved = await move_binding(tx, world, binding, "expire", actor=SYSTEM)
    return 0 if isinstance(moved, Refusal) else 1
