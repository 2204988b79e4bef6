"""How far a batch is, counted from its orders."""

from datetime import timedelta

from service.domain.premium_batch import Batch, Progress, progress
from service.store import premium_batches
from service.world import World

_LATELY = timedelta(minutes=1)


async def read_progress(world: World, batch: Batch) -> Progress:
    """As of now; the rate is that of the last minute."""
    async with world.database.read() as tx:
        counts = await premium_batches.counts(tx, batch_id=batch.id, since=world.clock() - _LATELY)
    return progress(counts)
