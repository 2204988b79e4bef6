"""Find or add the row of a person the insurance platform has vouched for."""

from uuid import UUID

from service.crypto import CryptoFault
from service.database import Tx
from service.domain.enrolment import InsuredPerson, principal
from service.personal import ID_NUMBER_INDEX, id_number_purpose, name_purpose, reveal
from service.store import people
from service.store.people import PersonRow
from service.world import World


async def find_person(tx: Tx, world: World, id_number: str) -> PersonRow | None:
    """The person's row, whichever index key it was made under.

    Raises CryptoFault when the row holds another number than its index says: somebody who can
    write to the database, but has no key, must not become somebody else.
    """
    indexes = world.vault.indexes(id_number, purpose=ID_NUMBER_INDEX)
    row = await people.find(tx, indexes=indexes)
    if row is not None and reveal(world.vault, row).id_number != id_number:
        raise CryptoFault("a person's index and number do not belong together")
    return row


async def know_person(tx: Tx, world: World, insured: InsuredPerson) -> UUID:
    """The person's id; a new row, or the known one with the name and area brought up to date."""
    enrolment = principal(insured)
    area = enrolment.area if enrolment else None
    row = await find_person(tx, world, insured.id_number)
    if row is None:
        await _insert(tx, world, insured, area=area)
        row = await find_person(tx, world, insured.id_number)
        assert row is not None
        return row.id
    name = world.vault.open_text(row.name_sealed, purpose=name_purpose(row.id))
    if name != insured.name or row.area != area:
        sealed = world.vault.seal(insured.name, purpose=name_purpose(row.id))
        await people.update(tx, id=row.id, name_sealed=sealed, area=area)
    return row.id


async def _insert(tx: Tx, world: World, insured: InsuredPerson, *, area: str | None) -> None:
    person_id = world.new_id()
    await people.insert(
        tx,
        id=person_id,
        id_number_index=world.vault.index(insured.id_number, purpose=ID_NUMBER_INDEX),
        id_number_sealed=world.vault.seal(insured.id_number, purpose=id_number_purpose(person_id)),
        name_sealed=world.vault.seal(insured.name, purpose=name_purpose(person_id)),
        area=area,
        at=world.clock(),
    )
