"""A donor schedules a relative's premium (预约代缴): for one year, or every year until ended."""

from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.domain.binding import Binding
from service.domain.calendar import business_date
from service.domain.enrolment import pooling_area
from service.domain.payable import open_window
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.idempotency import Once
from service.store import bindings, people, premium_plans
from service.store.bindings import BindingParties
from service.store.premium_plans import PlanRow
from service.world import World


class PlanWish(Struct, frozen=True, kw_only=True):
    """`year` None: every year. `most_fen`: never more than this for one year."""

    year: int | None
    most_fen: int


async def make_plan(
    world: World, binding: BindingParties, wish: PlanWish, *, actor: Actor, once: Once[PlanRow]
) -> PlanRow | Refusal:
    """The plan. Whether the premium is due is decided when the window opens, by the rules and the
    enrolment of then."""
    plan_id = world.new_id()

    async def work(tx: Tx) -> PlanRow | Refusal:
        await once.begin(tx)
        locked = await bindings.lock(tx, id=binding.id)  # nobody ends it meanwhile
        person = await people.get(tx, id=binding.beneficiary_id)
        area = pooling_area(person.area or binding.area)
        refusal = await _refused(tx, world, locked, wish, area)
        if refusal is not None:
            return refusal
        await premium_plans.insert(
            tx,
            book_id=binding.donor_id,
            plan_id=plan_id,
            binding_id=binding.id,
            insured_id=binding.beneficiary_id,
            area=area,
            year=wish.year,
            most_fen=wish.most_fen,
            at=world.clock(),
        )
        await _audit(tx, world, plan_id, wish, actor=actor)
        result = await premium_plans.find(tx, book_id=binding.donor_id, plan_id=plan_id)
        assert result is not None
        await once.keep(tx, result)
        return result

    return await world.database.transact(work)


async def _refused(
    tx: Tx, world: World, binding: Binding, wish: PlanWish, area: str
) -> Refusal | None:
    today = business_date(world.clock())
    if binding.state not in ("active", "paused") or binding.expired_on(today):
        return Refusal(code="premium.binding_ended")
    rules = world.policies.at(today, area)
    if rules is None:
        return Refusal(code="area.not_served", facts={"area": world.policies.name_of(area)})
    if not rules.premium_by_account.value:
        clause = rules.premium_by_account.reference
        return Refusal(code="premium.not_by_account", clause=clause)
    if wish.year is not None and wish.year < today.year:
        return Refusal(code="premium_plan.year_past")
    if wish.year is not None:
        opened = open_window(rules, year=wish.year, today=today)
        if isinstance(opened, Refusal) and opened.code == "premium.window_closed":
            return opened
    live = await premium_plans.live(tx, book_id=binding.donor_id, insured_id=binding.beneficiary_id)
    if any(plan.year in (None, wish.year) or wish.year is None for plan in live):
        return Refusal(code="premium_plan.exists")
    return None


async def _audit(tx: Tx, world: World, plan_id: UUID, wish: PlanWish, *, actor: Actor) -> None:
    await audit(
        tx,
        world,
        "premium_plan.agreed",
        actor=actor,
        subject=("premium_plan", plan_id),
        detail={"year": wish.year, "most_fen": wish.most_fen},
    )
