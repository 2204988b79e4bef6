"""End a binding at once, or withdraw an application: the donor's right at any time."""

from service.database import Tx
from service.domain.binding import Event
from service.domain.refusal import Refusal
from service.flows.audit import Actor
from service.flows.move_binding import move_binding
from service.idempotency import Once
from service.store import bindings
from service.store.bindings import BindingParties
from service.world import World


async def end_binding(
    world: World, binding: BindingParties, *, actor: Actor, once: Once[BindingParties]
) -> BindingParties | Refusal:
    """The binding, over. What was used before is not returned; running payments keep theirs."""

    async def work(tx: Tx) -> BindingParties | Refusal:
        await once.begin(tx)
        locked = await bindings.lock(tx, id=binding.id)
        in_force = locked.state in ("active", "paused")
        event: Event = "end" if in_force else "withdraw"
        moved = await move_binding(tx, world, locked, event, actor=actor)
        if isinstance(moved, Refusal):
            return moved
        result = await bindings.get(tx, id=binding.id)
        await once.keep(tx, result)
        return result

    return await world.database.transact(work)
