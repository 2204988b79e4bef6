"""An operator makes a secret for an institution's counters to sign with."""

import secrets
from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.flows.audit import OPERATOR, audit
from service.personal import counter_secret_purpose
from service.store import counter_keys, institutions
from service.world import World


class NewCounterKey(Struct, frozen=True, kw_only=True):
    """Shown once, to be handed over to the institution; only the sealed secret is kept."""

    key_id: UUID
    institution_code: str
    secret: str


async def make_counter_key(world: World, code: str) -> NewCounterKey | None:
    """None when there is no such institution. Older keys stay good until they are revoked, so
    that counters can change over one by one."""
    key = NewCounterKey(key_id=world.new_id(), institution_code=code, secret=secrets.token_hex(32))

    async def work(tx: Tx) -> NewCounterKey | None:
        if await institutions.get(tx, code=code) is None:
            return None
        await counter_keys.insert(
            tx,
            institution_code=code,
            key_id=key.key_id,
            secret_sealed=world.vault.seal(key.secret, purpose=counter_secret_purpose(key.key_id)),
            at=world.clock(),
        )
        await audit(
            tx,
            world,
            "counter_key.made",
            actor=OPERATOR,
            subject=("counter_key", key.key_id),
            detail={"institution": code},
        )
        return key

    return await world.database.transact(work)
