"""Read through one day's entries: their sums, and the digest that follows the day before."""

from datetime import date

from service.crypto import Sm3
from service.database import Tx
from service.domain.closed_day import Tally, canonical
from service.store import closed_days


async def digest_day(tx: Tx, day: date, *, previous: bytes) -> tuple[Tally, bytes]:
    """In a survey. Entries are read in pieces: a day may have millions."""
    tally, digest = Tally(), Sm3()
    digest.update(previous)
    async for entry in closed_days.entries(tx, day=day):
        tally.add(entry)
        digest.update(canonical(entry))
    return tally, digest.digest()
