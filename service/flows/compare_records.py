"""Go through settlements, refunds and premiums: they say what the ledger really moved."""

from collections.abc import AsyncIterator, Callable

from service.database import Tx
from service.store import books
from service.store.books import ApartRow
from service.world import World


async def compare_records(
    world: World, *, report: Callable[[str], None], progress: Callable[[str], None]
) -> int:
    """How many faults there are; each question is asked of the books as they are at one instant."""
    faults = 0
    for title, look in _LOOKS.items():
        progress(title)
        async with world.database.survey() as tx:
            async for sentence in look(tx):
                faults += 1
                report(sentence)
    return faults


async def _discrepancies(tx: Tx) -> AsyncIterator[str]:
    async for row in books.discrepancies(tx):
        yield f"book {row.book_id}: {row.fault} ({row.subject_id})"


async def _legs(tx: Tx) -> AsyncIterator[str]:
    async for row in books.legs(tx):
        if row.fen:
            yield f"all movements add up to {row.fen} fen instead of 0"


async def _settlements(tx: Tx) -> AsyncIterator[str]:
    async for row in books.settlements_apart(tx):
        yield f"settlement {row.id}: {_apart(row)}"
    async for too_much in books.refunded_too_much(tx):
        yield f"settlement {too_much.id}: more went back than was paid"


async def _refunds(tx: Tx) -> AsyncIterator[str]:
    async for row in books.refunds_apart(tx):
        yield f"refund {row.id}: {_apart(row)}"


def _apart(row: ApartRow) -> str:
    if row.stated_fen is None:
        return f"it is missing, but its transfers moved {row.booked_fen} fen"
    return f"it says {row.stated_fen} fen of accounts, its transfers say {row.booked_fen or 0}"


async def _premiums(tx: Tx) -> AsyncIterator[str]:
    async for row in books.premiums_apart(tx):
        yield (
            f"premium {row.id}: it says {row.stated_fen} fen paid and {row.stated_held_fen} held,"
            f" its transfers say {row.booked_fen} and {row.booked_held_fen}"
        )
    async for missing in books.premiums_without_order(tx):
        yield f"premium {missing.id}: it is missing, but there are transfers about it"
    async for claim in books.claims_apart(tx):
        yield f"premium {claim.id}: order and claim do not agree"


_LOOKS: dict[str, Callable[[Tx], AsyncIterator[str]]] = {
    "the ledger": _discrepancies,
    "both sides of movements": _legs,
    "settlements": _settlements,
    "refunds": _refunds,
    "premiums": _premiums,
}
