"""Standing orders for premiums (预约代缴)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.premium_plan import PlanFacts

Q = load_queries("premium_plans")


class PlanRow(PlanFacts, frozen=True, kw_only=True):
    """With the relative's sealed name."""

    name_sealed: bytes


class LiveRow(Struct, frozen=True, kw_only=True):
    plan_id: UUID
    year: int | None


class DueRow(Struct, frozen=True, kw_only=True):
    """`ordered`: it has its order of the year."""

    book_id: UUID
    plan_id: UUID
    ordered: bool


class AreaRow(Struct, frozen=True):
    area: str


class AddedRow(Struct, frozen=True, kw_only=True):
    plan_id: UUID
    book_id: UUID
    insured_id: UUID
    binding_id: UUID
    most_fen: int


class LimitRow(Struct, frozen=True, kw_only=True):
    plan_id: UUID
    most_fen: int


async def insert(
    tx: Tx,
    *,
    book_id: UUID,
    plan_id: UUID,
    binding_id: UUID,
    insured_id: UUID,
    area: str,
    year: int | None,
    most_fen: int,
    at: datetime,
) -> int:
    return await tx.run(
        Q.insert,
        book_id=book_id,
        plan_id=plan_id,
        binding_id=binding_id,
        insured_id=insured_id,
        area=area,
        year=year,
        most_fen=most_fen,
        at=at,
    )


async def insert_many(
    tx: Tx,
    *,
    plan_ids: Sequence[UUID],
    bindings: Sequence[UUID],
    area: str,
    year: int,
    mosts: Sequence[int],
    at: datetime,
) -> list[AddedRow]:
    """The plans that are new. The caller has locked the bindings."""
    return await tx.many(
        AddedRow,
        Q.insert_many,
        plan_ids=plan_ids,
        bindings=bindings,
        area=area,
        year=year,
        mosts=mosts,
        at=at,
    )


async def live(tx: Tx, *, book_id: UUID, insured_id: UUID) -> list[LiveRow]:
    return await tx.many(LiveRow, Q.live, book_id=book_id, insured_id=insured_id)


async def find(tx: Tx, *, book_id: UUID, plan_id: UUID) -> PlanRow | None:
    """The plan, if it is this payer's."""
    return await tx.maybe(PlanRow, Q.find, book_id=book_id, plan_id=plan_id)


async def page(tx: Tx, *, book_id: UUID, before: UUID, limit: int) -> list[PlanRow]:
    """Newest first."""
    return await tx.many(PlanRow, Q.page, book_id=book_id, before=before, limit=limit)


async def end(tx: Tx, *, book_id: UUID, plan_id: UUID, at: datetime) -> int:
    """0 when it is over already, or not this payer's."""
    return await tx.run(Q.end, book_id=book_id, plan_id=plan_id, at=at)


async def end_of_binding(tx: Tx, *, book_id: UUID, binding_id: UUID, at: datetime) -> int:
    return await tx.run(Q.end_of_binding, book_id=book_id, binding_id=binding_id, at=at)


async def due(tx: Tx, *, area: str, year: int, after: UUID, limit: int) -> list[DueRow]:
    """A page of live plans, those with their order too; in the order of their ids."""
    return await tx.many(DueRow, Q.due, area=area, year=year, after=after, limit=limit)


async def areas(tx: Tx) -> list[str]:
    """Where there are live plans."""
    return [row.area for row in await tx.many(AreaRow, Q.areas)]


async def limits(tx: Tx, *, books: Sequence[UUID], plan_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What was agreed to at most, by plan; fen."""
    rows = await tx.many(LimitRow, Q.limits, books=books, plan_ids=plan_ids)
    return {row.plan_id: row.most_fen for row in rows}
