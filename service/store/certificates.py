"""Statements about family certificates: added, read, never changed but for their key."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("certificates")


class CertificateRow(Struct, frozen=True, kw_only=True):
    number: str
    binding_id: UUID
    content_sealed: bytes


async def insert(
    tx: Tx, *, number: str, binding_id: UUID, content_sealed: bytes, at: datetime
) -> int:
    return await tx.run(
        Q.insert, number=number, binding_id=binding_id, content_sealed=content_sealed, at=at
    )


async def find(tx: Tx, *, number: str) -> CertificateRow | None:
    return await tx.maybe(CertificateRow, Q.find, number=number)


async def last_of_binding(tx: Tx, *, binding_id: UUID) -> CertificateRow | None:
    return await tx.maybe(CertificateRow, Q.last_of_binding, binding_id=binding_id)


async def sealed_elsewhere(
    tx: Tx, *, after: str, data_key: int, limit: int
) -> list[CertificateRow]:
    return await tx.many(
        CertificateRow, Q.sealed_elsewhere, after=after, data_key=data_key, limit=limit
    )


async def reseal(tx: Tx, *, number: str, content_sealed: bytes) -> int:
    return await tx.run(Q.reseal, number=number, content_sealed=content_sealed)
