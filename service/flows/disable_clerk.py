"""An operator takes a clerk's account away: no further sign-in, and every session ends at once."""

from service.database import Tx
from service.flows.audit import OPERATOR, audit
from service.store import clerks
from service.world import World


async def disable_clerk(world: World, login: str) -> bool:
    """Whether there was such a clerk to disable."""

    async def work(tx: Tx) -> str | None:
        clerk = await clerks.find(tx, login=login)
        if clerk is None or not await clerks.disable(tx, id=clerk.id, at=world.clock()):
            return None
        await audit(tx, world, "clerk.disabled", actor=OPERATOR, subject=("clerk", clerk.id))
        return world.sessions.tag("clerk", str(clerk.id))

    tag = await world.database.transact(work)
    if tag is None:
        return False
    await world.sessions.end_all(tag)
    return True
