"""异地就医备案: a citizen files for treatment away from the own insurance area."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.filing import Filing, Reason, check_filing
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.idempotency import Once
from service.store import filings, people
from service.world import World


class Wish(Struct, frozen=True, kw_only=True):
    """Where to, why and when. `ends_on` is the last day, None for no end."""

    to_area: str
    reason: Reason
    begins_on: date
    ends_on: date | None


async def file_away(
    world: World, person_id: UUID, wish: Wish, *, once: Once[Filing]
) -> Filing | Refusal:
    """In force at once, for the whole area filed for. One whose last day is past makes room."""
    today = business_date(world.clock())

    async def work(tx: Tx) -> Filing | Refusal:
        await once.begin(tx)
        area = (await people.get(tx, id=person_id)).area
        refusal = _refused(world, area, wish, today=today)
        if refusal is not None:
            return refusal
        assert area is not None
        await filings.end_lapsed(
            tx, person_id=person_id, to_area=wish.to_area, today=today, at=world.clock()
        )
        filing_id = world.new_id()
        await filings.insert(
            tx,
            id=filing_id,
            person_id=person_id,
            from_area=area,
            to_area=wish.to_area,
            reason=wish.reason,
            begins_on=wish.begins_on,
            ends_on=wish.ends_on,
            at=world.clock(),
        )
        await audit(
            tx,
            world,
            "filing.filed",
            actor=Actor(kind="citizen", id=person_id),
            subject=("filing", filing_id),
            detail={"from_area": area, "to_area": wish.to_area, "reason": wish.reason},
        )
        result = await filings.find(tx, id=filing_id, person_id=person_id)
        assert result is not None
        await once.keep(tx, result)
        return result

    return await world.database.transact(work)


def _refused(world: World, area: str | None, wish: Wish, *, today: date) -> Refusal | None:
    if area is None:
        return Refusal(code="credential.not_insured")
    if not world.policies.serves(area):
        return Refusal(code="area.not_served", facts={"area": world.policies.name_of(area)})
    return check_filing(
        from_area=area,
        to_area=wish.to_area,
        begins_on=wish.begins_on,
        ends_on=wish.ends_on,
        today=today,
    )
