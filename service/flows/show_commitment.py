"""A clerk shows the commitment to the citizen at the desk: it names both in full; audited."""

from service.database import Tx
from service.domain.commitment import Document
from service.flows.audit import actor_of, audit
from service.flows.prepare_commitment import prepare_commitment
from service.sessions import Session
from service.store.bindings import BindingParties
from service.world import World


async def show_commitment(world: World, session: Session, binding: BindingParties) -> Document:
    """What the citizen reads. `binding` was found by the area clerk's right."""

    async def work(tx: Tx) -> None:
        subject = ("binding", binding.id)
        await audit(tx, world, "commitment.shown", actor=actor_of(session), subject=subject)

    await world.database.transact(work)
    document, _ = prepare_commitment(world, binding)
    return document
