"""Show a family code: for oneself, or by a code delegation for a relative without a phone."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.domain.enrolment import principal
from service.domain.family_code import CodeHolder
from service.domain.person import mask_name
from service.domain.refusal import Refusal
from service.domain.settlement import Patient
from service.family_codes import SHOWN, code_digest
from service.flows.audit import Actor, audit
from service.gateways.platform import PersonNotMatched
from service.personal import Identity, reveal
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
    patient = await _patient(world, person_id, delegation_id)
    if isinstance(patient, Refusal):
        return patient
    insured = await world.platform.find_insured(patient.id_number, name=patient.name)
    enrolment = None if isinstance(insured, PersonNotMatched) else principal(insured)
    if enrolment is None:
        return Refusal(code="family_code.not_insured")
    if not world.policies.serves(enrolment.area):
        area = world.policies.name_of(enrolment.area)
        return Refusal(code="area.not_served", facts={"area": area})
    holder = CodeHolder(
        patient=Patient(
            id=patient.id,
            area=enrolment.area,
            scheme=enrolment.scheme,
            person_kind=enrolment.person_kind,
        ),
        delegate_id=None if delegation_id is None else person_id,
    )

    content = await world.family_codes.issue(holder)

    async def work(tx: Tx) -> None:
        await audit(
            tx,
            world,
            "family_code.shown",
            actor=Actor(kind="citizen", id=person_id),
            subject=("person", patient.id),
            detail={
                "code": code_digest(content).hex(),
                "code_delegation": None if delegation_id is None else str(delegation_id),
            },
        )

    await world.database.transact(work)  # who shows it is known before it is shown
    return FamilyCode(
        content=content,
        patient=mask_name(patient.name),
        area=enrolment.area,
        expires_at=world.clock() + SHOWN,
    )


async def _patient(world: World, person_id: UUID, delegation_id: UUID | None) -> Identity | Refusal:
    """Whose code it is: one's own, or that of the owner of a live delegation."""
    async with world.database.read() as tx:
        patient_id = person_id
        if delegation_id is not None:
            shown = await code_delegations.shown_by(tx, id=delegation_id, delegate_id=person_id)
            if shown is None:
                return Refusal(code="family_code.nobody_to_show")
            patient_id = shown.owner_id
        return reveal(world.vault, await people.get(tx, id=patient_id))
