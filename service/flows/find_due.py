"""What is due for relatives, by the platform's word and the rules of their area, today."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from service.domain.calendar import business_date
from service.domain.enrolment import pooling_area
from service.domain.payable import Due, payable
from service.domain.person import IdNumber
from service.domain.refusal import Refusal
from service.domain.resident import Resident
from service.flows.know_residents import know_residents
from service.personal import Identity
from service.world import World


async def find_due(
    world: World, people: Sequence[Identity], *, year: int, area: Mapping[UUID, str]
) -> dict[UUID, Due | Refusal]:
    """By person. `area` is where each is thought to be registered: the rules there apply, and
    another registration is refused. Raises GatewayTrouble."""
    known = await know_residents(world, people, year=year)
    today = business_date(world.clock())
    return {
        person.id: _due(world, person, known[person.id], area[person.id], year=year, today=today)
        for person in people
    }


def _due(
    world: World, person: Identity, resident: Resident, area: str, *, year: int, today: date
) -> Due | Refusal:
    rules = world.policies.at(today, area)
    if rules is None:
        return Refusal(code="area.not_served", facts={"area": world.policies.name_of(area)})
    due = payable(resident, IdNumber(person.id_number), rules, year=year, today=today)
    moved = resident.area is not None and pooling_area(resident.area) != pooling_area(area)
    if isinstance(due, Due) and moved:
        assert resident.area is not None
        name = world.policies.name_of(pooling_area(resident.area))
        return Refusal(code="premium.registered_elsewhere", facts={"area": name})
    return due
