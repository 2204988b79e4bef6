"""Job: tell payers and relatives what became of premiums, after it was committed."""

from uuid import UUID, uuid5

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.message import MessageKind
from service.store import jobs, messages, premiums
from service.store.messages import MoneyMessage
from service.store.premiums import UntoldRow
from service.world import World

_MOST = 100
_TO_BOTH: frozenset[MessageKind] = frozenset(
    {"premium_paid", "premium_credited", "premium_refunded"}
)
"""What did not come about is the payer's matter alone."""
_MONEY_MOVED: frozenset[MessageKind] = _TO_BOTH | {"premium_kept"}
"""Elsewhere an amount would look like one that was taken."""
_AGAIN: frozenset[MessageKind] = frozenset({"premium_short", "premium_waiting", "premium_kept"})


async def tell_premiums(world: World) -> int:
    """How many orders were told about; call again while it is not zero. Marks, messages and jobs
    change in one transaction: each is told once, by whichever worker."""

    async def work(tx: Tx) -> int:
        untold = await premiums.take_untold(tx, most=_MOST)
        letters = [letter for row in untold for letter in _letters(world, row)]
        added = await messages.insert_events(tx, letters)
        await jobs.enqueue_many(tx, "send_message", subject_ids=added)
        return len(untold)

    return await world.database.transact(work)


def _letters(world: World, row: UntoldRow) -> list[MoneyMessage]:
    readers = [row.book_id, row.insured_id] if row.kind in _TO_BOTH else [row.book_id]
    return [
        MoneyMessage(
            id=world.new_id(),
            person_id=reader,
            event_id=_event(row, world),
            kind=row.kind,
            amount_fen=(row.amount_fen or 0) if row.kind in _MONEY_MOVED else 0,
            about_id=row.insured_id,
            place=None,
            at=world.clock(),
        )
        for reader in readers
    ]


def _event(row: UntoldRow, world: World) -> UUID:
    """One end of an order is told once; what it waits for as often as that is new, once a day."""
    if row.kind not in _AGAIN:
        return row.premium_id
    day = business_date(world.clock())
    return uuid5(row.premium_id, f"{row.kind}/{row.reason}/{day}")
