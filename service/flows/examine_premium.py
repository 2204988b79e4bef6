"""What one relative's premium costs today, for the payer of a binding: asked before ordering."""

from uuid import UUID

from msgspec import Struct

from service.domain.calendar import business_date
from service.domain.enrolment import pooling_area
from service.domain.payable import Due, open_window
from service.domain.refusal import Refusal
from service.flows.find_due import find_due
from service.flows.prepare_commitment import beneficiary_of
from service.store import people
from service.store.bindings import BindingParties
from service.world import World


class Examined(Struct, frozen=True, kw_only=True):
    """Where the relative is registered, and what is due there."""

    insured_id: UUID
    area: str
    due: Due


async def examine_premium(
    world: World, binding: BindingParties, *, year: int
) -> Examined | Refusal:
    """The calendar is asked first: the platform is not troubled when nothing can be paid. Raises
    GatewayTrouble."""
    async with world.database.read() as tx:
        person = await people.get(tx, id=binding.beneficiary_id)
    area = pooling_area(person.area or binding.area)
    today = business_date(world.clock())
    rules = world.policies.at(today, area)
    if rules is None:
        return Refusal(code="area.not_served", facts={"area": world.policies.name_of(area)})
    opened = open_window(rules, year=year, today=today)
    if isinstance(opened, Refusal):
        return opened
    relative = beneficiary_of(world, binding)
    due = (await find_due(world, [relative], year=year, area={relative.id: area}))[relative.id]
    if isinstance(due, Refusal):
        return due
    return Examined(insured_id=relative.id, area=area, due=due)
