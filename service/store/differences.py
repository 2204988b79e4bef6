"""Differences with other sides' statements: found, and resolved by a named act."""

from collections.abc import Sequence
from datetime import datetime

from service.database import Tx, load_queries
from service.domain.difference import Difference

Q = load_queries("differences")


async def insert_many(tx: Tx, *, found: Sequence[Difference], at: datetime) -> int:
    """How many are new; what is known already stays as it is, resolved or not."""
    return await tx.run(
        Q.insert_many,
        ids=[one.id for one in found],
        institutions=[one.institution_code for one in found],
        days=[one.day for one in found],
        messages=[one.message_id for one in found],
        kinds=[one.kind for one in found],
        ours=[one.ours_fen for one in found],
        theirs=[one.theirs_fen for one in found],
        sources=[one.source for one in found],
        at=at,
    )
