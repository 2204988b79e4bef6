"""Job: forget idempotency keys after a day; the effects they made stay."""

from service.database import Tx
from service.idempotency import KEPT
from service.store import idempotency
from service.world import World


async def purge_requests(world: World) -> int:
    """How many keys were forgotten."""

    async def work(tx: Tx) -> int:
        return await idempotency.purge(tx, before=world.clock() - KEPT)

    return await world.database.transact(work)
