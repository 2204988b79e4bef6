"""Who pays for a person, premium year and area: one order at a time, whoever the payer is."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.premium import Premium

Q = load_queries("premium_claims")


class WonRow(Struct, frozen=True):
    claimed_id: UUID


class ClaimRow(Struct, frozen=True, kw_only=True):
    insured_id: UUID
    area: str
    claimed_book: UUID


async def insert_many(tx: Tx, orders: Sequence[Premium]) -> set[UUID]:
    """The orders that have the claim now; the others came too late."""
    rows = await tx.many(
        WonRow,
        Q.insert_many,
        insured=[order.insured_id for order in orders],
        years=[order.year for order in orders],
        areas=[order.area for order in orders],
        books=[order.book_id for order in orders],
        ids=[order.premium_id for order in orders],
    )
    return {row.claimed_id for row in rows}


async def delete_many(tx: Tx, orders: Sequence[Premium]) -> int:
    """Free again for anybody."""
    return await tx.run(
        Q.delete_many,
        insured=[order.insured_id for order in orders],
        years=[order.year for order in orders],
        areas=[order.area for order in orders],
        ids=[order.premium_id for order in orders],
    )


async def of_people(tx: Tx, *, insured: Sequence[UUID], year: int) -> list[ClaimRow]:
    return await tx.many(ClaimRow, Q.of_people, insured=insured, year=year)
