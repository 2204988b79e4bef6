"""Tell both parties: rows and jobs in the event's own transaction, sent after it."""

from service.database import Tx
from service.domain.binding import Binding
from service.domain.message import MessageKind
from service.store import jobs, messages
from service.world import World


async def announce(tx: Tx, world: World, binding: Binding, kind: MessageKind) -> None:
    """Queue one message to the donor and one to the beneficiary."""
    for person_id in (binding.donor_id, binding.beneficiary_id):
        message_id = world.new_id()
        added = await messages.insert(
            tx,
            id=message_id,
            person_id=person_id,
            binding_id=binding.id,
            kind=kind,
            at=world.clock(),
        )
        if added:
            await jobs.enqueue(tx, "send_message", subject_id=message_id)
