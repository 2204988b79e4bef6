"""Statements about idempotency keys."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("idempotency")


class KeyRow(Struct, frozen=True, kw_only=True):
    fingerprint: bytes
    claim: UUID
    status: int | None
    answer_sealed: bytes | None


async def claim(
    tx: Tx,
    *,
    principal: UUID,
    key: str,
    route: str,
    fingerprint: bytes,
    claim: UUID,
    until: datetime,
    at: datetime,
) -> int:
    """1 when the key is now ours."""
    return await tx.run(
        Q.claim,
        principal=principal,
        key=key,
        route=route,
        fingerprint=fingerprint,
        claim=claim,
        until=until,
        at=at,
    )


async def find(tx: Tx, *, principal: UUID, key: str) -> KeyRow | None:
    return await tx.maybe(KeyRow, Q.find, principal=principal, key=key)


async def lock(tx: Tx, *, principal: UUID, key: str) -> KeyRow | None:
    return await tx.maybe(KeyRow, Q.lock, principal=principal, key=key)


async def answer(
    tx: Tx, *, principal: UUID, key: str, claim: UUID, status: int, answer_sealed: bytes
) -> int:
    """0 when the claim is no longer ours."""
    return await tx.run(
        Q.answer,
        principal=principal,
        key=key,
        claim=claim,
        status=status,
        answer_sealed=answer_sealed,
    )


async def release(tx: Tx, *, principal: UUID, key: str, claim: UUID) -> int:
    return await tx.run(Q.release, principal=principal, key=key, claim=claim)


async def purge(tx: Tx, *, before: datetime, limit: int) -> int:
    return await tx.run(Q.purge, before=before, limit=limit)
