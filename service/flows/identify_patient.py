"""Who stands at the counter: by the family code that was scanned, for that counter only."""

from msgspec import Struct

from service.domain.institution import Institution
from service.domain.refusal import Refusal
from service.domain.settlement import Patient
from service.personal import Identity, reveal
from service.store import accounts, people
from service.world import World


class Identified(Struct, frozen=True, kw_only=True):
    """`balance_fen`: what is in the patient's own account, None where there is none."""

    patient: Patient
    identity: Identity
    balance_fen: int | None


async def identify_patient(
    world: World, institution: Institution, *, code: str
) -> Identified | Refusal:
    """The patient, whose code serves this counter from now on. Raises SessionsAway."""
    holder = await world.family_codes.take(code, counter=institution.code)
    if isinstance(holder, str):
        return Refusal(code="family_code.used" if holder == "used" else "family_code.refused")
    async with world.database.read() as tx:
        person = await people.get(tx, id=holder.patient.id)
        account = await accounts.get(tx, book_id=holder.patient.id)
    return Identified(
        patient=holder.patient,
        identity=reveal(world.vault, person),
        balance_fen=None if account is None else account.posted_fen,
    )
