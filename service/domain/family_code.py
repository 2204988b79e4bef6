"""Who a family code names: always the patient, with the delegate who shows it, if one does."""

from uuid import UUID

from msgspec import Struct

from service.domain.settlement import Patient


class CodeHolder(Struct, frozen=True, kw_only=True):
    """The patient as the platform described them when the code was made. `delegate_id`: the
    relative who shows it for them (亲情账户); no money of the delegate is meant by that."""

    patient: Patient
    delegate_id: UUID | None = None
