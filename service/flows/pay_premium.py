"""A donor pays a relative's premium now: checked, claimed and held; the worker sends it at once.

The answer says that the money is held. What the tax bureau and the insurance say comes after it:
the payer sees the three legs with their times.
"""

from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.domain.money import yuan_text
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.flows.examine_premium import Examined, examine_premium
from service.flows.record_holds import record_holds
from service.gateways import GatewayTrouble
from service.idempotency import Once
from service.store import premiums
from service.store.bindings import BindingParties
from service.store.premiums import SharedRow
from service.world import World


class PremiumWish(Struct, frozen=True, kw_only=True):
    """`amount_fen` is what the page showed: another amount by now is told, not taken."""

    year: int
    amount_fen: int


async def pay_premium(
    world: World,
    binding: BindingParties,
    wish: PremiumWish,
    *,
    actor: Actor,
    once: Once[SharedRow],
) -> SharedRow | Refusal:
    """The order, held; or a refusal before any money moves. Raises GatewayTrouble."""
    if not world.settings.tax_url:  # nothing is held that nobody could be asked about
        raise GatewayTrouble("tax", "not configured")
    found = await examine_premium(world, binding, year=wish.year)
    if isinstance(found, Refusal):
        return found
    if found.due.amount_fen != wish.amount_fen:
        amount = yuan_text(found.due.amount_fen)
        return Refusal(
            code="premium.amount_changed", clause=found.due.clause, facts={"amount": amount}
        )
    premium_id = world.new_id()

    async def work(tx: Tx) -> SharedRow | Refusal:
        await once.begin(tx)
        refusal = await _hold(tx, world, binding, found, premium_id)
        if refusal is not None:
            return refusal
        await audit(
            tx,
            world,
            "premium.ordered",
            actor=actor,
            subject=("premium", premium_id),
            detail={"year": wish.year, "area": found.area, "amount_fen": wish.amount_fen},
        )
        order = await premiums.find(tx, premium_id=premium_id, person_id=binding.donor_id)
        assert order is not None
        await once.keep(tx, order)
        return order

    return await world.database.book(work)


async def _hold(
    tx: Tx, world: World, binding: BindingParties, found: Examined, premium_id: UUID
) -> Refusal | None:
    await premiums.insert(
        tx,
        book_id=binding.donor_id,
        premium_id=premium_id,
        insured_id=found.insured_id,
        binding_id=binding.id,
        area=found.area,
        year=found.due.year,
        at=world.clock(),
    )
    carried = await record_holds(tx, world, {premium_id: found.due}, tries=0, until=world.clock())
    return carried.refused[0][1] if carried.refused else None
