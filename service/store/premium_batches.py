"""Batches: all due plans of an area and premium year, and how far they are."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from service.database import Tx, load_queries
from service.domain.premium_batch import Batch, Count, Mode

Q = load_queries("premium_batches")


async def insert(tx: Tx, *, id: UUID, area: str, year: int, mode: Mode, at: datetime) -> int:
    """0 when there is one already."""
    return await tx.run(Q.insert, id=id, area=area, year=year, mode=mode, at=at)


async def find(tx: Tx, *, area: str, year: int) -> Batch | None:
    return await tx.maybe(Batch, Q.find, area=area, year=year)


async def at_work(tx: Tx, *, year: int) -> list[Batch]:
    """Those that are not paused; of past premium years only what is not over."""
    return await tx.many(Batch, Q.at_work, year=year)


async def every(tx: Tx, *, area: str) -> list[Batch]:
    """Of one pooling area, or of all when it is empty; the newest first."""
    return await tx.many(Batch, Q.every, area=area)


async def set_mode(tx: Tx, *, id: UUID, mode: Mode) -> int:
    return await tx.run(Q.set_mode, id=id, mode=mode)


async def counts(tx: Tx, *, batch_ids: Sequence[UUID], since: datetime) -> list[Count]:
    """By batch and state; `paid_lately` counts receipts since `since`."""
    return await tx.many(Count, Q.counts, batch_ids=batch_ids, since=since)
