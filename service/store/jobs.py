"""Putting a job in the queue inside the transaction that makes it necessary (PgQueuer)."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from service.database import Tx

JobName = Literal["check_kinship", "send_message"]


async def enqueue_many(tx: Tx, name: JobName, *, subject_ids: Sequence[UUID]) -> None:
    """One job per subject, in one statement."""
    if subject_ids:
        payloads: list[bytes | None] = [subject_id.bytes for subject_id in subject_ids]
        await Queries(AsyncpgDriver(tx.connection)).enqueue(
            [name] * len(payloads), payloads, [0] * len(payloads)
        )


async def enqueue(tx: Tx, name: JobName, *, subject_id: UUID) -> None:
    """A job carries an id only; the rows say what is to be done."""
    await Queries(AsyncpgDriver(tx.connection)).enqueue(name, subject_id.bytes)
