"""Putting a job in the queue inside the transaction that makes it necessary (PgQueuer)."""

from typing import Literal
from uuid import UUID

from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from service.database import Tx

JobName = Literal["check_kinship", "send_message"]


async def enqueue(tx: Tx, name: JobName, *, subject_id: UUID) -> None:
    """A job carries an id only; the rows say what is to be done."""
    await Queries(AsyncpgDriver(tx.connection)).enqueue(name, subject_id.bytes)
