"""Bodies in and out, in Pydantic."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Fen = Annotated[int, Field(ge=0, le=10**12)]


class Bill(BaseModel):
    model_config = ConfigDict(extra="forbid")

    service: Literal[
        "outpatient", "emergency", "chronic", "inpatient", "pharmacy", "vaccine", "checkup"
    ]
    total_fen: Annotated[int, Field(ge=1, le=10**12)]
    own_expense_fen: Fen = 0
    over_limit_fen: Fen = 0
    own_first_fen: Fen = 0
    in_scope_fen: Fen | None = None
    fund_fen: Fen | None = None


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=128)]
    bill: Bill


class Patient(BaseModel):
    id: UUID
    area: str
    scheme: str
    person_kind: str


class CodeHolder(BaseModel):
    patient: Patient
    delegate_id: UUID | None = None


class Session(BaseModel):
    """As our sessions lie in Redis."""

    tag: str
    channel: str
    person_id: UUID | None = None
    born_at: datetime


class Line(BaseModel):
    payer: Literal["fund", "own", "donor", "cash"]
    amount_fen: int
    text: str
    clause: str
    rank: int | None = None


class Skipped(BaseModel):
    rank: int
    reason: str
    text: str


class Split(BaseModel):
    total_fen: int
    fund_fen: int
    own_fen: int
    aid_fen: int
    cash_fen: int
    balance_after_fen: int
    lines: list[Line]
    skipped: list[Skipped]
    sentence: str


class SettlementView(BaseModel):
    id: UUID
    message_id: str
    settled_at: datetime
    split: Split


class PersonView(BaseModel):
    name: str
    id_number: str


class LimitsView(BaseModel):
    total_fen: int | None
    year_fen: int | None
    use_fen: int | None


class BindingView(BaseModel):
    id: UUID
    role: str
    state: str
    state_text: str
    sentence: str
    next_step: str
    usable: bool
    relative: PersonView
    relation: str
    relation_text: str
    area: str
    area_name: str
    channel: str
    review: str | None
    begins_on: date
    ends_on: date | None
    rank: int
    limits: LimitsView
    documents_needed: list[str]
    commitment_id: UUID | None
    applied_at: datetime
    signed_at: datetime | None
    effective_at: datetime | None
    ended_at: datetime | None


class CodeDelegationView(BaseModel):
    id: UUID
    role: str
    relative: str
    sentence: str
    began_at: datetime
    ended_at: datetime | None


class StatusView(BaseModel):
    sentence: str
    next_step: str
    as_donor: list[BindingView]
    as_beneficiary: list[BindingView]
    code_delegations: list[CodeDelegationView]
    explanation: str
    hotline: str
