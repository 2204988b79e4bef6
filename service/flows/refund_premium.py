"""A donor asks a paid premium back, before the insurance has credited it: an order of its own."""

from uuid import UUID

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.premium_refund import refundable
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.flows.know_residents import know_residents
from service.idempotency import Once
from service.personal import insured
from service.store import premium_refunds, premium_steps, premiums
from service.store.premiums import SharedRow
from service.world import World


async def refund_premium(
    world: World, order: SharedRow, *, actor: Actor, once: Once[SharedRow]
) -> SharedRow | Refusal:
    """The order, being given back; the worker asks the tax bureau. Raises GatewayTrouble."""
    rules = world.policies.at(business_date(world.clock()), order.area)
    if rules is None:
        return Refusal(code="area.not_served", facts={"area": world.policies.name_of(order.area)})
    refusal = refundable(order, rules)
    if refusal is not None:
        return refusal
    known = await know_residents(world, [insured(world.vault, order)], year=order.year)
    if known[order.insured_id].credited:
        return Refusal(code="premium.refund_too_late", clause=rules.premium_refund.reference)
    refund_id = world.new_id()

    async def work(tx: Tx) -> SharedRow | Refusal:
        await once.begin(tx)
        return await _ask(tx, world, order, refund_id, actor=actor, once=once)

    return await world.database.transact(work)


async def _ask(
    tx: Tx,
    world: World,
    order: SharedRow,
    refund_id: UUID,
    *,
    actor: Actor,
    once: Once[SharedRow],
) -> SharedRow | Refusal:
    await premium_steps.lock(tx, premium_ids=[order.premium_id])
    if not await premiums.set_refunding(tx, book_id=order.book_id, premium_id=order.premium_id):
        return Refusal(code="premium.refund_not_now")
    assert order.amount_fen is not None
    await premium_refunds.insert(
        tx,
        book_id=order.book_id,
        refund_id=refund_id,
        premium_id=order.premium_id,
        amount_fen=order.amount_fen,
        at=world.clock(),
    )
    await audit(
        tx,
        world,
        "premium.refund_asked",
        actor=actor,
        subject=("premium", order.premium_id),
        detail={"refund": str(refund_id), "amount_fen": order.amount_fen},
    )
    result = await premiums.find(tx, premium_id=order.premium_id, person_id=order.book_id)
    assert result is not None
    await once.keep(tx, result)
    return result
