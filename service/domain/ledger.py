"""What is told to the ledger: one leg per movement or hold of a holder's account."""

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

Phase = Literal["single", "hold", "post", "void"]


_ORDERS = UUID("6f6e9a0c-3b0e-5d7c-9d57-0b6a3f1c2e48")
"""The namespace of transfers that counters order."""


def transfer_id(institution_code: str, message_id: str, part: int) -> UUID:
    """Derived from the counter's order: however often it is recorded, it is this transfer."""
    return uuid5(_ORDERS, f"{institution_code}/{message_id}/{part}")


class Leg(Struct, frozen=True, kw_only=True):
    """`amount_fen` is signed as the holder sees it: below zero is paid out.

    `book_id` is the holder's person id, `contra` the code of the other side (`fund:510400`).
    A hold has `expires_at`; a post or void names its hold in `hold_id`; what uses the allowance of
    a binding names `binding_id` and the calendar `year` (Asia/Shanghai).
    """

    journal_id: UUID
    transfer_id: UUID
    phase: Phase = "single"
    purpose: str
    book_id: UUID
    binding_id: UUID | None = None
    year: int | None = None
    contra: str
    amount_fen: int
    hold_id: UUID | None = None
    expires_at: datetime | None = None


Seen = tuple[UUID, int | None]
"""A book and the version of its account a decision rests on; None where there was no account."""
