"""Statements about people."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("people")


class PersonRow(Struct, frozen=True, kw_only=True):
    id: UUID
    id_number_sealed: bytes
    name_sealed: bytes
    area: str | None


class Indexed(Struct, frozen=True, kw_only=True):
    id: UUID
    id_number_index: bytes
    id_number_sealed: bytes


class Locked(Struct, frozen=True):
    id: UUID


async def insert(
    tx: Tx,
    *,
    id: UUID,
    id_number_index: bytes,
    id_number_sealed: bytes,
    name_sealed: bytes,
    area: str | None,
    at: datetime,
) -> int:
    """0 when the person is known already."""
    return await tx.run(
        Q.insert,
        id=id,
        id_number_index=id_number_index,
        id_number_sealed=id_number_sealed,
        name_sealed=name_sealed,
        area=area,
        at=at,
    )


async def find(tx: Tx, *, indexes: Sequence[bytes]) -> PersonRow | None:
    return await tx.maybe(PersonRow, Q.find, indexes=indexes)


async def find_many(tx: Tx, *, indexes: Sequence[bytes]) -> list[Indexed]:
    return await tx.many(Indexed, Q.find_many, indexes=indexes)


async def insert_many(
    tx: Tx,
    *,
    ids: Sequence[UUID],
    id_number_indexes: Sequence[bytes],
    id_numbers_sealed: Sequence[bytes],
    names_sealed: Sequence[bytes],
    area: str | None,
    at: datetime,
) -> int:
    """How many were new. The sequences run in parallel, a person at each place."""
    return await tx.run(
        Q.insert_many,
        ids=ids,
        id_number_indexes=id_number_indexes,
        id_numbers_sealed=id_numbers_sealed,
        names_sealed=names_sealed,
        area=area,
        at=at,
    )


async def get(tx: Tx, *, id: UUID) -> PersonRow:
    return await tx.one(PersonRow, Q.get, id=id)


async def update(tx: Tx, *, id: UUID, name_sealed: bytes, area: str | None) -> int:
    return await tx.run(Q.update, id=id, name_sealed=name_sealed, area=area)


async def lock(tx: Tx, *, ids: Sequence[UUID]) -> list[Locked]:
    """Lock in id order; taken before counting bindings, so that limits hold in parallel."""
    return await tx.many(Locked, Q.lock, ids=ids)


async def sealed_elsewhere(
    tx: Tx, *, after: UUID, data_key: int, index_key: int, limit: int
) -> list[PersonRow]:
    """People with anything under another key than these."""
    return await tx.many(
        PersonRow,
        Q.sealed_elsewhere,
        after=after,
        data_key=data_key,
        index_key=index_key,
        limit=limit,
    )


async def reseal(
    tx: Tx, *, id: UUID, id_number_index: bytes, id_number_sealed: bytes, name_sealed: bytes
) -> int:
    return await tx.run(
        Q.reseal,
        id=id,
        id_number_index=id_number_index,
        id_number_sealed=id_number_sealed,
        name_sealed=name_sealed,
    )
