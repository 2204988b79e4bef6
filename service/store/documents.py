"""Statements about the images that prove kinship."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.policy import DocumentKind

Q = load_queries("documents")


class DocumentRow(Struct, frozen=True, kw_only=True):
    id: UUID
    binding_id: UUID
    kind: DocumentKind
    uploaded_at: datetime


class SealedImage(Struct, frozen=True, kw_only=True):
    id: UUID
    image_sealed: bytes


async def insert(
    tx: Tx,
    *,
    id: UUID,
    binding_id: UUID,
    kind: DocumentKind,
    image_digest: bytes,
    image_sealed: bytes,
    at: datetime,
) -> int:
    return await tx.run(
        Q.insert,
        id=id,
        binding_id=binding_id,
        kind=kind,
        image_digest=image_digest,
        image_sealed=image_sealed,
        at=at,
    )


async def of_bindings(tx: Tx, *, binding_ids: Sequence[UUID]) -> list[DocumentRow]:
    return await tx.many(DocumentRow, Q.of_bindings, binding_ids=binding_ids)


async def image_in_area(tx: Tx, *, id: UUID, binding_id: UUID, area: str) -> SealedImage | None:
    return await tx.maybe(SealedImage, Q.image_in_area, id=id, binding_id=binding_id, area=area)


async def sealed_elsewhere(tx: Tx, *, after: UUID, data_key: int, limit: int) -> list[SealedImage]:
    return await tx.many(
        SealedImage, Q.sealed_elsewhere, after=after, data_key=data_key, limit=limit
    )


async def reseal(tx: Tx, *, id: UUID, image_sealed: bytes) -> int:
    return await tx.run(Q.reseal, id=id, image_sealed=image_sealed)
