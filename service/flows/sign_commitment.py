"""Sign the commitment: what was shown is what is signed, and the evidence is kept for ever."""

from msgspec import Struct

from service.crypto import same
from service.database import Tx
from service.domain.application import check_numbers
from service.domain.binding import Event
from service.domain.calendar import business_date
from service.domain.commitment import Signing
from service.domain.refusal import Refusal
from service.flows.audit import Actor
from service.flows.keep_evidence import keep_evidence
from service.flows.move_binding import move_binding
from service.flows.prepare_commitment import documents_missing, prepare_commitment, rules_of
from service.idempotency import Once
from service.images import read_signature
from service.store import bindings, documents, jobs, people
from service.store.bindings import BindingParties
from service.world import World


class Signature(Struct, frozen=True, kw_only=True):
    """What the signer sends: the ticked notice, the digest of what was read, the drawn image."""

    notice_agreed: bool
    digest: str
    image: bytes


async def sign_commitment(
    world: World,
    binding: BindingParties,
    signature: Signature,
    *,
    signing: Signing,
    actor: Actor,
    once: Once[BindingParties],
) -> BindingParties | Refusal:
    """The binding after signing. `binding` was found by its donor's (or area clerk's) right."""
    if not signature.notice_agreed:
        return Refusal(code="commitment.notice_not_agreed")
    image = await read_signature(signature.image)
    if isinstance(image, Refusal):
        return image

    async def work(tx: Tx) -> BindingParties | Refusal:
        await once.begin(tx)
        await people.lock(tx, ids=[binding.donor_id, binding.beneficiary_id])
        await bindings.lock(tx, id=binding.id)
        current = await bindings.get(tx, id=binding.id)
        refusal = await _refusal(tx, world, current, signature)
        if refusal is not None:
            return refusal
        await keep_evidence(tx, world, current, signing=signing, image=image)
        event: Event = "sign" if current.review is None else "sign_for_review"
        moved = await move_binding(tx, world, current, event, actor=actor)
        if isinstance(moved, Refusal):
            return moved
        if current.review == "data_check":
            await jobs.enqueue(tx, "check_kinship", subject_id=current.id)
        result = await bindings.get(tx, id=binding.id)
        await once.keep(tx, result)
        return result

    return await world.database.transact(work)


async def _refusal(
    tx: Tx, world: World, binding: BindingParties, signature: Signature
) -> Refusal | None:
    if binding.commitment_id is not None:
        return Refusal(code="commitment.signed")
    document, _ = prepare_commitment(world, binding)
    if not same(document.digest, signature.digest.lower()):
        return Refusal(code="commitment.text_changed")
    standing = await bindings.standing(
        tx,
        donor_id=binding.donor_id,
        beneficiary_id=binding.beneficiary_id,
        today=business_date(world.clock()),
    )
    refusal = check_numbers(standing, rules=rules_of(world, binding))
    if refusal is not None:
        return refusal
    if binding.review == "clerk" and not await documents.of_bindings(tx, binding_ids=[binding.id]):
        return documents_missing(world, binding)
    return None
