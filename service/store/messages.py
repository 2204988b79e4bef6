"""Messages waiting to be sent and what became of them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.message import MessageKind

Q = load_queries("messages")


Outcome = Literal["sent", "refused", "rejected", "no_account"]


class MessageRow(Struct, frozen=True, kw_only=True):
    id: UUID
    person_id: UUID
    binding_id: UUID
    kind: MessageKind
    created_at: datetime
    outcome: Outcome | None


async def insert(
    tx: Tx, *, id: UUID, person_id: UUID, binding_id: UUID, kind: MessageKind, at: datetime
) -> int:
    """0 when this event was announced to this person already."""
    return await tx.run(
        Q.insert, id=id, person_id=person_id, binding_id=binding_id, kind=kind, at=at
    )


async def get(tx: Tx, *, id: UUID) -> MessageRow | None:
    return await tx.maybe(MessageRow, Q.get, id=id)


async def settle(tx: Tx, *, id: UUID, outcome: Outcome, at: datetime) -> int:
    return await tx.run(Q.settle, id=id, outcome=outcome, at=at)
