"""A clerk approves or rejects an application, having looked at its documents."""

from typing import Literal

from service.database import Tx
from service.domain.binding import reviewable
from service.domain.refusal import Refusal
from service.flows.audit import Actor
from service.flows.move_binding import move_binding
from service.idempotency import Once
from service.store import bindings
from service.store.bindings import BindingParties
from service.world import World


async def review_binding(
    world: World,
    binding: BindingParties,
    decision: Literal["approve", "reject"],
    *,
    reason: str,
    actor: Actor,
    once: Once[BindingParties],
) -> BindingParties | Refusal:
    """The binding after the decision. Who took the application in may not review it."""
    if binding.applied_by == actor.id:
        return Refusal(code="clerk.own_application")

    async def work(tx: Tx) -> BindingParties | Refusal:
        await once.begin(tx)
        locked = await bindings.lock(tx, id=binding.id)
        refusal = reviewable(locked)
        if refusal is not None:
            return refusal
        moved = await move_binding(
            tx,
            world,
            locked,
            decision,
            actor=actor,
            detail={"reason": reason},
        )
        if isinstance(moved, Refusal):
            return moved
        result = await bindings.get(tx, id=binding.id)
        await once.keep(tx, result)
        return result

    return await world.database.transact(work)
