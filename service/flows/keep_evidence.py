"""Keep the evidence of one signature: sealed, signed, chained to the donor's previous one."""

from service.crypto import sm3
from service.database import Tx
from service.domain.commitment import PACK_FORMAT, Pack, Signing, canonical
from service.flows.prepare_commitment import prepare_commitment
from service.personal import image_purpose, pack_purpose
from service.store import commitments
from service.store.bindings import BindingParties
from service.world import World

_FIRST = bytes(32)
"""What the first pack of a donor names as the digest before it."""


async def keep_evidence(
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
