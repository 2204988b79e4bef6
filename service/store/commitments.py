"""Statements about signed commitments: added, read, never changed."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("commitments")


class CommitmentRow(Struct, frozen=True, kw_only=True):
    id: UUID
    binding_id: UUID
    image_digest: bytes
    pack_digest: bytes
    pack_sealed: bytes
    image_sealed: bytes
    signature: bytes
    key_id: str


class ChainedRow(CommitmentRow, frozen=True, kw_only=True):
    """A commitment with its place in the donor's chain."""

    donor_id: UUID
    sequence: int
    previous_digest: bytes


class Unsigned(Struct, frozen=True):
    id: UUID


class Link(Struct, frozen=True, kw_only=True):
    """The end of a donor's chain."""

    sequence: int
    pack_digest: bytes


async def insert(
    tx: Tx,
    *,
    id: UUID,
    binding_id: UUID,
    donor_id: UUID,
    sequence: int,
    template_version: str,
    text_digest: bytes,
    image_digest: bytes,
    pack_digest: bytes,
    previous_digest: bytes,
    pack_sealed: bytes,
    image_sealed: bytes,
    signature: bytes,
    key_id: str,
    at: datetime,
) -> int:
    return await tx.run(
        Q.insert,
        id=id,
        binding_id=binding_id,
        donor_id=donor_id,
        sequence=sequence,
        template_version=template_version,
        text_digest=text_digest,
        image_digest=image_digest,
        pack_digest=pack_digest,
        previous_digest=previous_digest,
        pack_sealed=pack_sealed,
        image_sealed=image_sealed,
        signature=signature,
        key_id=key_id,
        at=at,
    )


async def last_of_donor(tx: Tx, *, donor_id: UUID) -> Link | None:
    return await tx.maybe(Link, Q.last_of_donor, donor_id=donor_id)


async def find_of_donor(tx: Tx, *, id: UUID, donor_id: UUID) -> CommitmentRow | None:
    return await tx.maybe(CommitmentRow, Q.find_of_donor, id=id, donor_id=donor_id)


async def sealed_elsewhere(
    tx: Tx, *, after: UUID, data_key: int, limit: int
) -> list[CommitmentRow]:
    return await tx.many(
        CommitmentRow, Q.sealed_elsewhere, after=after, data_key=data_key, limit=limit
    )


async def reseal(tx: Tx, *, id: UUID, pack_sealed: bytes, image_sealed: bytes) -> int:
    return await tx.run(Q.reseal, id=id, pack_sealed=pack_sealed, image_sealed=image_sealed)


async def chain(tx: Tx, *, donor_id: UUID, sequence: int, limit: int) -> list[ChainedRow]:
    """All packs in the order of their chains, after this one."""
    return await tx.many(ChainedRow, Q.chain, donor_id=donor_id, sequence=sequence, limit=limit)


async def bindings_without(tx: Tx, *, limit: int) -> list[Unsigned]:
    """Bindings that say they were signed and have no commitment."""
    return await tx.many(Unsigned, Q.bindings_without, limit=limit)
