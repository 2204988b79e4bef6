"""Statements about the accounts people sign in with."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("channel_accounts")


class ChannelAccount(Struct, frozen=True, kw_only=True):
    id: UUID
    channel: str
    app_id: str
    subject_index: bytes
    subject_sealed: bytes
    certified_index: bytes | None
    person_id: UUID | None


async def insert(
    tx: Tx,
    *,
    id: UUID,
    channel: str,
    app_id: str,
    subject_index: bytes,
    subject_sealed: bytes,
    certified_index: bytes | None,
    at: datetime,
) -> int:
    """0 when the account is known already."""
    return await tx.run(
        Q.insert,
        id=id,
        channel=channel,
        app_id=app_id,
        subject_index=subject_index,
        subject_sealed=subject_sealed,
        certified_index=certified_index,
        at=at,
    )


async def find(
    tx: Tx, *, channel: str, app_id: str, subject_indexes: Sequence[bytes]
) -> ChannelAccount | None:
    return await tx.maybe(
        ChannelAccount, Q.find, channel=channel, app_id=app_id, subject_indexes=subject_indexes
    )


async def lock(tx: Tx, *, id: UUID) -> ChannelAccount:
    return await tx.one(ChannelAccount, Q.lock, id=id)


async def certify(tx: Tx, *, id: UUID, certified_index: bytes) -> int:
    return await tx.run(Q.certify, id=id, certified_index=certified_index)


async def unlink_others(tx: Tx, *, person_id: UUID, channel: str, app_id: str, id: UUID) -> int:
    """Free the person's place in this mini-program; the number of accounts put out."""
    return await tx.run(Q.unlink_others, person_id=person_id, channel=channel, app_id=app_id, id=id)


async def link(tx: Tx, *, id: UUID, person_id: UUID, at: datetime) -> int:
    return await tx.run(Q.link, id=id, person_id=person_id, at=at)


async def of_person(tx: Tx, *, person_id: UUID) -> list[ChannelAccount]:
    return await tx.many(ChannelAccount, Q.of_person, person_id=person_id)


async def sealed_elsewhere(
    tx: Tx, *, after: UUID, data_key: int, index_key: int, limit: int
) -> list[ChannelAccount]:
    return await tx.many(
        ChannelAccount,
        Q.sealed_elsewhere,
        after=after,
        data_key=data_key,
        index_key=index_key,
        limit=limit,
    )


async def reseal(tx: Tx, *, id: UUID, subject_index: bytes, subject_sealed: bytes) -> int:
    return await tx.run(Q.reseal, id=id, subject_index=subject_index, subject_sealed=subject_sealed)
