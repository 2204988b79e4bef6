"""Who pays premiums for whom: payers who share relatives, so that several reach for the same one.

The relatives are people the sandboxes know; the payers partly those who are donors at the counters
too, so that both kinds of payment meet in one account.
"""

import random
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from msgspec import Struct

from service.database import Tx
from service.development_policies import AREA
from service.domain.calendar import business_date
from service.flows.know_people import know_people
from service.gateways.platform.population import SandboxPerson, families
from service.sandboxes import FAMILIES
from service.world import World
from tests.chaos.population import Bound, fund, insert_bindings, insert_people

DUE_FEN = 40_000
"""What an ordinary resident pays by the demonstration policy."""
PAYERS_PER_PHONE = 3
ACCOUNTS = (None, 30_000, 50_000, 5_000_000, 5_000_000)
"""Fen: none at all, too little, enough for one at a time, enough."""
LIMITS: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    {"use_limit_fen": 30_000},
    {"year_limit_fen": 90_000},
    {"total_limit_fen": 50_000},
)


class Payers(Struct, frozen=True, kw_only=True):
    """`phones`: the bindings of each phone's payers. `credits`: what accounts of their own were
    given, fen; donors of the counters have theirs already."""

    year: int
    relatives: Mapping[UUID, SandboxPerson]
    phones: tuple[tuple[Bound, ...], ...]
    credits: dict[UUID, int]

    @property
    def bindings(self) -> tuple[Bound, ...]:
        return tuple(bound for phone in self.phones for bound in phone)


async def populate_payers(
    world: World, *, seed: int, phones: int, donors: Sequence[UUID]
) -> Payers:
    """Two payers of a phone are among these donors, as long as there are enough."""
    rng = random.Random(f"payers-{seed}")
    relatives = await _relatives(world)
    pool = rng.sample(donors, min(len(donors), phones * (PAYERS_PER_PHONE - 1)))
    own: list[UUID] = []
    owned = []
    for _ in range(phones):
        shared = [pool.pop() for _ in range(min(len(pool), PAYERS_PER_PHONE - 1))]
        new = [uuid4() for _ in range(PAYERS_PER_PHONE - len(shared))]
        own += new
        owned.append(
            tuple(
                Bound(id=uuid4(), donor_id=payer, patient_id=id, rank=1, **rng.choice(LIMITS))
                for payer in shared + new
                for id in rng.sample(sorted(relatives), rng.randint(4, 7))
            )
        )
    given = {payer: rng.choice(ACCOUNTS) for payer in own}
    payers = Payers(
        year=business_date(world.clock()).year + 1,
        relatives=relatives,
        phones=tuple(owned),
        credits={payer: fen for payer, fen in given.items() if fen is not None},
    )
    await _insert(world, own, payers)
    return payers


async def _relatives(world: World) -> dict[UUID, SandboxPerson]:
    """The residents of 昭通 among the families of the sandboxes, the only area with a window."""
    people = [
        person
        for person in families(FAMILIES)
        if person.area == AREA and any(e.scheme == "resident" for e in person.enrolments)
    ]
    named = {person.id_number: person.name for person in people}

    async def work(tx: Tx) -> dict[str, UUID]:
        return await know_people(tx, world, named, area=AREA)

    ids = await world.database.transact(work)
    return {ids[person.id_number]: person for person in people}


async def _insert(world: World, own: list[UUID], payers: Payers) -> None:
    async with world.database.read() as tx:
        await insert_people(world, tx.connection, own)
        on = business_date(world.clock())
        await insert_bindings(tx.connection, payers.bindings, on=on)
    if payers.credits:
        await fund(world, payers.credits)
