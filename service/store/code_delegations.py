"""Statements about code delegations (亲情账户)."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("code_delegations")


class CodeDelegationRow(Struct, frozen=True, kw_only=True):
    id: UUID
    owner_id: UUID
    delegate_id: UUID
    began_at: datetime
    ended_at: datetime | None
    owner_name_sealed: bytes
    delegate_name_sealed: bytes


async def insert(tx: Tx, *, id: UUID, owner_id: UUID, delegate_id: UUID, at: datetime) -> int:
    return await tx.run(Q.insert, id=id, owner_id=owner_id, delegate_id=delegate_id, at=at)


async def of_person(tx: Tx, *, person_id: UUID) -> list[CodeDelegationRow]:
    """Those in force, in either role, newest first."""
    return await tx.many(CodeDelegationRow, Q.of_person, person_id=person_id)


async def find(tx: Tx, *, id: UUID, owner_id: UUID) -> CodeDelegationRow | None:
    return await tx.maybe(CodeDelegationRow, Q.find, id=id, owner_id=owner_id)


async def shown_by(tx: Tx, *, id: UUID, delegate_id: UUID) -> CodeDelegationRow | None:
    """The live delegation by which this person shows another's code."""
    return await tx.maybe(CodeDelegationRow, Q.shown_by, id=id, delegate_id=delegate_id)


async def end(tx: Tx, *, id: UUID, owner_id: UUID, at: datetime) -> int:
    return await tx.run(Q.end, id=id, owner_id=owner_id, at=at)
