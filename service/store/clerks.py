"""Statements about hall clerks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("clerks")


class Clerk(Struct, frozen=True, kw_only=True):
    id: UUID
    login: str
    password_hash: str
    totp_sealed: bytes
    totp_used_step: int
    roles: list[str]
    area: str
    disabled_at: datetime | None


async def insert(
    tx: Tx,
    *,
    id: UUID,
    login: str,
    password_hash: str,
    totp_sealed: bytes,
    roles: Sequence[str],
    area: str,
    at: datetime,
) -> int:
    return await tx.run(
        Q.insert,
        id=id,
        login=login,
        password_hash=password_hash,
        totp_sealed=totp_sealed,
        roles=roles,
        area=area,
        at=at,
    )


async def find(tx: Tx, *, login: str) -> Clerk | None:
    return await tx.maybe(Clerk, Q.find, login=login)


async def record_sign_in(tx: Tx, *, id: UUID, step: int) -> int:
    """0 when this one-time code, or a later one, was used already, or the clerk is disabled."""
    return await tx.run(Q.record_sign_in, id=id, step=step)


async def disable(tx: Tx, *, id: UUID, at: datetime) -> int:
    return await tx.run(Q.disable, id=id, at=at)


async def sealed_elsewhere(tx: Tx, *, after: UUID, data_key: int, limit: int) -> list[Clerk]:
    return await tx.many(Clerk, Q.sealed_elsewhere, after=after, data_key=data_key, limit=limit)


async def reseal(tx: Tx, *, id: UUID, totp_sealed: bytes) -> int:
    return await tx.run(Q.reseal, id=id, totp_sealed=totp_sealed)
