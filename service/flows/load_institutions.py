"""An operator loads the list of designated institutions: good lines are stored, bad ones told."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from msgspec import Struct

from service.database import Tx
from service.domain.institution import Institution
from service.domain.institution_file import LineFault, read_institutions
from service.flows.audit import OPERATOR, audit
from service.store import institutions
from service.world import World

_CHUNK = 1000


class Loaded(Struct, frozen=True, kw_only=True):
    """How many institutions were added or replaced, and the lines that were not taken."""

    stored: int
    faults: tuple[LineFault, ...]


async def load_institutions(
    world: World, content: bytes, *, progress: Callable[[int, int], None]
) -> Loaded:
    """Chunk by chunk; `progress(stored so far, all)` after each. Loading a file twice is loading
    it once. Institutions that the file does not name stay as they are."""
    file = read_institutions(content)
    load_id, total = world.new_id(), len(file.institutions)
    for start in range(0, total, _CHUNK):
        chunk = file.institutions[start : start + _CHUNK]
        await world.database.transact(partial(_store, world, load_id, chunk))
        progress(start + len(chunk), total)
    return Loaded(stored=total, faults=file.faults)


async def _store(world: World, load_id: UUID, chunk: Sequence[Institution], tx: Tx) -> int:
    stored = await institutions.upsert(tx, institutions=chunk)
    await audit(
        tx,
        world,
        "institutions.loaded",
        actor=OPERATOR,
        subject=("institution_file", load_id),
        detail={"stored": stored, "first": chunk[0].code, "last": chunk[-1].code},
    )
    return stored
