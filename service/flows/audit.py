"""Writing the audit trail, in the transaction of the act itself."""

from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.sessions import Session
from service.store import audits
from service.store.audits import ActorKind
from service.world import World


class Actor(Struct, frozen=True, kw_only=True):
    kind: ActorKind
    id: UUID | None = None


SYSTEM = Actor(kind="system")
OPERATOR = Actor(kind="operator")


def actor_of(session: Session) -> Actor:
    if session.clerk_id is not None:
        return Actor(kind="clerk", id=session.clerk_id)
    return Actor(kind="citizen", id=session.person_id or session.account_id)


async def audit(
    tx: Tx,
    world: World,
    act: str,
    *,
    actor: Actor,
    subject: tuple[str, UUID],
    detail: dict[str, str | int | None] | None = None,
) -> None:
    """Record `act` on `subject` (kind, id). `detail` holds no personal data."""
    await audits.insert(
        tx,
        id=world.new_id(),
        at=world.clock(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        act=act,
        subject_kind=subject[0],
        subject_id=subject[1],
        detail=detail or {},
    )
