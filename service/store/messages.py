"""Messages waiting to be sent and what became of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.institution import InstitutionKind
from service.domain.message import MessageKind

Q = load_queries("messages")


Outcome = Literal["sent", "refused", "rejected", "no_account"]


class MessageRow(Struct, frozen=True, kw_only=True):
    id: UUID
    person_id: UUID
    binding_id: UUID | None
    kind: MessageKind
    amount_fen: int | None
    about_id: UUID | None
    place: InstitutionKind | None
    created_at: datetime
    outcome: Outcome | None


class MoneyMessage(Struct, frozen=True, kw_only=True):
    """Money moved: `about_id` is whom for; `place` the kind of institution, None for a premium."""

    id: UUID
    person_id: UUID
    event_id: UUID
    kind: MessageKind
    amount_fen: int
    about_id: UUID
    place: InstitutionKind | None
    at: datetime


class Added(Struct, frozen=True):
    id: UUID


async def insert(
    tx: Tx, *, id: UUID, person_id: UUID, binding_id: UUID, kind: MessageKind, at: datetime
) -> int:
    """0 when this event was announced to this person already."""
    return await tx.run(
        Q.insert, id=id, person_id=person_id, binding_id=binding_id, kind=kind, at=at
    )


async def insert_events(tx: Tx, messages: Sequence[MoneyMessage]) -> list[UUID]:
    """The ids of those added now; the others were announced already."""
    added = await tx.many(
        Added,
        Q.insert_events,
        ids=[message.id for message in messages],
        people=[message.person_id for message in messages],
        events=[message.event_id for message in messages],
        kinds=[message.kind for message in messages],
        amounts=[message.amount_fen for message in messages],
        abouts=[message.about_id for message in messages],
        places=[message.place for message in messages],
        times=[message.at for message in messages],
    )
    return [row.id for row in added]


async def get(tx: Tx, *, id: UUID) -> MessageRow | None:
    return await tx.maybe(MessageRow, Q.get, id=id)


async def settle(tx: Tx, *, id: UUID, outcome: Outcome, at: datetime) -> int:
    return await tx.run(Q.settle, id=id, outcome=outcome, at=at)
