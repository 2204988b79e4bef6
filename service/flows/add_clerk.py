"""An operator adds a hall clerk, who gets a password and a one-time-code secret."""

import secrets
from collections.abc import Sequence
from uuid import UUID

import anyio.to_thread
import pyotp
from msgspec import Struct

from service.database import Tx
from service.flows.audit import OPERATOR, audit
from service.flows.open_clerk_session import hasher
from service.personal import totp_purpose
from service.store import clerks
from service.world import World


class NewClerk(Struct, frozen=True, kw_only=True):
    """Shown once, to be handed over in person; only a hash and a sealed secret are kept."""

    id: UUID
    login: str
    password: str
    totp_secret: str


async def add_clerk(
    world: World, login: str, *, roles: Sequence[str], area: str
) -> NewClerk | None:
    """None when the login is taken."""
    clerk = NewClerk(
        id=world.new_id(),
        login=login,
        password=secrets.token_urlsafe(12),
        totp_secret=pyotp.random_base32(),
    )
    password_hash = await anyio.to_thread.run_sync(hasher.hash, clerk.password)

    async def work(tx: Tx) -> NewClerk | None:
        if await clerks.find(tx, login=login) is not None:
            return None
        await clerks.insert(
            tx,
            id=clerk.id,
            login=login,
            password_hash=password_hash,
            totp_sealed=world.vault.seal(clerk.totp_secret, purpose=totp_purpose(clerk.id)),
            roles=list(roles),
            area=area,
            at=world.clock(),
        )
        await audit(
            tx,
            world,
            "clerk.added",
            actor=OPERATOR,
            subject=("clerk", clerk.id),
            detail={"roles": ",".join(roles), "area": area},
        )
        return clerk

    return await world.database.transact(work)
