"""A statement of the other side against our books: where the two do not say the same."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

DifferenceKind = Literal["missing_here", "missing_there", "amount"]
Source = Literal["institution", "platform", "tax"]
Act = Literal[
    "reversed",
    "confirmed_by_other_side",
    "settled_again",
    "accepted",
    "asked_again",
    "booked_as_theirs",
    "voided",
]


class Amount(Struct, frozen=True, kw_only=True):
    """What one side says of one message of a day: a settlement or a refund.

    `total_fen` is the whole bill, `account_fen` what personal accounts paid, `refunded_fen` what
    went back to them; what a side's statement does not tell is 0 on both.
    """

    institution_code: str
    message_id: str
    total_fen: int = 0
    account_fen: int = 0
    refunded_fen: int = 0

    @property
    def net_fen(self) -> int:
        """What left personal accounts: below zero when more went back."""
        return self.account_fen - self.refunded_fen


class Difference(Struct, frozen=True, kw_only=True):
    """`ours_fen` is None when it is missing here, `theirs_fen` when it is missing there.

    Of kind `amount` they are the first two amounts that differ: net of the accounts, else the
    total of the bill.
    """

    id: UUID
    institution_code: str
    day: date
    message_id: str
    kind: DifferenceKind
    ours_fen: int | None
    theirs_fen: int | None
    source: Source


def compare(
    ours: Iterable[Amount],
    theirs: Iterable[Amount],
    *,
    day: date,
    source: Source,
    new_id: Callable[[], UUID],
) -> list[Difference]:
    """Every message on which the two sides differ, by institution and message.

    A message stands at most once on each side; order does not matter.
    """
    here = {(one.institution_code, one.message_id): one for one in ours}
    there = {(one.institution_code, one.message_id): one for one in theirs}
    found = []
    for key in sorted(here.keys() | there.keys()):
        verdict = _verdict(here.get(key), there.get(key))
        if verdict is None:
            continue
        kind, ours_fen, theirs_fen = verdict
        found.append(
            Difference(
                id=new_id(),
                institution_code=key[0],
                day=day,
                message_id=key[1],
                kind=kind,
                ours_fen=ours_fen,
                theirs_fen=theirs_fen,
                source=source,
            )
        )
    return found


def _verdict(
    ours: Amount | None, theirs: Amount | None
) -> tuple[DifferenceKind, int | None, int | None] | None:
    if ours is None:
        assert theirs is not None
        return "missing_here", None, theirs.net_fen
    if theirs is None:
        return "missing_there", ours.net_fen, None
    for one, other in (
        (ours.net_fen, theirs.net_fen),
        (ours.account_fen, theirs.account_fen),
        (ours.total_fen, theirs.total_fen),
    ):
        if one != other:
            return "amount", one, other
    return None
