"""A clerk looks at an image that proves kinship: looking is an act and is audited."""

from uuid import UUID

from service.database import Tx
from service.domain.refusal import Refusal
from service.flows.audit import actor_of, audit
from service.personal import image_purpose
from service.sessions import Session
from service.store import documents
from service.world import World


async def read_document_image(
    world: World, session: Session, binding_id: UUID, document_id: UUID
) -> bytes | Refusal:
    """The JPEG, if its application belongs to the clerk's pooling area."""

    async def work(tx: Tx) -> bytes | Refusal:
        row = await documents.image_in_area(
            tx, id=document_id, binding_id=binding_id, area=session.area
        )
        if row is None:
            return Refusal(code="request.not_found")
        await audit(
            tx,
            world,
            "document.viewed",
            actor=actor_of(session),
            subject=("document", document_id),
        )
        return world.vault.open(row.image_sealed, purpose=image_purpose("document", row.id))

    return await world.database.transact(work)
