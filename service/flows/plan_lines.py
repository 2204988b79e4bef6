"""Make plans of some lines of a batch file, in the caller's transaction; each payer is told."""

from collections.abc import Sequence
from uuid import UUID

from service.database import Tx
from service.domain.credit_file import BadLine
from service.domain.enrolment import pooling_area
from service.domain.premium_file import ELSEWHERE, NOT_BOUND, PLANNED_ALREADY, Scope, Wanted
from service.personal import ID_NUMBER_INDEX
from service.store import bindings, jobs, messages, people, premium_plans
from service.store.bindings import PairRow
from service.store.messages import MoneyMessage
from service.store.premium_plans import AddedRow
from service.world import World


async def plan_lines(
    tx: Tx, *, world: World, scope: Scope, wanted: Sequence[Wanted]
) -> list[BadLine]:
    """The lines that did not become plans."""
    bound, bad = {}, list[BadLine]()
    pairs = await _pairs(tx, world, wanted)
    for line in wanted:
        pair = pairs.get((line.payer, line.relative))
        if pair is None:
            bad.append(BadLine(line.line, NOT_BOUND))
        elif pair.area is not None and pooling_area(pair.area) != scope.area:
            bad.append(BadLine(line.line, ELSEWHERE))
        else:
            bound[pair.id] = line
    added = await premium_plans.insert_many(
        tx,
        plan_ids=[world.new_id() for _ in bound],
        bindings=list(bound),
        area=scope.area,
        year=scope.year,
        mosts=[line.most_fen for line in bound.values()],
        at=world.clock(),
    )
    await _tell(tx, world, added)
    new = {plan.binding_id for plan in added}
    kept = [line.line for binding, line in bound.items() if binding not in new]
    return bad + [BadLine(number, PLANNED_ALREADY) for number in kept]


async def _pairs(tx: Tx, world: World, wanted: Sequence[Wanted]) -> dict[tuple[str, str], PairRow]:
    """The bindings by the ID numbers of payer and relative, locked: nobody ends them meanwhile."""
    ids = await _known(tx, world, {n for line in wanted for n in (line.payer, line.relative)})
    numbers = {person_id: number for number, person_id in ids.items()}
    known = [line for line in wanted if line.payer in ids and line.relative in ids]
    rows = await bindings.of_pairs(
        tx,
        donors=[ids[line.payer] for line in known],
        beneficiaries=[ids[line.relative] for line in known],
    )
    return {(numbers[row.donor_id], numbers[row.beneficiary_id]): row for row in rows}


async def _known(tx: Tx, world: World, id_numbers: set[str]) -> dict[str, UUID]:
    """Whom we know; nobody is added: without a binding there is nothing to pay for."""
    indexes = {
        index: number
        for number in id_numbers
        for index in world.vault.indexes(number, purpose=ID_NUMBER_INDEX)
    }
    rows = await people.find_many(tx, indexes=list(indexes))
    return {indexes[row.id_number_index]: row.id for row in rows}


async def _tell(tx: Tx, world: World, plans: Sequence[AddedRow]) -> None:
    """Nobody pays by a plan without having heard of it: it can be ended at any time."""
    letters = [
        MoneyMessage(
            id=world.new_id(),
            person_id=plan.book_id,
            event_id=plan.plan_id,
            kind="premium_planned",
            amount_fen=0,
            about_id=plan.insured_id,
            place=None,
            at=world.clock(),
        )
        for plan in plans
    ]
    added = await messages.insert_events(tx, letters)
    await jobs.enqueue_many(tx, "send_message", subject_ids=added)
