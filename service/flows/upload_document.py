"""Add an image that proves kinship to an application that needs one."""

from uuid import UUID

from service.crypto import sm3
from service.database import Tx
from service.domain.binding import Binding
from service.domain.policy import DocumentKind
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.idempotency import Once
from service.images import read_document
from service.personal import image_purpose
from service.store import bindings, documents
from service.store.bindings import BindingParties
from service.store.documents import DocumentRow
from service.world import World

DOCUMENTS_MAX = 6


async def upload_document(
    world: World,
    binding: BindingParties,
    content: bytes,
    *,
    kind: DocumentKind,
    actor: Actor,
    once: Once[list[DocumentRow]],
) -> list[DocumentRow] | Refusal:
    """All images of the application after this one. `binding` was found by its owner's right."""
    if not _wanted(binding):
        return Refusal(code="document.not_needed")
    image = await read_document(content)
    if isinstance(image, Refusal):
        return image

    async def work(tx: Tx) -> list[DocumentRow] | Refusal:
        await once.begin(tx)
        locked = await bindings.lock(tx, id=binding.id)
        if not _wanted(locked):
            return Refusal(code="document.not_needed")
        known = await documents.of_bindings(tx, binding_ids=[binding.id])
        if len(known) >= DOCUMENTS_MAX:
            return Refusal(code="document.too_many", facts={"max": DOCUMENTS_MAX})
        await _insert(tx, world, binding.id, kind=kind, image=image)
        await audit(tx, world, "document.uploaded", actor=actor, subject=("binding", binding.id))
        result = await documents.of_bindings(tx, binding_ids=[binding.id])
        await once.keep(tx, result)
        return result

    return await world.database.transact(work)


def _wanted(binding: Binding) -> bool:
    """Before signing, or later when the data check could not confirm and a clerk decides."""
    return binding.state in ("awaiting_signature", "under_review") and binding.review == "clerk"


async def _insert(
    tx: Tx, world: World, binding_id: UUID, *, kind: DocumentKind, image: bytes
) -> None:
    document_id = world.new_id()
    await documents.insert(
        tx,
        id=document_id,
        binding_id=binding_id,
        kind=kind,
        image_digest=sm3(image),
        image_sealed=world.vault.seal(image, purpose=image_purpose("document", document_id)),
        at=world.clock(),
    )
