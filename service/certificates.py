"""Family certificates between the sealed books and what they say."""

import msgspec

from service.domain.calendar import business_date
from service.domain.certificate import Certificate, Party, Statement
from service.domain.person import mask_id_number, mask_name
from service.domain.relation import RELATIONS
from service.flows.prepare_commitment import identities
from service.personal import Identity, certificate_purpose
from service.store.bindings import BindingParties
from service.store.certificates import CertificateRow
from service.world import World


def statement_of(world: World, binding: BindingParties) -> Statement:
    """What a certificate of this binding would say today. The binding has taken effect once."""
    donor, beneficiary = identities(world, binding)
    assert binding.effective_at is not None
    return Statement(
        donor=_party(donor),
        beneficiary=_party(beneficiary),
        relation_text=RELATIONS[binding.relation].text,
        area_name=world.policies.name_of(binding.area),
        effective_on=business_date(binding.effective_at),
        ends_on=binding.ends_on,
    )


def seal_certificate(world: World, certificate: Certificate) -> bytes:
    purpose = certificate_purpose(certificate.number)
    return world.vault.seal(msgspec.json.encode(certificate), purpose=purpose)


def open_certificate(world: World, row: CertificateRow) -> Certificate:
    """Raises CryptoFault when the row does not open."""
    content = world.vault.open(row.content_sealed, purpose=certificate_purpose(row.number))
    return msgspec.json.decode(content, type=Certificate)


def _party(person: Identity) -> Party:
    return Party(name=mask_name(person.name), id_number=mask_id_number(person.id_number))
