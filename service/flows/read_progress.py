"""How far batches are, counted from their orders."""

from collections.abc import Sequence
from datetime import timedelta

from service.domain.premium_batch import Batch, Progress, progress
from service.store import premium_batches
from service.world import World

_LATELY = timedelta(minutes=1)


async def read_progress(world: World, batches: Sequence[Batch]) -> list[Progress]:
    """Of each, as of now; the rate is that of the last minute."""
    since = world.clock() - _LATELY
    async with world.database.read() as tx:
        counts = await premium_batches.counts(tx, batch_ids=[b.id for b in batches], since=since)
    return [progress(count for count in counts if count.batch_id == b.id) for b in batches]
