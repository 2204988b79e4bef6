"""Open one sealed evidence pack as the file a signer may keep."""

import base64

import msgspec

from service.crypto import CryptoFault, sm3
from service.domain.evidence import EvidenceFile
from service.personal import image_purpose, pack_purpose
from service.store.commitments import CommitmentRow
from service.world import World


def open_evidence(world: World, row: CommitmentRow) -> EvidenceFile:
    """Raises CryptoFault when the row does not open or holds another pack than was signed."""
    pack = world.vault.open(row.pack_sealed, purpose=pack_purpose(row.id))
    image = world.vault.open(row.image_sealed, purpose=image_purpose("commitment", row.id))
    if sm3(pack) != row.pack_digest or sm3(image) != row.image_digest:
        raise CryptoFault("an evidence pack is not the one that was signed")
    return EvidenceFile(
        pack=pack.decode(),
        signature_image=base64.b64encode(image).decode(),
        signature=base64.b64encode(row.signature).decode(),
        key_id=row.key_id,
        public_key=msgspec.json.decode(pack)["server_public_key"],
    )
