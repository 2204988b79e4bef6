"""A clerk looks at the review queue: looking is an act and is audited."""

from uuid import UUID

from service.database import Tx
from service.flows.audit import actor_of, audit
from service.sessions import Session
from service.store import bindings, documents
from service.store.bindings import BindingParties
from service.store.documents import DocumentRow
from service.world import World

Waiting = tuple[BindingParties, list[DocumentRow]]


async def read_reviews(world: World, session: Session, *, after: UUID, limit: int) -> list[Waiting]:
    """The clerk's pooling area's queue, with what was uploaded."""

    async def work(tx: Tx) -> list[Waiting]:
        found = await bindings.reviews(tx, area=session.area, after=after, limit=limit)
        uploaded = await documents.of_bindings(tx, binding_ids=[b.id for b in found])
        await audit(
            tx,
            world,
            "reviews.listed",
            actor=actor_of(session),
            subject=("clerk", session.principal),
            detail={"shown": len(found)},
        )
        return [
            (binding, [row for row in uploaded if row.binding_id == binding.id])
            for binding in found
        ]

    return await world.database.transact(work)
