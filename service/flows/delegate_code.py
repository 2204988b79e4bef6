"""亲情账户: the owner lets a relative show the owner's code. No money is shared by it."""

from uuid import UUID

from service.database import Tx
from service.domain.person import IdNumber
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.flows.know_person import know_person
from service.gateways.platform import PersonNotMatched
from service.idempotency import Once
from service.store import code_delegations
from service.store.code_delegations import CodeDelegationRow
from service.world import World


async def delegate_code(
    world: World,
    owner_id: UUID,
    *,
    delegate: IdNumber,
    delegate_name: str,
    once: Once[CodeDelegationRow],
) -> CodeDelegationRow | Refusal:
    """The delegation in force. The delegate must be known to the platform by name and number."""
    most = world.settings.lookups_per_hour
    await world.limits.take("look_up", owner=str(owner_id), most=most, seconds=3600)
    insured = await world.platform.find_insured(delegate.text, name=delegate_name)
    if isinstance(insured, PersonNotMatched):
        return Refusal(code="binding.person_not_matched")

    async def work(tx: Tx) -> CodeDelegationRow | Refusal:
        await once.begin(tx)
        delegate_id = await know_person(tx, world, insured)
        if delegate_id == owner_id:
            return Refusal(code="delegation.with_oneself")
        delegation_id = world.new_id()
        await code_delegations.insert(
            tx, id=delegation_id, owner_id=owner_id, delegate_id=delegate_id, at=world.clock()
        )
        await audit(
            tx,
            world,
            "code.delegated",
            actor=Actor(kind="citizen", id=owner_id),
            subject=("code_delegation", delegation_id),
        )
        result = await code_delegations.find(tx, id=delegation_id, owner_id=owner_id)
        assert result is not None
        await once.keep(tx, result)
        return result

    return await world.database.transact(work)
