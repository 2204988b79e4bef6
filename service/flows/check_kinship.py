"""Job: ask the platform's data whether the two are kin; what it cannot confirm a clerk reviews."""

from uuid import UUID

from service.database import Tx
from service.flows.audit import SYSTEM, audit
from service.flows.move_binding import move_binding
from service.flows.prepare_commitment import identities
from service.gateways import GatewayTrouble
from service.gateways.platform import KinshipAnswer
from service.store import bindings
from service.store.bindings import BindingParties
from service.world import World


async def check_kinship(
    world: World, binding_id: UUID, *, last_try: bool = False
) -> KinshipAnswer | None:
    """The platform's answer, or None when there is nothing left to check. May run twice.

    Raises GatewayTrouble: the job is tried again later. At the last try trouble counts as
    "no data", so that a person looks at it rather than nobody.
    """
    async with world.database.read() as tx:
        binding = await bindings.get(tx, id=binding_id)
    if binding.state != "under_review" or binding.review != "data_check":
        return None
    try:
        answer = await _ask(world, binding)
    except GatewayTrouble:
        if not last_try:
            raise
        answer = "no_data"

    async def work(tx: Tx) -> None:
        locked = await bindings.lock(tx, id=binding_id)
        if locked.state != "under_review" or locked.review != "data_check":
            return
        if answer == "confirmed":
            # Refused only when its last day has passed meanwhile; the expiry job ends it.
            await move_binding(tx, world, locked, "approve", actor=SYSTEM)
            return
        await bindings.set_state(
            tx,
            id=locked.id,
            state=locked.state,
            review="clerk",
            signed_at=locked.signed_at,
            effective_at=None,
            ended_at=None,
        )
        await audit(
            tx,
            world,
            "binding.sent_to_clerk",
            actor=SYSTEM,
            subject=("binding", locked.id),
            detail={"answer": answer},
        )

    await world.database.transact(work)
    return answer


async def _ask(world: World, binding: BindingParties) -> KinshipAnswer:
    donor, beneficiary = identities(world, binding)
    return await world.platform.check_kinship(
        donor_id_number=donor.id_number,
        donor_name=donor.name,
        beneficiary_id_number=beneficiary.id_number,
        beneficiary_name=beneficiary.name,
        relation_code=binding.relation,
    )
