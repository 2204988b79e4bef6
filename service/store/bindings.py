"""Statements about bindings."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.application import Standing
from service.domain.binding import Binding, Review, State, Terms

Q = load_queries("bindings")


class BindingParties(Binding, frozen=True, kw_only=True):
    """A binding with its parties' sealed names, for a page."""

    donor_name_sealed: bytes
    donor_id_number_sealed: bytes
    beneficiary_name_sealed: bytes
    beneficiary_id_number_sealed: bytes
    commitment_id: UUID | None


class RelativeRow(Struct, frozen=True, kw_only=True):
    """Whom a donor shares with; `area` is the relative's own, None when it is not known."""

    id: UUID
    beneficiary_id: UUID
    binding_area: str
    relation: str
    area: str | None
    id_number_sealed: bytes
    name_sealed: bytes


class PairRow(Struct, frozen=True, kw_only=True):
    """`area` is the relative's own."""

    id: UUID
    donor_id: UUID
    beneficiary_id: UUID
    area: str | None


class SealedPhone(Struct, frozen=True, kw_only=True):
    id: UUID
    phone_sealed: bytes


async def insert(
    tx: Tx,
    *,
    id: UUID,
    donor_id: UUID,
    beneficiary_id: UUID,
    area: str,
    relation: str,
    phone_sealed: bytes | None,
    channel: str,
    applied_by: UUID | None,
    review: Review | None,
    terms: Terms,
    at: datetime,
) -> int:
    return await tx.run(
        Q.insert,
        id=id,
        donor_id=donor_id,
        beneficiary_id=beneficiary_id,
        area=area,
        relation=relation,
        phone_sealed=phone_sealed,
        channel=channel,
        applied_by=applied_by,
        review=review,
        begins_on=terms.begins_on,
        ends_on=terms.ends_on,
        rank=terms.rank,
        total_fen=terms.limits.total_fen,
        year_fen=terms.limits.year_fen,
        use_fen=terms.limits.use_fen,
        at=at,
    )


async def standing(tx: Tx, *, donor_id: UUID, beneficiary_id: UUID, today: date) -> Standing:
    return await tx.one(
        Standing, Q.standing, donor_id=donor_id, beneficiary_id=beneficiary_id, today=today
    )


async def get(tx: Tx, *, id: UUID) -> BindingParties:
    return await tx.one(BindingParties, Q.get, id=id)


async def find(tx: Tx, *, id: UUID, person_id: UUID) -> BindingParties | None:
    """The binding, if this person is one of its parties."""
    return await tx.maybe(BindingParties, Q.find, id=id, person_id=person_id)


async def find_of_donor(tx: Tx, *, id: UUID, donor_id: UUID) -> BindingParties | None:
    return await tx.maybe(BindingParties, Q.find_of_donor, id=id, donor_id=donor_id)


async def find_in_area(tx: Tx, *, id: UUID, area: str) -> BindingParties | None:
    """The binding, if it belongs to the clerk's pooling area."""
    return await tx.maybe(BindingParties, Q.find_in_area, id=id, area=area)


async def page(tx: Tx, *, person_id: UUID, after: UUID, limit: int) -> list[BindingParties]:
    """Newest first."""
    return await tx.many(BindingParties, Q.page, person_id=person_id, after=after, limit=limit)


async def for_status(tx: Tx, *, person_id: UUID, limit: int) -> list[BindingParties]:
    """What the status page shows."""
    return await tx.many(BindingParties, Q.for_status, person_id=person_id, limit=limit)


async def reviews(tx: Tx, *, area: str, after: UUID, limit: int) -> list[BindingParties]:
    """Oldest first: who waits longest is seen first."""
    return await tx.many(BindingParties, Q.reviews, area=area, after=after, limit=limit)


async def lock(tx: Tx, *, id: UUID) -> Binding:
    return await tx.one(Binding, Q.lock, id=id)


async def set_state(
    tx: Tx,
    *,
    id: UUID,
    state: State,
    review: Review | None,
    signed_at: datetime | None,
    effective_at: datetime | None,
    ended_at: datetime | None,
) -> int:
    return await tx.run(
        Q.set_state,
        id=id,
        state=state,
        review=review,
        signed_at=signed_at,
        effective_at=effective_at,
        ended_at=ended_at,
    )


async def set_terms(tx: Tx, *, id: UUID, terms: Terms, effective_at: datetime | None) -> int:
    return await tx.run(
        Q.set_terms,
        id=id,
        begins_on=terms.begins_on,
        ends_on=terms.ends_on,
        rank=terms.rank,
        total_fen=terms.limits.total_fen,
        year_fen=terms.limits.year_fen,
        use_fen=terms.limits.use_fen,
        effective_at=effective_at,
    )


async def expired(tx: Tx, *, today: date, limit: int) -> list[Binding]:
    return await tx.many(Binding, Q.expired, today=today, limit=limit)


async def phones_sealed_elsewhere(
    tx: Tx, *, after: UUID, data_key: int, limit: int
) -> list[SealedPhone]:
    return await tx.many(
        SealedPhone, Q.phones_sealed_elsewhere, after=after, data_key=data_key, limit=limit
    )


async def reseal_phone(tx: Tx, *, id: UUID, phone_sealed: bytes) -> int:
    return await tx.run(Q.reseal_phone, id=id, phone_sealed=phone_sealed)


async def relatives(tx: Tx, *, donor_id: UUID, limit: int) -> list[RelativeRow]:
    """In the order they were bound."""
    return await tx.many(RelativeRow, Q.relatives, donor_id=donor_id, limit=limit)


async def of_pairs(
    tx: Tx, *, donors: Sequence[UUID], beneficiaries: Sequence[UUID]
) -> list[PairRow]:
    """Of pairs in parallel, locked; a pair without a binding has no row."""
    return await tx.many(PairRow, Q.of_pairs, donors=donors, beneficiaries=beneficiaries)
