"""An operator pauses, resumes or drains a batch; workers heed it with their next chunk."""

from service.database import Tx
from service.domain.premium_batch import Batch, Mode
from service.flows.audit import OPERATOR, audit
from service.store import premium_batches
from service.world import World


async def steer_batch(world: World, *, area: str, year: int, mode: Mode) -> Batch | None:
    """The batch as it is now; None when there is none."""

    async def work(tx: Tx) -> Batch | None:
        batch = await premium_batches.find(tx, area=area, year=year)
        if batch is not None and await premium_batches.set_mode(tx, id=batch.id, mode=mode):
            await audit(
                tx,
                world,
                "premium_batch.steered",
                actor=OPERATOR,
                subject=("premium_batch", batch.id),
                detail={"from": batch.mode, "to": mode},
            )
        return await premium_batches.find(tx, area=area, year=year)

    return await world.database.transact(work)
