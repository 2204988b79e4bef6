"""The one statement that moves money: everything it is given is recorded, or nothing."""

from collections.abc import Sequence
from datetime import date, datetime

from service.database import Tx, load_queries
from service.domain.ledger import Leg, Seen

Q = load_queries("ledger")


async def record(
    tx: Tx, *, at: datetime, booked_on: date, seen: Sequence[Seen], legs: Sequence[Leg]
) -> int:
    """Record `legs` in their order; `seen` are the account versions they were decided on.

    Raises Stale when a version has changed: read and decide again. Raises ConstraintBroken:
    account_never_overdrawn, transfer_once, ledger_hold_mismatch and others.
    """
    return await tx.run(
        Q.record,
        at=at,
        booked_on=booked_on,
        seen_books=[book_id for book_id, _ in seen],
        seen_versions=[version for _, version in seen],
        journals=[leg.journal_id for leg in legs],
        transfers=[leg.transfer_id for leg in legs],
        phases=[leg.phase for leg in legs],
        purposes=[leg.purpose for leg in legs],
        books=[leg.book_id for leg in legs],
        bindings=[leg.binding_id for leg in legs],
        years=[leg.year for leg in legs],
        contras=[leg.contra for leg in legs],
        amounts=[leg.amount_fen for leg in legs],
        holds=[leg.hold_id for leg in legs],
        expires=[leg.expires_at for leg in legs],
    )
