"""Job: forget idempotency keys after a day; the effects they made stay."""

from service.database import Tx
from service.idempotency import KEPT
from service.store import idempotency
from service.world import World

_CHUNK = 2000


async def purge_requests(world: World) -> int:
    """How many keys were forgotten; in chunks, so that no statement runs long."""
    forgotten = 0
    before = world.clock() - KEPT

    async def work(tx: Tx) -> int:
        return await idempotency.purge(tx, before=before, limit=_CHUNK)

    while chunk := await world.database.transact(work):
        forgotten += chunk
    return forgotten
