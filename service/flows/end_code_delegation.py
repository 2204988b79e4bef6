"""End a code delegation at once; ending it twice changes nothing."""

from uuid import UUID

from service.database import Tx
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.idempotency import Once
from service.store import code_delegations
from service.store.code_delegations import CodeDelegationRow
from service.world import World


async def end_code_delegation(
    world: World, owner_id: UUID, delegation_id: UUID, *, once: Once[CodeDelegationRow]
) -> CodeDelegationRow | Refusal:
    async def work(tx: Tx) -> CodeDelegationRow | Refusal:
        await once.begin(tx)
        ended = await code_delegations.end(
            tx, id=delegation_id, owner_id=owner_id, at=world.clock()
        )
        result = await code_delegations.find(tx, id=delegation_id, owner_id=owner_id)
        if result is None:
            return Refusal(code="request.not_found")
        if ended:
            await audit(
                tx,
                world,
                "code.delegation_ended",
                actor=Actor(kind="citizen", id=owner_id),
                subject=("code_delegation", delegation_id),
            )
        await once.keep(tx, result)
        return result

    await world.family_codes.void(owner_id)  # the delegate may have one on the screen
    return await world.database.transact(work)
