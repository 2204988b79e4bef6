"""Hold an institution's list of a day against our books; what differs is kept until resolved."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from service.database import Tx
from service.domain.difference import Amount, Difference, compare
from service.domain.institution_statement import Booked, comparable
from service.store import differences, institution_statements
from service.world import World

_PAGE = 1000


async def compare_statement(
    world: World, *, institution_code: str, day: date, theirs: Sequence[Amount]
) -> list[Difference]:
    """Every message on which the two differ. `theirs` names each message once. Sending the same
    list again finds the same, and keeps nothing twice."""
    booked = await _booked(world, institution_code, day)
    ours = comparable(booked, named={amount.message_id for amount in theirs})
    found = compare(
        [item.amount(institution_code) for item in ours],
        theirs,
        day=day,
        source="institution",
        new_id=world.new_id,
    )

    async def work(tx: Tx) -> None:
        await differences.insert_many(tx, found=found, at=world.clock())

    if found:
        await world.database.transact(work)
    return found


async def _booked(world: World, institution_code: str, day: date) -> list[Booked]:
    booked: list[Booked] = []
    after = UUID(int=0)
    while True:
        async with world.database.read() as tx:
            page = await institution_statements.items(
                tx, institution_code=institution_code, day=day, after=after, limit=_PAGE
            )
        booked += page
        if len(page) < _PAGE:
            return booked
        after = page[-1].id
