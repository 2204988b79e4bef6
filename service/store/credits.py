"""Statements about monthly credits and the files they came in. `month` is its first day."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.credit import CreditCategory

Q = load_queries("credits")


class FileRow(Struct, frozen=True):
    id: UUID


class Inserted(Struct, frozen=True):
    person_id: UUID


class Credited(Struct, frozen=True, kw_only=True):
    person_id: UUID
    amount_fen: int


async def insert_file(
    tx: Tx, *, id: UUID, area: str, month: date, digest: bytes, at: datetime
) -> int:
    """0 when a file of the same bytes is known already."""
    return await tx.run(Q.insert_file, id=id, area=area, month=month, digest=digest, at=at)


async def find_file(tx: Tx, *, digest: bytes) -> FileRow:
    return await tx.one(FileRow, Q.find_file, digest=digest)


async def insert(
    tx: Tx,
    *,
    file_id: UUID,
    area: str,
    month: date,
    person_ids: Sequence[UUID],
    categories: Sequence[CreditCategory],
    bases_fen: Sequence[int],
    amounts_fen: Sequence[int],
    transfer_ids: Sequence[UUID],
) -> list[Inserted]:
    """The sequences run in parallel. Answers who had no credit of that area and month yet."""
    return await tx.many(
        Inserted,
        Q.insert,
        file_id=file_id,
        area=area,
        month=month,
        person_ids=person_ids,
        categories=categories,
        bases_fen=bases_fen,
        amounts_fen=amounts_fen,
        transfer_ids=transfer_ids,
    )


async def find(tx: Tx, *, area: str, month: date, person_ids: Sequence[UUID]) -> list[Credited]:
    """Who of these has a credit of that area and month, whichever file it came in."""
    return await tx.many(Credited, Q.find, area=area, month=month, person_ids=person_ids)
