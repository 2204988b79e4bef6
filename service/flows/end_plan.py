"""A donor ends a standing order at once: what holds no money yet is not carried out any more."""

from uuid import UUID

from service.database import Tx
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.idempotency import Once
from service.store import premium_plans, premiums
from service.store.premium_plans import PlanRow
from service.world import World


async def end_plan(
    world: World, book_id: UUID, plan_id: UUID, *, actor: Actor, once: Once[PlanRow]
) -> PlanRow | Refusal:
    """The plan, over; ending twice is ending once. An order whose money is held goes on: the tax
    bureau may have it."""

    async def work(tx: Tx) -> PlanRow | Refusal:
        await once.begin(tx)
        now = world.clock()
        if await premium_plans.end(tx, book_id=book_id, plan_id=plan_id, at=now):
            await premiums.skip_of_plan(tx, book_id=book_id, plan_id=plan_id, at=now)
            await audit(
                tx,
                world,
                "premium_plan.ended",
                actor=actor,
                subject=("premium_plan", plan_id),
            )
        plan = await premium_plans.find(tx, book_id=book_id, plan_id=plan_id)
        if plan is None:
            return Refusal(code="request.not_found")
        await once.keep(tx, plan)
        return plan

    return await world.database.transact(work)
