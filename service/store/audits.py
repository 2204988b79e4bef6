"""The audit trail: who did what to what. Details hold no personal data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from service.database import Tx, load_queries

Q = load_queries("audits")

ActorKind = Literal["citizen", "clerk", "system", "operator"]


async def insert(
    tx: Tx,
    *,
    id: UUID,
    at: datetime,
    actor_kind: ActorKind,
    actor_id: UUID | None,
    act: str,
    subject_kind: str,
    subject_id: UUID,
    detail: Mapping[str, str | int | None],
) -> int:
    return await tx.run(
        Q.insert,
        id=id,
        at=at,
        actor_kind=actor_kind,
        actor_id=actor_id,
        act=act,
        subject_kind=subject_kind,
        subject_id=subject_id,
        detail=msgspec.json.encode(detail).decode(),
    )
