"""Change a binding: pause, resume, rank, limits and dates by the donor; the rank by both."""

from datetime import datetime

from service.database import Tx
from service.domain.binding import (
    LIVE,
    STATE_TEXT,
    Binding,
    Changes,
    Terms,
    by_party,
    changed,
    check_terms,
    effective_from,
)
from service.domain.calendar import business_date
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.flows.move_binding import move_binding
from service.idempotency import Once
from service.store import accounts, bindings, premiums
from service.store.bindings import BindingParties
from service.world import World


async def change_binding(
    world: World,
    binding: BindingParties,
    changes: Changes,
    *,
    actor: Actor,
    once: Once[BindingParties],
) -> BindingParties | Refusal:
    """The binding after the changes. `binding` was found by a party's right."""

    async def work(tx: Tx) -> BindingParties | Refusal:
        await once.begin(tx)
        locked = await bindings.lock(tx, id=binding.id)
        refusal = by_party(locked, changes, is_donor=actor.id == locked.donor_id)
        if refusal is not None:
            return refusal
        await premiums.wake_of_binding(
            tx, book_id=locked.donor_id, binding_id=locked.id, at=world.clock()
        )
        refusal = await _set_terms(tx, world, locked, changes, actor=actor)
        if refusal is not None:
            return refusal
        if changes.action in ("pause", "resume"):
            locked = await bindings.lock(tx, id=binding.id)  # as the terms left it
            moved = await move_binding(tx, world, locked, changes.action, actor=actor)
            if isinstance(moved, Refusal):
                return moved
        result = await bindings.get(tx, id=binding.id)
        await once.keep(tx, result)
        return result

    return await world.database.transact(work)


async def _set_terms(
    tx: Tx, world: World, binding: Binding, changes: Changes, *, actor: Actor
) -> Refusal | None:
    terms = changed(binding.terms, changes)
    if terms == binding.terms:
        return None
    today = business_date(world.clock())
    if binding.state not in LIVE or binding.expired_on(today):
        state = STATE_TEXT["ended" if binding.state in LIVE else binding.state]
        return Refusal(code="binding.state_does_not_allow", facts={"state": state})
    refusal = check_terms(terms, today=today, begun=binding.begins_on, until=binding.ends_on)
    if refusal is not None:
        return refusal
    await bindings.set_terms(
        tx, id=binding.id, terms=terms, effective_at=_effective(world, binding, terms)
    )
    await accounts.touch(tx, book_id=binding.donor_id)
    await audit(
        tx,
        world,
        "binding.changed",
        actor=actor,
        subject=("binding", binding.id),
        detail=_difference(binding.terms, terms),
    )
    return None


def _effective(world: World, binding: Binding, terms: Terms) -> datetime | None:
    if binding.effective_at is None or terms.begins_on == binding.begins_on:
        return binding.effective_at
    return effective_from(terms, activated_at=world.clock())


def _difference(before: Terms, after: Terms) -> dict[str, str | int | None]:
    """Old and new of every changed term, as text."""
    old, new = _flat(before), _flat(after)
    return {name: f"{old[name]} -> {new[name]}" for name in old if old[name] != new[name]}


def _flat(terms: Terms) -> dict[str, object]:
    limits = terms.limits
    return {
        "begins_on": terms.begins_on,
        "ends_on": terms.ends_on,
        "rank": terms.rank,
        "total_fen": limits.total_fen,
        "year_fen": limits.year_fen,
        "use_fen": limits.use_fen,
    }
