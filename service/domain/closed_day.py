"""A closed day: what its entries add up to, and a digest that ties them to all days before."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

BEFORE_THE_FIRST = bytes(32)
"""What stands for the digest of the day before the first one."""


class DayEntry(Struct, frozen=True, kw_only=True):
    """An entry of the ledger with its transfer. Neither fields nor their order may ever change:
    the digests of closed days are made of them."""

    book_id: UUID
    number: int
    booked_on: date
    contra: str
    amount_fen: int
    balance_fen: int
    transfer_id: UUID
    journal_id: UUID
    phase: str
    purpose: str
    binding_id: UUID | None
    year: int | None
    hold_id: UUID | None
    recorded_at: datetime


class Tally(Struct, kw_only=True):
    """Sums over a day's entries: `credited_fen` by monthly credits, `paid_fen` out of accounts,
    `returned_fen` back to them. Credited and returned less paid is what accounts have more."""

    entries: int = 0
    paid_fen: int = 0
    returned_fen: int = 0
    credited_fen: int = 0

    def add(self, entry: DayEntry) -> None:
        self.entries += 1
        if entry.purpose == "credit":
            self.credited_fen += entry.amount_fen
        elif entry.amount_fen < 0:
            self.paid_fen -= entry.amount_fen
        else:
            self.returned_fen += entry.amount_fen


class ClosedDay(Struct, frozen=True, kw_only=True):
    """`digest` is the SM3 of `previous_digest` and the canonical bytes of the day's entries, by
    book and number; `settlements` and `refunds` are counted."""

    day: date
    entries: int
    settlements: int
    refunds: int
    paid_fen: int
    returned_fen: int
    credited_fen: int
    digest: bytes
    previous_digest: bytes
    closed_at: datetime


def canonical(entry: DayEntry) -> bytes:
    """A JSON array on a line of its own; the instant is UTC."""
    return msgspec.json.encode(astuple(entry)) + b"\n"
