"""The secrets counters sign with."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("counter_keys")


class CounterKey(Struct, frozen=True, kw_only=True):
    key_id: UUID
    secret_sealed: bytes


async def insert(
    tx: Tx, *, institution_code: str, key_id: UUID, secret_sealed: bytes, at: datetime
) -> int:
    return await tx.run(
        Q.insert,
        institution_code=institution_code,
        key_id=key_id,
        secret_sealed=secret_sealed,
        at=at,
    )


async def of_institution(tx: Tx, *, institution_code: str) -> list[CounterKey]:
    """Those not revoked, newest first."""
    return await tx.many(CounterKey, Q.of_institution, institution_code=institution_code)


async def revoke_all(tx: Tx, *, institution_code: str, at: datetime) -> list[CounterKey]:
    """The keys that were live until now."""
    return await tx.many(CounterKey, Q.revoke_all, institution_code=institution_code, at=at)


async def sealed_elsewhere(tx: Tx, *, after: UUID, data_key: int, limit: int) -> list[CounterKey]:
    return await tx.many(
        CounterKey, Q.sealed_elsewhere, after=after, data_key=data_key, limit=limit
    )


async def reseal(tx: Tx, *, key_id: UUID, secret_sealed: bytes) -> int:
    return await tx.run(Q.reseal, key_id=key_id, secret_sealed=secret_sealed)
