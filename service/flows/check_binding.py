"""Precheck: may this donor bind this person, and if not, why not and what then?"""

from uuid import UUID

from service.domain.application import Standing, check_standing
from service.domain.calendar import business_date
from service.domain.refusal import Refusal
from service.flows.examine_application import Application, Examined, examine_application
from service.flows.know_person import find_person
from service.store import bindings
from service.world import World


async def check_binding(world: World, application: Application) -> Examined | Refusal:
    """All rules, reading only. Raises GatewayTrouble, LimitReached, SessionsAway."""
    examined = await examine_application(world, application)
    if isinstance(examined, Refusal):
        return examined
    standing = await _standing(world, application)
    return check_standing(standing, rules=examined.rules) or examined


async def _standing(world: World, application: Application) -> Standing:
    """Counts for people our books may not know yet."""
    async with world.database.read() as tx:
        donor = await find_person(tx, world, application.donor.text)
        beneficiary = await find_person(tx, world, application.beneficiary.text)
        nobody = UUID(int=0)
        return await bindings.standing(
            tx,
            donor_id=donor.id if donor else nobody,
            beneficiary_id=beneficiary.id if beneficiary else nobody,
            today=business_date(world.clock()),
        )
