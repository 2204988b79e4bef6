"""What is kept of a settlement or refund for ever: all that its answer and its undoing need."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.domain.institution import Institution, InstitutionKind, InstitutionLevel
from service.domain.refund import RefundPlan
from service.domain.settlement import Patient, Plan


class Place(Struct, frozen=True, kw_only=True):
    """The institution as it was when it settled."""

    code: str
    name: str
    kind: InstitutionKind
    level: InstitutionLevel
    area: str


class Receipt(Struct, frozen=True, kw_only=True):
    """One settlement. `message_id` is the counter's own number of the request."""

    settlement_id: UUID
    message_id: str
    place: Place
    patient: Patient
    plan: Plan
    settled_at: datetime


class RefundReceipt(Struct, frozen=True, kw_only=True):
    """One refund of a settlement, whole or in part."""

    refund_id: UUID
    settlement_id: UUID
    message_id: str
    plan: RefundPlan
    refunded_at: datetime


def place_of(institution: Institution) -> Place:
    return Place(
        code=institution.code,
        name=institution.name,
        kind=institution.kind,
        level=institution.level,
        area=institution.area,
    )
