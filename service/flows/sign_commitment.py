"""Sign the commitment: what was shown is what is signed, and the evidence is kept for ever."""

from msgspec import Struct

from service.crypto import same, sm3
from service.database import Tx
from service.domain.binding import Event
from service.domain.commitment import PACK_FORMAT, Pack, Signing, canonical
from service.domain.refusal import Refusal
from service.flows.audit import Actor
from service.flows.move_binding import move_binding
from service.flows.prepare_commitment import documents_missing, prepare_commitment
from service.idempotency import Once
from service.images import read_signature
from service.personal import image_purpose, pack_purpose
from service.store import bindings, commitments, documents, jobs, people
from service.store.bindings import BindingParties
from service.world import World

_FIRST = bytes(32)


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
        await people.lock(tx, ids=[binding.donor_id])
        await bindings.lock(tx, id=binding.id)
        current = await bindings.get(tx, id=binding.id)
        refusal = await _refusal(tx, world, current, signature)
        if refusal is not None:
            return refusal
        await _keep_evidence(tx, world, current, signing=signing, image=image)
        event: Event = "sign" if current.review is None else "sign_for_review"
        moved = await move_binding(tx, world, current, event, actor=actor, review=current.review)
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
    if binding.review == "clerk" and not await documents.of_bindings(tx, binding_ids=[binding.id]):
        return documents_missing(world, binding)
    return None


async def _keep_evidence(
    tx: Tx, world: World, binding: BindingParties, *, signing: Signing, image: bytes
) -> None:
    """Seal, sign and chain the pack. The donor's row lock keeps the chain in order."""
    document, parties = prepare_commitment(world, binding)
    last = await commitments.last_of_donor(tx, donor_id=binding.donor_id)
    previous = last.pack_digest if last else _FIRST
    evidence_id = world.new_id()
    pack = Pack(
        format=PACK_FORMAT,
        evidence_id=evidence_id,
        binding_id=binding.id,
        donor_id=binding.donor_id,
        sequence=last.sequence + 1 if last else 1,
        previous_pack_digest=previous.hex(),
        document=document,
        parties=parties,
        signature_image_digest=sm3(image).hex(),
        server_public_key=world.signer.public_key_pem,
        signing=signing,
    )
    content = canonical(pack)
    await commitments.insert(
        tx,
        id=evidence_id,
        binding_id=binding.id,
        donor_id=binding.donor_id,
        sequence=pack.sequence,
        template_version=document.version,
        text_digest=bytes.fromhex(document.digest),
        image_digest=sm3(image),
        pack_digest=sm3(content),
        previous_digest=previous,
        pack_sealed=world.vault.seal(content, purpose=pack_purpose(evidence_id)),
        image_sealed=world.vault.seal(image, purpose=image_purpose("commitment", evidence_id)),
        signature=world.signer.sign(content),
        key_id=world.signer.key_id,
        at=signing.signed_at,
    )
