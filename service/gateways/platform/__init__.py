"""The insurance platform (国家医保信息平台): who someone is, where insured, who is kin to whom.

It identifies and answers questions; money never moves through it.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from service.domain.enrolment import Enrolment, EnrolmentStatus, InsuredPerson, PersonKind, Scheme
from service.domain.person import Sex
from service.domain.resident import Resident

KinshipAnswer = Literal["confirmed", "not_confirmed", "no_data"]

RESIDENTS_MOST = 200
"""How many people one question about residents may name."""


class Credential(Struct, frozen=True, kw_only=True):
    """A decoded e-credential (医保电子凭证). The platform's ecToken is dropped, never kept."""

    id_number: str
    name: str
    area: str


class CredentialRefused(Struct, frozen=True, kw_only=True):
    """The platform did not accept the code of the e-credential; a new one may be tried."""

    reason: Literal["invalid", "used", "expired"]


class PersonNotMatched(Struct, frozen=True):
    """Name and number do not belong together, or nobody is known: the answer never tells which."""


class Named(Struct, frozen=True, kw_only=True):
    """Someone asked about: the number, and the name that should belong to it."""

    id_number: str
    name: str


class Platform(Protocol):
    """The questions we ask. Each raises GatewayTrouble when there is no usable answer.

    ID numbers are in their full form: 18 characters, a final X upper-case.
    """

    async def decode_credential(self, code: str) -> Credential | CredentialRefused:
        """Redeem the one-time code which the phone got after a face or password check."""
        ...

    async def find_insured(self, id_number: str, *, name: str) -> InsuredPerson | PersonNotMatched:
        """The person of this ID number, only if this is also their name."""
        ...

    async def check_kinship(
        self,
        *,
        donor_id_number: str,
        donor_name: str,
        beneficiary_id_number: str,
        beneficiary_name: str,
        relation_code: str,
    ) -> KinshipAnswer:
        """Ask whether the beneficiary is this to the donor; `relation_code` as in GB/T 4761."""
        ...

    async def find_residents(self, people: Sequence[Named], *, year: int) -> list[Resident]:
        """How they stand in the residents' scheme for this premium year, in the order asked.

        `known=False` where number and name do not belong together. At most RESIDENTS_MOST at once,
        else ValueError. It may take four times as long as the other questions.
        """
        ...


# Below the words above, because the client speaks in them.
from service.gateways.platform.client import PlatformConfig, PlatformGateway  # noqa: E402

__all__ = [
    "RESIDENTS_MOST",
    "Credential",
    "CredentialRefused",
    "Enrolment",
    "EnrolmentStatus",
    "InsuredPerson",
    "KinshipAnswer",
    "Named",
    "PersonKind",
    "PersonNotMatched",
    "Platform",
    "PlatformConfig",
    "PlatformGateway",
    "Resident",
    "Scheme",
    "Sex",
]
