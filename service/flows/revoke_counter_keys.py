"""An operator revokes all keys of an institution's counters: lost, or the agreement ended."""

from service.database import Tx
from service.flows.audit import OPERATOR, audit
from service.store import counter_keys
from service.world import World


async def revoke_counter_keys(world: World, code: str) -> int:
    """How many keys were live until now. Running processes believe them for half a minute more."""

    async def work(tx: Tx) -> int:
        revoked = await counter_keys.revoke_all(tx, institution_code=code, at=world.clock())
        for key in revoked:
            await audit(
                tx,
                world,
                "counter_key.revoked",
                actor=OPERATOR,
                subject=("counter_key", key.key_id),
                detail={"institution": code},
            )
        return len(revoked)

    return await world.database.transact(work)
