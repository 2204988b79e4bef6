"""Personal data between its sealed columns and the moment it is needed."""

from uuid import UUID

from msgspec import Struct

from service.crypto import Vault
from service.store.people import PersonRow
from service.store.premiums import OrderRow


class Identity(Struct, frozen=True, kw_only=True):
    """A person in clear, for a platform call or a text; never logged, never answered unmasked."""

    id: UUID
    id_number: str
    name: str


def id_number_purpose(person_id: UUID) -> str:
    return f"person.id_number:{person_id}"


def name_purpose(person_id: UUID) -> str:
    return f"person.name:{person_id}"


def subject_purpose(account_id: UUID) -> str:
    return f"channel_account.subject:{account_id}"


def phone_purpose(binding_id: UUID) -> str:
    return f"binding.phone:{binding_id}"


def image_purpose(owner: str, owner_id: UUID) -> str:
    return f"{owner}.image:{owner_id}"


def pack_purpose(commitment_id: UUID) -> str:
    return f"commitment.pack:{commitment_id}"


def certificate_purpose(number: str) -> str:
    return f"certificate.content:{number}"


def totp_purpose(clerk_id: UUID) -> str:
    return f"clerk.totp:{clerk_id}"


def counter_secret_purpose(key_id: UUID) -> str:
    return f"counter_key.secret:{key_id}"


ID_NUMBER_INDEX = "person.id_number"
SUBJECT_INDEX = "channel_account.subject"


def reveal(vault: Vault, row: PersonRow) -> Identity:
    return Identity(
        id=row.id,
        id_number=vault.open_text(row.id_number_sealed, purpose=id_number_purpose(row.id)),
        name=vault.open_text(row.name_sealed, purpose=name_purpose(row.id)),
    )


def insured(vault: Vault, order: OrderRow) -> Identity:
    """Whom a premium is paid for."""
    person_id = order.insured_id
    return Identity(
        id=person_id,
        id_number=vault.open_text(order.id_number_sealed, purpose=id_number_purpose(person_id)),
        name=vault.open_text(order.name_sealed, purpose=name_purpose(person_id)),
    )
