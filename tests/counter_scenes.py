"""Scenes at a counter: institutions with tills, accounts with money, codes on phones."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.ledger import Leg
from service.flows.know_person import find_person
from service.gateways.platform.population import PEOPLE
from service.phone import Phone
from service.store import accounts, ledger
from service.till import Till
from service.world import World
from tests.scenes import rows

HOSPITAL, PHARMACY = "H53060200001", "P53060200001"
SERVICES = ["outpatient", "emergency", "chronic", "inpatient"]
_SECRET = "demo-secret-key-0001"

INSERT_INSTITUTION = (
    "INSERT INTO institution VALUES ($1, $2, $3, $4, $5, '', $6, $7, $8, '2020-01-01', NULL)"
)


async def institution(
    world: World,
    code: str = HOSPITAL,
    *,
    kind: str = "hospital",
    level: str = "tertiary",
    area: str = "530602",
    services: list[str] | None = None,
    patient_areas: tuple[str, ...] = (),
    away: bool = True,
) -> str:
    """An institution whose counters sign with its secret, which is answered."""
    key_id = uuid4()
    agreed = services or (["pharmacy"] if kind == "pharmacy" else SERVICES)
    async with world.database.read() as tx:
        connection: asyncpg.Connection = tx.connection
        await connection.execute(
            INSERT_INSTITUTION, code, "示例机构", kind, level, area, agreed, patient_areas, away
        )
        sealed = world.vault.seal(_SECRET, purpose=f"counter_key.secret:{key_id}")
        await connection.execute(
            "INSERT INTO counter_key VALUES ($1, $2, $3, now(), NULL)", code, key_id, sealed
        )
    return _SECRET


async def till(api: httpx.AsyncClient, world: World, code: str = HOSPITAL, **more: Any) -> Till:
    """A till of a new institution."""
    secret = await institution(world, code, **more)
    return Till(api, code=code, secret=secret, clock=lambda: world.clock().timestamp())


async def person_id(world: World, handle: str) -> UUID:
    """The id our books give to someone of the cast; they must have signed in or been bound."""
    async with world.database.read() as tx:
        row = await find_person(tx, world, PEOPLE[handle].id_number)
    assert row is not None, handle
    return row.id


async def credit(world: World, book_id: UUID, amount_fen: int, *, on: date | None = None) -> None:
    """Money into an account, opened if need be."""
    now = world.clock()

    async def work(tx: Tx) -> None:
        await accounts.open(tx, book_ids=[book_id], at=now)
        leg = Leg(
            journal_id=uuid4(),
            transfer_id=uuid4(),
            purpose="credit",
            book_id=book_id,
            contra="fund:530600",
            amount_fen=amount_fen,
        )
        await ledger.record(tx, at=now, booked_on=on or business_date(now), seen=(), legs=[leg])

    await world.database.transact(work)


async def balance(world: World, book_id: UUID) -> int:
    async with world.database.read() as tx:
        account = await accounts.get(tx, book_id=book_id)
    return account.posted_fen if account else 0


async def shown_code(phone: Phone, **body: Any) -> str:
    """The content of a fresh family code; the phone must be confirmed."""
    answer = await phone.post("/v1/family-codes", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["content"])


async def discrepancies(world: World) -> list[Any]:
    """Faults of the ledger, and the sum over all books when it is not zero."""
    found: list[Any] = await rows(world.database, "SELECT * FROM ledger.discrepancy")
    total = await rows(world.database, "SELECT coalesce(sum(amount_fen), 0) AS fen FROM ledger.leg")
    return found + [row for row in total if row["fen"]]
