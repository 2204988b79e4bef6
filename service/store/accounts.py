"""Statements about personal accounts. A book is one holder's: its id is the person's."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("accounts")


class Account(Struct, frozen=True, kw_only=True):
    """`posted_fen` is the balance; of it `held_fen` is promised to payments under way."""

    book_id: UUID
    posted_fen: int
    held_fen: int
    entry_count: int
    version: int
    opened_at: datetime


async def open(tx: Tx, *, book_ids: Sequence[UUID], at: datetime) -> int:  # noqa: A001
    """How many were opened now; the others were open already."""
    return await tx.run(Q.open, book_ids=book_ids, at=at)


async def get(tx: Tx, *, book_id: UUID) -> Account | None:
    """None when the holder has no account here."""
    return await tx.maybe(Account, Q.get, book_id=book_id)


async def touch(tx: Tx, *, book_id: UUID) -> int:
    """What a decision about this holder may rest on has changed: one under way decides again."""
    return await tx.run(Q.touch, book_id=book_id)


async def lock(tx: Tx, *, book_ids: Sequence[UUID]) -> int:
    """They stay as they are until the end of the transaction."""
    return await tx.run(Q.lock, book_ids=book_ids)
