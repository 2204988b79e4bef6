"""Find or add the rows of many people that a file names, with a few statements for all of them."""

from collections.abc import Collection, Mapping
from uuid import UUID

from service.crypto import CryptoFault
from service.database import Tx
from service.personal import ID_NUMBER_INDEX, id_number_purpose, name_purpose
from service.store import people
from service.world import World


async def know_people(
    tx: Tx, world: World, named: Mapping[str, str], *, area: str
) -> dict[str, UUID]:
    """Ids by ID number; `named` maps ID numbers to names, `area` is that of the new ones.

    Who is known keeps the name on file: the platform vouched for it, or an earlier file gave it.
    Raises CryptoFault when a row holds another number than its index says.
    """
    known = await _find(tx, world, named)
    missing = {number: name for number, name in named.items() if number not in known}
    if missing:
        await _insert(tx, world, missing, area=area)
        known |= await _find(tx, world, missing)
    return known


async def _find(tx: Tx, world: World, id_numbers: Collection[str]) -> dict[str, UUID]:
    """Whichever index key their rows were made under."""
    indexes = {
        index: number
        for number in id_numbers
        for index in world.vault.indexes(number, purpose=ID_NUMBER_INDEX)
    }
    found = {}
    for row in await people.find_many(tx, indexes=list(indexes)):
        number = indexes[row.id_number_index]
        purpose = id_number_purpose(row.id)
        if world.vault.open_text(row.id_number_sealed, purpose=purpose) != number:
            raise CryptoFault("a person's index and number do not belong together")
        found[number] = row.id
    return found


async def _insert(tx: Tx, world: World, named: Mapping[str, str], *, area: str) -> None:
    vault = world.vault
    ids = {number: world.new_id() for number in named}
    await people.insert_many(
        tx,
        ids=list(ids.values()),
        id_number_indexes=[vault.index(number, purpose=ID_NUMBER_INDEX) for number in named],
        id_numbers_sealed=[
            vault.seal(number, purpose=id_number_purpose(ids[number])) for number in named
        ],
        names_sealed=[
            vault.seal(name, purpose=name_purpose(ids[number])) for number, name in named.items()
        ],
        area=area,
        at=world.clock(),
    )
