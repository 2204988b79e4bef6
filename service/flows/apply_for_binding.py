"""Apply for a binding: every rule once more, then exactly one row however often it is sent."""

from uuid import UUID

from service.database import Tx
from service.domain.application import check_standing
from service.domain.binding import ApplicationChannel
from service.domain.calendar import business_date
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.flows.examine_application import Application, Examined, examine_application
from service.flows.know_person import know_person
from service.idempotency import Once
from service.personal import phone_purpose
from service.store import bindings, people
from service.store.bindings import BindingParties
from service.world import World


async def apply_for_binding(
    world: World,
    application: Application,
    *,
    actor: Actor,
    channel: ApplicationChannel,
    phone: str | None,
    once: Once[tuple[BindingParties, Examined]],
) -> tuple[BindingParties, Examined] | Refusal:
    """The new binding, awaiting signature. Raises GatewayTrouble, LimitReached, SessionsAway."""
    if actor.kind == "clerk":
        await _record_look_up(world, actor)
    examined = await examine_application(world, application)
    if isinstance(examined, Refusal):
        return examined

    async def work(tx: Tx) -> tuple[BindingParties, Examined] | Refusal:
        await once.begin(tx)
        donor_id = await know_person(tx, world, examined.donor)
        beneficiary_id = await know_person(tx, world, examined.beneficiary)
        await people.lock(tx, ids=[donor_id, beneficiary_id])
        today = business_date(world.clock())
        standing = await bindings.standing(
            tx, donor_id=donor_id, beneficiary_id=beneficiary_id, today=today
        )
        refusal = check_standing(standing, rules=examined.rules)
        if refusal is not None:
            return refusal
        binding_id = world.new_id()
        await bindings.insert(
            tx,
            id=binding_id,
            donor_id=donor_id,
            beneficiary_id=beneficiary_id,
            area=examined.area,
            relation=examined.relation.code,
            phone_sealed=_seal_phone(world, binding_id, phone),
            channel=channel,
            applied_by=actor.id if actor.kind == "clerk" else None,
            review=examined.proof.review,
            terms=application.terms,
            at=world.clock(),
        )
        await audit(tx, world, "binding.applied", actor=actor, subject=("binding", binding_id))
        result = await bindings.get(tx, id=binding_id), examined
        await once.keep(tx, result)
        return result

    return await world.database.transact(work)


async def _record_look_up(world: World, actor: Actor) -> None:
    """A clerk asks the platform about people: kept whatever becomes of the application."""
    assert actor.id is not None
    clerk_id = actor.id

    async def work(tx: Tx) -> None:
        await audit(tx, world, "people.looked_up", actor=actor, subject=("clerk", clerk_id))

    await world.database.transact(work)


def _seal_phone(world: World, binding_id: UUID, phone: str | None) -> bytes | None:
    return (phone and world.vault.seal(phone, purpose=phone_purpose(binding_id))) or None
