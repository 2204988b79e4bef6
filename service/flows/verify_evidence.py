"""Go through all evidence: every pack opens, is the signed one, and follows the one before it.

Who can write to the database can take rows away, but not without a gap or a break that shows here;
only the loss of a donor's latest packs leaves none, which the binding then betrays: it is in force
without a commitment.
"""

from collections.abc import Callable
from uuid import UUID

from service.crypto import CryptoFault, key_id, sm3, verify_sm2
from service.domain.evidence import faults
from service.evidence import open_evidence
from service.store import commitments
from service.store.commitments import ChainedRow
from service.world import World

_CHUNK = 100


async def verify_evidence(world: World, *, report: Callable[[str], None]) -> int:
    """How many faults were found; each is told to `report` by ids only."""
    found = 0
    after = (UUID(int=0), 0)
    previous: ChainedRow | None = None
    while rows := await _chunk(world, after):
        for row in rows:
            for fault in _faults(world, row, previous):
                found += 1
                report(f"{row.id}: {fault}")
            previous, after = row, (row.donor_id, row.sequence)
    async with world.database.read() as tx:
        for unsigned in await commitments.bindings_without(tx, limit=1000):
            found += 1
            report(f"{unsigned.id}: a binding is in force without a commitment")
    return found


async def _chunk(world: World, after: tuple[UUID, int]) -> list[ChainedRow]:
    async with world.database.read() as tx:
        return await commitments.chain(tx, donor_id=after[0], sequence=after[1], limit=_CHUNK)


def _faults(world: World, row: ChainedRow, previous: ChainedRow | None) -> list[str]:
    try:
        file = open_evidence(world, row)
    except CryptoFault as fault:
        return [str(fault)]
    found = faults(
        file,
        digest=sm3,
        key_id=key_id,
        verify=lambda signature, data: verify_sm2(signature, data, public_key_pem=file.public_key),
    )
    expected = (1, bytes(32))
    if previous is not None and previous.donor_id == row.donor_id:
        expected = (previous.sequence + 1, previous.pack_digest)
    if (row.sequence, row.previous_digest) != expected:
        found.append("the chain of this donor has a gap or a break")
    return found
