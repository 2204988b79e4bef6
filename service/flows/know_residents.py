"""Ask the platform how people stand in the residents' scheme, however many they are."""

from collections.abc import Sequence
from uuid import UUID

from service.domain.resident import Resident
from service.gateways.platform import RESIDENTS_MOST, Named
from service.personal import Identity
from service.world import World


async def know_residents(
    world: World, people: Sequence[Identity], *, year: int
) -> dict[UUID, Resident]:
    """By person, for the premium year. Raises GatewayTrouble."""
    known: dict[UUID, Resident] = {}
    for first in range(0, len(people), RESIDENTS_MOST):
        part = people[first : first + RESIDENTS_MOST]
        asked = [Named(id_number=person.id_number, name=person.name) for person in part]
        found = await world.platform.find_residents(asked, year=year)
        known |= {person.id: resident for person, resident in zip(part, found, strict=True)}
    return known
