"""Issue the family certificate of a binding, or find the one issued today."""

from uuid import UUID

from service.certificates import open_certificate, seal_certificate, statement_of
from service.crypto import chosen
from service.database import Tx
from service.domain.certificate import (
    ALPHABET,
    NUMBER_LENGTH,
    Certificate,
    in_force,
    still_fresh,
)
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.store import bindings, certificates
from service.world import World


async def issue_certificate(
    world: World, binding_id: UUID, *, actor: Actor
) -> Certificate | Refusal:
    """A GET asks for it, and yet a row may be written: mini-programs open and share a file only by
    GET, and what is printed must be known to the public check. To ask again is harmless, as GET
    promises: the binding's row lock lets two at once find the same certificate.
    """

    async def work(tx: Tx) -> Certificate | Refusal:
        await bindings.lock(tx, id=binding_id)
        binding, now = await bindings.get(tx, id=binding_id), world.clock()
        if not in_force(binding, at=now):
            return Refusal(code="certificate.not_in_force")
        says = statement_of(world, binding)
        last = await certificates.last_of_binding(tx, binding_id=binding_id)
        if last and still_fresh(issued := open_certificate(world, last), says, at=now):
            return issued
        number = chosen(ALPHABET, length=NUMBER_LENGTH)
        certificate = Certificate(number=number, issued_at=now, says=says)
        await certificates.insert(
            tx,
            number=number,
            binding_id=binding_id,
            content_sealed=seal_certificate(world, certificate),
            at=now,
        )
        subject = ("binding", binding_id)
        await audit(tx, world, "certificate.issued", actor=actor, subject=subject)
        return certificate

    return await world.database.transact(work)
