"""The tables as mapped classes, with the relationships that are followed or order inserts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    SmallInteger,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

LEDGER: dict[str, Any] = {"schema": "ledger"}


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - as SQLAlchemy's documentation has it
        int: BigInteger,
        str: Text,
        datetime: DateTime(timezone=True),
    }


class Institution(Base):
    __tablename__ = "institution"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    level: Mapped[str]
    area: Mapped[str]
    services: Mapped[list[str]] = mapped_column(ARRAY(Text))
    patient_areas: Mapped[list[str]] = mapped_column(ARRAY(Text))
    open_from: Mapped[date]
    open_until: Mapped[date | None]
    keys: Mapped[list["CounterKey"]] = relationship()


class CounterKey(Base):
    __tablename__ = "counter_key"

    institution_code: Mapped[str] = mapped_column(ForeignKey("institution.code"), primary_key=True)
    key_id: Mapped[UUID] = mapped_column(primary_key=True)
    secret_sealed: Mapped[bytes]
    revoked_at: Mapped[datetime | None]


class Person(Base):
    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    id_number_sealed: Mapped[bytes]
    name_sealed: Mapped[bytes]


class Binding(Base):
    __tablename__ = "binding"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    donor_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    beneficiary_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    area: Mapped[str]
    relation: Mapped[str]
    channel: Mapped[str]
    state: Mapped[str]
    review: Mapped[str | None]
    begins_on: Mapped[date]
    ends_on: Mapped[date | None]
    rank: Mapped[int]
    total_limit_fen: Mapped[int | None]
    year_limit_fen: Mapped[int | None]
    use_limit_fen: Mapped[int | None]
    applied_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    effective_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    donor: Mapped[Person] = relationship(foreign_keys=[donor_id])
    beneficiary: Mapped[Person] = relationship(foreign_keys=[beneficiary_id])
    commitment: Mapped["Commitment | None"] = relationship(uselist=False)

    def expired_on(self, day: date) -> bool:
        return self.ends_on is not None and self.ends_on < day


class Commitment(Base):
    __tablename__ = "commitment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    binding_id: Mapped[UUID] = mapped_column(ForeignKey("binding.id"))


class CodeDelegation(Base):
    __tablename__ = "code_delegation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    delegate_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    owner: Mapped[Person] = relationship(foreign_keys=[owner_id])
    delegate: Mapped[Person] = relationship(foreign_keys=[delegate_id])


class Account(Base):
    __tablename__ = "account"
    __table_args__ = LEDGER

    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    posted_fen: Mapped[int]
    held_fen: Mapped[int]
    entry_count: Mapped[int]
    version: Mapped[int]

    @property
    def available_fen(self) -> int:
        return self.posted_fen - self.held_fen


class Allowance(Base):
    __tablename__ = "allowance"
    __table_args__ = LEDGER

    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    binding_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    used_fen: Mapped[int]
    held_fen: Mapped[int]


class Transfer(Base):
    __tablename__ = "transfer"
    __table_args__ = LEDGER

    book_id: Mapped[UUID] = mapped_column(ForeignKey("ledger.account.book_id"), primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(primary_key=True)
    journal_id: Mapped[UUID]
    phase: Mapped[str]
    purpose: Mapped[str]
    binding_id: Mapped[UUID | None]
    year: Mapped[int | None] = mapped_column(SmallInteger)
    contra: Mapped[str]
    amount_fen: Mapped[int]
    booked_on: Mapped[date]
    recorded_at: Mapped[datetime]


class Entry(Base):
    __tablename__ = "entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "transfer_id"], ["ledger.transfer.book_id", "ledger.transfer.transfer_id"]
        ),
        LEDGER,
    )

    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[UUID]
    contra: Mapped[str]
    amount_fen: Mapped[int]
    balance_fen: Mapped[int]
    booked_on: Mapped[date]
    transfer: Mapped[Transfer] = relationship()


class Settlement(Base):
    __tablename__ = "settlement"

    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    settlement_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_code: Mapped[str]
    message_id: Mapped[str]
    service: Mapped[str]
    total_fen: Mapped[int]
    fund_fen: Mapped[int]
    own_fen: Mapped[int]
    aid_fen: Mapped[int]
    cash_fen: Mapped[int]
    eligible_fen: Mapped[int]
    pooled_fen: Mapped[int]
    plan: Mapped[bytes]
    settled_on: Mapped[date]
    settled_at: Mapped[datetime]


class CounterClaim(Base):
    __tablename__ = "counter_claim"

    institution_code: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    fingerprint: Mapped[bytes]
    claimed_book: Mapped[UUID]
    claimed_id: Mapped[UUID]


class CodeClaim(Base):
    __tablename__ = "code_claim"

    code_digest: Mapped[bytes] = mapped_column(primary_key=True)
    claimed_book: Mapped[UUID]
    claimed_id: Mapped[UUID]


class CounterEvent(Base):
    __tablename__ = "counter_event"

    book_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    settlement_id: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime]
