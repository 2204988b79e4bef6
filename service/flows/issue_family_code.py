"""Show a family code: for oneself, or by a code delegation for a relative without a phone."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.domain.enrolment import Enrolment
from service.domain.family_code import CodeHolder
from service.domain.person import mask_name
from service.domain.refusal import Refusal
from service.domain.settlement import Patient
from service.family_codes import SHOWN
from service.flows.audit import Actor, audit
from service.gateways.platform import PersonNotMatched
from service.personal import reveal
from service.store import code_delegations, people
from service.world import World


class FamilyCode(Struct, frozen=True, kw_only=True):
    """`content` is what the QR says; `patient` the masked name of whose code it is; `area` the
    patient's insurance area."""

    content: str
    patient: str
    area: str
    expires_at: datetime


async def issue_family_code(
    world: World, person_id: UUID, *, delegation_id: UUID | None
) -> FamilyCode | Refusal:
    """A fresh code; the patient's older one is void. Raises LimitReached, GatewayTrouble."""
    most = world.settings.family_codes_per_hour
    await world.limits.take("family_code", owner=str(person_id), most=most, seconds=3600)
    async with world.database.read() as tx:
        patient_id = person_id
        if delegation_id is not None:
            shown = await code_delegations.shown_by(tx, id=delegation_id, delegate_id=person_id)
            if shown is None:
                return Refusal(code="family_code.nobody_to_show")
            patient_id = shown.owner_id
        patient = reveal(world.vault, await people.get(tx, id=patient_id))
    insured = await world.platform.find_insured(patient.id_number, name=patient.name)
    active = [] if isinstance(insured, PersonNotMatched) else list(insured.active)
    if not active:
        return Refusal(code="family_code.not_insured")
    enrolment = min(active, key=_employee_first)
    if not world.policies.serves(enrolment.area):
        area = world.policies.name_of(enrolment.area)
        return Refusal(code="area.not_served", facts={"area": area})
    holder = CodeHolder(
        patient=Patient(
            id=patient_id,
            area=enrolment.area,
            scheme=enrolment.scheme,
            person_kind=enrolment.person_kind,
        ),
        delegate_id=None if delegation_id is None else person_id,
    )

    async def work(tx: Tx) -> None:
        await audit(
            tx,
            world,
            "family_code.shown",
            actor=Actor(kind="citizen", id=person_id),
            subject=("person", patient_id),
        )

    await world.database.transact(work)
    content = await world.family_codes.issue(holder)
    return FamilyCode(
        content=content,
        patient=mask_name(patient.name),
        area=enrolment.area,
        expires_at=world.clock() + SHOWN,
    )


def _employee_first(enrolment: Enrolment) -> bool:
    """An employee's own account is asked first; who is only a resident has none."""
    return enrolment.scheme != "employee"
