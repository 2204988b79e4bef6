"""Premium orders: one at a time, lists, and what is told and compared. Steps: `premium_steps`."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.message import MessageKind
from service.domain.premium import Premium, PremiumState
from service.domain.premium_refund import RefundState

Q = load_queries("premiums")


class OrderRow(Premium, frozen=True, kw_only=True):
    """With what the bureau and the platform are told of the relative."""

    id_number_sealed: bytes
    name_sealed: bytes


class SharedRow(OrderRow, frozen=True, kw_only=True):
    """For a page that payer or relative reads."""

    payer_name_sealed: bytes
    refund_state: RefundState | None


class UntoldRow(Struct, frozen=True, kw_only=True):
    book_id: UUID
    premium_id: UUID
    insured_id: UUID
    kind: MessageKind
    amount_fen: int | None
    reason: str | None


class ReportRow(Struct, frozen=True, kw_only=True):
    premium_id: UUID
    batch_id: UUID | None
    plan_id: UUID | None
    state: PremiumState
    reason: str | None
    aside: str | None
    category: str | None
    amount_fen: int | None
    receipt_number: str | None
    made_at: datetime
    held_at: datetime | None
    receipted_at: datetime | None
    credited_at: datetime | None
    ended_at: datetime | None


class BookedRow(Struct, frozen=True, kw_only=True):
    """What the ledger says, fen: paid net of refunds, and held."""

    paid_fen: int
    held_fen: int


class PaidRow(Struct, frozen=True, kw_only=True):
    """A payment or a refund by its number at the bureau."""

    number: UUID
    account_fen: int
    refunded_fen: int


async def insert(
    tx: Tx,
    *,
    book_id: UUID,
    premium_id: UUID,
    insured_id: UUID,
    binding_id: UUID,
    area: str,
    year: int,
    at: datetime,
) -> int:
    return await tx.run(
        Q.insert,
        book_id=book_id,
        premium_id=premium_id,
        insured_id=insured_id,
        binding_id=binding_id,
        area=area,
        year=year,
        at=at,
    )


async def insert_planned(
    tx: Tx,
    *,
    ids: Sequence[UUID],
    books: Sequence[UUID],
    plans: Sequence[UUID],
    batch_id: UUID,
    year: int,
    at: datetime,
) -> int:
    """How many are new: a plan that has its order of the year keeps that one."""
    return await tx.run(
        Q.insert_planned, ids=ids, books=books, plans=plans, batch_id=batch_id, year=year, at=at
    )


async def take_up_again(tx: Tx, *, area: str, year: int, at: datetime) -> int:
    return await tx.run(Q.take_up_again, area=area, year=year, at=at)


async def skip_of_plan(tx: Tx, *, book_id: UUID, plan_id: UUID, at: datetime) -> int:
    """Orders of the plan that hold no money yet."""
    return await tx.run(Q.skip_of_plan, book_id=book_id, plan_id=plan_id, at=at)


async def skip_of_binding(tx: Tx, *, book_id: UUID, binding_id: UUID, at: datetime) -> int:
    """Orders by the binding that hold no money yet."""
    return await tx.run(Q.skip_of_binding, book_id=book_id, binding_id=binding_id, at=at)


async def wake_of_binding(tx: Tx, *, book_id: UUID, binding_id: UUID, at: datetime) -> int:
    """Orders by the binding that wait are due at once."""
    return await tx.run(Q.wake_of_binding, book_id=book_id, binding_id=binding_id, at=at)


async def set_refunding(tx: Tx, *, book_id: UUID, premium_id: UUID) -> int:
    """0 when it is not paid, or credited already."""
    return await tx.run(Q.set_refunding, book_id=book_id, premium_id=premium_id)


async def keep(tx: Tx, *, book_id: UUID, premium_id: UUID, at: datetime) -> int:
    return await tx.run(Q.keep, book_id=book_id, premium_id=premium_id, at=at)


async def set_refunded(tx: Tx, *, book_id: UUID, premium_id: UUID, at: datetime) -> int:
    return await tx.run(Q.set_refunded, book_id=book_id, premium_id=premium_id, at=at)


async def find(tx: Tx, *, premium_id: UUID, person_id: UUID) -> SharedRow | None:
    """The order, if this person pays it or is paid for."""
    return await tx.maybe(SharedRow, Q.find, premium_id=premium_id, person_id=person_id)


async def page(tx: Tx, *, person_id: UUID, before: UUID, limit: int) -> list[SharedRow]:
    """As payer and as relative, newest first."""
    return await tx.many(SharedRow, Q.page, person_id=person_id, before=before, limit=limit)


async def get_order(tx: Tx, *, premium_id: UUID) -> OrderRow | None:
    return await tx.maybe(OrderRow, Q.get_order, premium_id=premium_id)


async def take_untold(tx: Tx, *, most: int) -> list[UntoldRow]:
    """What messages are still to be written about; it counts as told from here on."""
    return await tx.many(UntoldRow, Q.take_untold, most=most)


async def report(tx: Tx, *, area: str, year: int) -> AsyncIterator[ReportRow]:
    """Every order of an area and premium year; in a survey."""
    async for row in tx.stream(ReportRow, Q.report, area=area, year=year):
        yield row


async def booked(tx: Tx, *, area: str, year: int) -> BookedRow:
    """In a survey: it may take longer than any other question does."""
    async for row in tx.stream(BookedRow, Q.booked, area=area, year=year):
        return row
    raise AssertionError("sums are one row")


async def paid_between(
    tx: Tx, *, area: str, since: datetime, until: datetime
) -> AsyncIterator[PaidRow]:
    """In a survey."""
    async for row in tx.stream(PaidRow, Q.paid_between, area=area, since=since, until=until):
        yield row


async def to_compare(tx: Tx, *, area: str, year: int, after: UUID, limit: int) -> list[OrderRow]:
    return await tx.many(OrderRow, Q.to_compare, area=area, year=year, after=after, limit=limit)
