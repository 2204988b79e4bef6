"""Seal and index everything anew under the highest key numbers, in chunks, while serving.

Safe to stop and to run again: only rows under other keys are touched. When it answers zero, the
older keys can go two days later: stored answers of requests are left to be purged under them.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from service.crypto import Vault
from service.database import Tx
from service.personal import (
    ID_NUMBER_INDEX,
    SUBJECT_INDEX,
    certificate_purpose,
    counter_secret_purpose,
    id_number_purpose,
    image_purpose,
    name_purpose,
    pack_purpose,
    phone_purpose,
    subject_purpose,
    totp_purpose,
)
from service.store import (
    bindings,
    certificates,
    channel_accounts,
    clerks,
    commitments,
    counter_keys,
    documents,
    people,
)
from service.world import World

_CHUNK = 200
_Step = Callable[[Tx, World, Any], Awaitable[list[Any]]]
"""Seals a chunk of rows anew, those after a primary key; answers their keys in order."""
_BEFORE_ALL: dict[str, object] = {"certificate": ""}
"""What stands before all primary keys of a table, where they are no UUIDs."""


async def rotate_keys(world: World, *, progress: Callable[[str, int], None]) -> int:
    """How many rows were sealed anew; `progress(table, rows so far)` after each chunk."""
    total = 0
    for table, step in _STEPS.items():
        done, after = 0, _BEFORE_ALL.get(table, UUID(int=0))
        while ids := await world.database.transact(partial(_chunk, step, world, after)):
            after, done = ids[-1], done + len(ids)
            progress(table, done)
        total += done
    return total


async def _chunk(step: _Step, world: World, after: object, tx: Tx) -> list[Any]:
    return await step(tx, world, after)


def _again(vault: Vault, sealed: bytes, purpose: str) -> bytes:
    return vault.seal(vault.open(sealed, purpose=purpose), purpose=purpose)


async def _people(tx: Tx, world: World, after: UUID) -> list[UUID]:
    vault = world.vault
    rows = await people.sealed_elsewhere(
        tx, after=after, data_key=vault.data_key, index_key=vault.index_key, limit=_CHUNK
    )
    for row in rows:
        id_number = vault.open_text(row.id_number_sealed, purpose=id_number_purpose(row.id))
        await people.reseal(
            tx,
            id=row.id,
            id_number_index=vault.index(id_number, purpose=ID_NUMBER_INDEX),
            id_number_sealed=vault.seal(id_number, purpose=id_number_purpose(row.id)),
            name_sealed=_again(vault, row.name_sealed, name_purpose(row.id)),
        )
    return [row.id for row in rows]


async def _accounts(tx: Tx, world: World, after: UUID) -> list[UUID]:
    vault = world.vault
    rows = await channel_accounts.sealed_elsewhere(
        tx, after=after, data_key=vault.data_key, index_key=vault.index_key, limit=_CHUNK
    )
    for row in rows:
        subject = vault.open_text(row.subject_sealed, purpose=subject_purpose(row.id))
        await channel_accounts.reseal(
            tx,
            id=row.id,
            subject_index=vault.index(subject, purpose=SUBJECT_INDEX),
            subject_sealed=vault.seal(subject, purpose=subject_purpose(row.id)),
        )
    return [row.id for row in rows]


async def _clerks(tx: Tx, world: World, after: UUID) -> list[UUID]:
    vault = world.vault
    rows = await clerks.sealed_elsewhere(tx, after=after, data_key=vault.data_key, limit=_CHUNK)
    for row in rows:
        sealed = _again(vault, row.totp_sealed, totp_purpose(row.id))
        await clerks.reseal(tx, id=row.id, totp_sealed=sealed)
    return [row.id for row in rows]


async def _counter_keys(tx: Tx, world: World, after: UUID) -> list[UUID]:
    vault = world.vault
    rows = await counter_keys.sealed_elsewhere(
        tx, after=after, data_key=vault.data_key, limit=_CHUNK
    )
    for row in rows:
        sealed = _again(vault, row.secret_sealed, counter_secret_purpose(row.key_id))
        await counter_keys.reseal(tx, key_id=row.key_id, secret_sealed=sealed)
    return [row.key_id for row in rows]


async def _phones(tx: Tx, world: World, after: UUID) -> list[UUID]:
    vault = world.vault
    rows = await bindings.phones_sealed_elsewhere(
        tx, after=after, data_key=vault.data_key, limit=_CHUNK
    )
    for row in rows:
        sealed = _again(vault, row.phone_sealed, phone_purpose(row.id))
        await bindings.reseal_phone(tx, id=row.id, phone_sealed=sealed)
    return [row.id for row in rows]


async def _documents(tx: Tx, world: World, after: UUID) -> list[UUID]:
    vault = world.vault
    rows = await documents.sealed_elsewhere(tx, after=after, data_key=vault.data_key, limit=_CHUNK)
    for row in rows:
        sealed = _again(vault, row.image_sealed, image_purpose("document", row.id))
        await documents.reseal(tx, id=row.id, image_sealed=sealed)
    return [row.id for row in rows]


async def _commitments(tx: Tx, world: World, after: UUID) -> list[UUID]:
    vault = world.vault
    rows = await commitments.sealed_elsewhere(
        tx, after=after, data_key=vault.data_key, limit=_CHUNK
    )
    for row in rows:
        await commitments.reseal(
            tx,
            id=row.id,
            pack_sealed=_again(vault, row.pack_sealed, pack_purpose(row.id)),
            image_sealed=_again(vault, row.image_sealed, image_purpose("commitment", row.id)),
        )
    return [row.id for row in rows]


async def _certificates(tx: Tx, world: World, after: str) -> list[str]:
    vault = world.vault
    rows = await certificates.sealed_elsewhere(
        tx, after=after, data_key=vault.data_key, limit=_CHUNK
    )
    for row in rows:
        sealed = _again(vault, row.content_sealed, certificate_purpose(row.number))
        await certificates.reseal(tx, number=row.number, content_sealed=sealed)
    return [row.number for row in rows]


_STEPS: dict[str, _Step] = {
    "person": _people,
    "channel_account": _accounts,
    "clerk": _clerks,
    "counter_key": _counter_keys,
    "binding": _phones,
    "document": _documents,
    "commitment": _commitments,
    "certificate": _certificates,
}
