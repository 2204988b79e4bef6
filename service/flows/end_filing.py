"""End an away-from-home filing at once; ending it twice changes nothing."""

from uuid import UUID

from service.database import Tx
from service.domain.filing import Filing
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.idempotency import Once
from service.store import filings
from service.world import World


async def end_filing(
    world: World, person_id: UUID, filing_id: UUID, *, once: Once[Filing]
) -> Filing | Refusal:
    async def work(tx: Tx) -> Filing | Refusal:
        await once.begin(tx)
        ended = await filings.end(tx, id=filing_id, person_id=person_id, at=world.clock())
        result = await filings.find(tx, id=filing_id, person_id=person_id)
        if result is None:
            return Refusal(code="request.not_found")
        if ended:
            await audit(
                tx,
                world,
                "filing.ended",
                actor=Actor(kind="citizen", id=person_id),
                subject=("filing", filing_id),
            )
        await once.keep(tx, result)
        return result

    return await world.database.transact(work)
