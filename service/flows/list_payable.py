"""For each relative a donor shares with: what premium can be paid, until when, or why not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from service.domain.calendar import business_date
from service.domain.donor import Donor
from service.domain.enrolment import pooling_area
from service.domain.payable import Due, due_year
from service.domain.premium_hold import affordable
from service.domain.refusal import Refusal
from service.flows.find_due import find_due
from service.personal import Identity, reveal
from service.store import bindings, donors, premium_claims
from service.store.bindings import RelativeRow
from service.store.people import PersonRow
from service.world import World

_MOST = 50


class Payable(Struct, frozen=True, kw_only=True):
    """One relative in clear, and what can be paid by which binding."""

    binding_id: UUID
    relative: Identity
    relation: str
    outcome: Due | Refusal


async def list_payable(world: World, donor_id: UUID) -> list[Payable]:
    """In the order they were bound. Raises GatewayTrouble."""
    async with world.database.read() as tx:
        rows = await bindings.relatives(tx, donor_id=donor_id, limit=_MOST)
        year = business_date(world.clock()).year
        sides = await donors.of_bindings(tx, bindings=[row.id for row in rows], year=year)
    outcomes = await _outcomes(world, rows)
    return [
        Payable(
            binding_id=row.id,
            relative=_identity(world, row),
            relation=row.relation,
            outcome=_affordable(world, outcomes[row.id], sides[row.id]),
        )
        for row in rows
    ]


async def _outcomes(world: World, rows: Sequence[RelativeRow]) -> dict[UUID, Due | Refusal]:
    """By binding. The platform is asked once for each premium year that any area has announced."""
    today = business_date(world.clock())
    found: dict[UUID, Due | Refusal] = {}
    by_year: dict[int, list[RelativeRow]] = defaultdict(list)
    for row in rows:
        rules = world.policies.at(today, _area(row))
        if rules is None:
            name = world.policies.name_of(_area(row))
            found[row.id] = Refusal(code="area.not_served", facts={"area": name})
        elif year := due_year(rules):
            by_year[year].append(row)
        else:
            clause = rules.premium_window.reference
            found[row.id] = Refusal(code="premium.not_announced", clause=clause)
    for year, of_year in by_year.items():
        found |= await _of_year(world, of_year, year)
    return found


async def _of_year(
    world: World, rows: Sequence[RelativeRow], year: int
) -> Mapping[UUID, Due | Refusal]:
    people = [_identity(world, row) for row in rows]
    area = {row.beneficiary_id: _area(row) for row in rows}
    dues = await find_due(world, people, year=year, area=area)
    async with world.database.read() as tx:
        claims = await premium_claims.of_people(
            tx, insured=[person.id for person in people], year=year
        )
    taken = {(claim.insured_id, claim.area) for claim in claims}
    return {
        row.id: Refusal(code="premium.taken_care_of")
        if isinstance(dues[row.beneficiary_id], Due) and (row.beneficiary_id, _area(row)) in taken
        else dues[row.beneficiary_id]
        for row in rows
    }


def _affordable(world: World, outcome: Due | Refusal, donor: Donor) -> Due | Refusal:
    if isinstance(outcome, Refusal):
        return outcome
    return affordable(donor, outcome, most_fen=None, now=world.clock()) or outcome


def _area(row: RelativeRow) -> str:
    """The pooling area whose rules hold for the relative: the own, else that of the binding."""
    return pooling_area(row.area or row.binding_area)


def _identity(world: World, row: RelativeRow) -> Identity:
    sealed = PersonRow(
        id=row.beneficiary_id,
        id_number_sealed=row.id_number_sealed,
        name_sealed=row.name_sealed,
        area=row.area,
    )
    return reveal(world.vault, sealed)
