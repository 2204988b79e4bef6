"""Make plans of some lines of a batch file, in the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID

from service.database import Tx
from service.domain.credit_file import BadLine
from service.domain.premium_file import NOT_BOUND, PLANNED_ALREADY, Scope, Wanted
from service.personal import ID_NUMBER_INDEX
from service.store import bindings, people, premium_plans
from service.world import World


async def plan_lines(
    tx: Tx, *, world: World, scope: Scope, wanted: Sequence[Wanted]
) -> list[BadLine]:
    """The lines that did not become plans."""
    ids = await _known(tx, world, {n for line in wanted for n in (line.payer, line.relative)})
    known = [line for line in wanted if line.payer in ids and line.relative in ids]
    pairs = {
        (row.donor_id, row.beneficiary_id): row.id
        for row in await bindings.of_pairs(
            tx,
            donors=[ids[line.payer] for line in known],
            beneficiaries=[ids[line.relative] for line in known],
        )
    }
    bound = {
        pairs[ids[line.payer], ids[line.relative]]: line
        for line in known
        if (ids[line.payer], ids[line.relative]) in pairs
    }
    added = await premium_plans.insert_many(
        tx,
        plan_ids=[world.new_id() for _ in bound],
        bindings=list(bound),
        area=scope.area,
        year=scope.year,
        mosts=[line.most_fen for line in bound.values()],
        at=world.clock(),
    )
    there = {line.line for line in bound.values()}
    kept = [line.line for binding, line in bound.items() if binding not in set(added)]
    return [BadLine(line.line, NOT_BOUND) for line in wanted if line.line not in there] + [
        BadLine(number, PLANNED_ALREADY) for number in kept
    ]


async def _known(tx: Tx, world: World, id_numbers: set[str]) -> dict[str, UUID]:
    """Whom we know; nobody is added: without a binding there is nothing to pay for."""
    indexes = {
        index: number
        for number in id_numbers
        for index in world.vault.indexes(number, purpose=ID_NUMBER_INDEX)
    }
    rows = await people.find_many(tx, indexes=list(indexes))
    return {indexes[row.id_number_index]: row.id for row in rows}
