"""What an institution settled and refunded: by day, by page, in total."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.enrolment import Scheme
from service.domain.institution import Service
from service.domain.institution_statement import Booked, Kind

Q = load_queries("institution_statements")


class TotalRow(Struct, frozen=True, kw_only=True):
    """Sums over a day, in fen."""

    kind: Kind
    count: int
    total_fen: int
    fund_fen: int
    own_fen: int
    aid_fen: int
    cash_fen: int


class GroupRow(Struct, frozen=True, kw_only=True):
    """Sums in fen, refunds taken off; of the patient's area and scheme as they were."""

    settled_on: date
    area: str
    scheme: Scheme
    service: Service
    standing: int
    total_fen: int
    fund_fen: int
    own_fen: int
    aid_fen: int
    cash_fen: int


async def items(
    tx: Tx, *, institution_code: str, day: date, after: UUID, limit: int
) -> list[Booked]:
    return await tx.many(
        Booked, Q.items, institution_code=institution_code, day=day, after=after, limit=limit
    )


async def totals(tx: Tx, *, institution_code: str, day: date) -> list[TotalRow]:
    """Two: of settlements, of refunds."""
    return await tx.many(TotalRow, Q.totals, institution_code=institution_code, day=day)


async def groups(
    tx: Tx, *, institution_code: str, begins_on: date, ends_on: date
) -> list[GroupRow]:
    return await tx.many(
        GroupRow,
        Q.groups,
        institution_code=institution_code,
        begins_on=begins_on,
        ends_on=ends_on,
    )
