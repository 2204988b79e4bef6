"""Take the family code that was scanned: from now on it serves this counter only."""

from uuid import UUID

from service.domain.bill import Bill
from service.domain.institution import Institution
from service.domain.order import Order
from service.world import World


async def take_code(
    world: World,
    institution: Institution,
    *,
    code: str,
    bill: Bill,
    message_id: str,
    fingerprint: bytes,
    person_id: UUID | None = None,
) -> Order:
    """The order. An unknown code is no refusal yet: the same message may have been settled before,
    while the code still lived. Raises SessionsAway."""
    holder = await world.family_codes.take(code, counter=institution.code)
    return Order(
        institution=institution,
        bill=bill,
        code=code,
        holder=holder,
        message_id=message_id,
        fingerprint=fingerprint,
        person_id=person_id,
    )
