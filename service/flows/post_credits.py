"""Post the credits of some lines of a file, in the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.credit_file import PAID_OTHERWISE, BadLine, CreditLine, Scope
from service.domain.ledger import Leg
from service.flows.know_people import know_people
from service.store import accounts, credits, ledger  # noqa: A004
from service.world import World

_TRANSFERS = UUID("6a1d2f4e-5b0c-5c3a-9d57-2e8f4b7c9a10")
"""The namespace of transfer ids. Neither it nor what is hashed under it may ever change."""


async def post_credits(
    tx: Tx, *, world: World, file_id: UUID, scope: Scope, lines: Sequence[CreditLine]
) -> tuple[int, list[BadLine]]:
    """How many were credited now, and the lines that say another amount than was credited."""
    area, month = scope.area, scope.month
    ids = await know_people(tx, world, {line.id_number: line.name for line in lines}, area=area)
    due = {ids[line.id_number]: line for line in lines}
    transfers = {person: uuid5(_TRANSFERS, f"{person}/{area}/{month:%Y-%m}") for person in due}
    inserted = await credits.insert(
        tx,
        file_id=file_id,
        area=area,
        month=month,
        person_ids=list(due),
        categories=[line.category for line in due.values()],
        bases_fen=[line.base_fen for line in due.values()],
        amounts_fen=[line.amount_fen for line in due.values()],
        transfer_ids=list(transfers.values()),
    )
    new, at = {row.person_id for row in inserted}, world.clock()
    legs = [
        Leg(
            journal_id=file_id,
            transfer_id=transfers[person],
            purpose="credit",
            book_id=person,
            contra=f"fund:{area}",
            amount_fen=line.amount_fen,
        )
        for person, line in due.items()
        if person in new
    ]
    if legs:
        await accounts.open(tx, book_ids=list(new), at=at)
        await ledger.record(tx, at=at, booked_on=business_date(at), seen=[], legs=legs)
    known = await credits.find(tx, area=area, month=month, person_ids=list(due.keys() - new))
    amounts = [(due[row.person_id], row.amount_fen) for row in known]
    refused = [line for line, amount_fen in amounts if line.amount_fen != amount_fen]
    return len(new), [BadLine(line.line, PAID_OTHERWISE) for line in refused]
