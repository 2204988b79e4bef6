"""What the message numbers of counters have been used for."""

from collections.abc import Sequence
from uuid import UUID

from service.database import Tx, load_queries
from service.domain.order import Claim, ClaimKind, Order

Q = load_queries("counter_claims")


async def find(tx: Tx, *, institution_code: str, message_id: str) -> Claim | None:
    return await tx.maybe(Claim, Q.find, institution_code=institution_code, message_id=message_id)


async def refuse(tx: Tx, orders: Sequence[Order], *, nobody: UUID) -> int:
    """These messages never settle. Raises ConstraintBroken when one of them just did."""
    return await tx.run(
        Q.refuse,
        institutions=[order.institution.code for order in orders],
        messages=[order.message_id for order in orders],
        fingerprints=[order.fingerprint for order in orders],
        nobody=nobody,
    )


async def insert(
    tx: Tx,
    *,
    institution_code: str,
    message_id: str,
    kind: ClaimKind,
    fingerprint: bytes,
    claimed_book: UUID,
    claimed_id: UUID,
) -> int:
    """Raises ConstraintBroken (counter_claim_message_once) when the number is taken."""
    return await tx.run(
        Q.insert,
        institution_code=institution_code,
        message_id=message_id,
        kind=kind,
        fingerprint=fingerprint,
        claimed_book=claimed_book,
        claimed_id=claimed_id,
    )
