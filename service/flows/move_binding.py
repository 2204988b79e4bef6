"""Move a locked binding by one event of the transition table, with its times and audit row."""

from service.database import Tx
from service.domain.binding import Binding, Event, State, effective_from, following, over_from
from service.domain.calendar import business_date
from service.domain.message import MessageKind
from service.domain.refusal import Refusal
from service.flows.announce import announce
from service.flows.audit import Actor, audit
from service.store import accounts, bindings, premium_plans, premiums
from service.world import World

_ANNOUNCED: dict[State, MessageKind] = {
    "active": "binding_active",
    "ended": "binding_ended",
    "rejected": "binding_rejected",
}
_OVER: frozenset[State] = frozenset({"ended", "rejected", "withdrawn"})


async def move_binding(
    tx: Tx,
    world: World,
    binding: Binding,
    event: Event,
    *,
    actor: Actor,
    detail: dict[str, str | int | None] | None = None,
) -> State | Refusal:
    """The new state, or a refusal by the table. The caller holds the row's lock."""
    now = world.clock()
    state = following(binding, event, on=business_date(now))
    if isinstance(state, Refusal):
        return state
    signed = event in ("sign", "sign_for_review")
    activated = state == "active" and binding.effective_at is None
    await bindings.set_state(
        tx,
        id=binding.id,
        state=state,
        review=binding.review,
        signed_at=now if signed else binding.signed_at,
        effective_at=effective_from(binding.terms, activated_at=now)
        if activated
        else binding.effective_at,
        ended_at=over_from(binding, event, at=now) if state in _OVER else None,
    )
    if state in _OVER:  # plans and orders before accounts: everybody's order
        await premium_plans.end_of_binding(
            tx, book_id=binding.donor_id, binding_id=binding.id, at=now
        )
        await premiums.skip_of_binding(tx, book_id=binding.donor_id, binding_id=binding.id, at=now)
    await accounts.touch(tx, book_id=binding.donor_id)
    await audit(
        tx,
        world,
        f"binding.{event}",
        actor=actor,
        subject=("binding", binding.id),
        detail={"from": binding.state, "to": state, **(detail or {})},
    )
    if state in _ANNOUNCED and (activated or state != "active"):
        await announce(tx, world, binding, _ANNOUNCED[state])
    return state
