"""Scenes in the books: settlements without a counter, damage, and what is told of it."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg
import httpx
from msgspec import Struct

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.ledger import Leg
from service.flows.check_books import check_books
from service.store import accounts, ledger
from service.world import World
from tests.counter_scenes import HOSPITAL, credit, person_id, shown_code, till
from tests.people import Cast

STATEMENT_HEADER = "institution_code,message_id,settled_on,total_fen,account_fen,refunded_fen"


def yesterday(world: World) -> date:
    return business_date(world.clock()) - timedelta(days=1)


def statement(*lines: str, header: str = STATEMENT_HEADER) -> bytes:
    return "".join(f"{text}\n" for text in (header, *lines)).encode()


async def faults(world: World) -> list[str]:
    """What `check_books` tells, in its order."""
    told: list[str] = []
    done = await check_books(world, report=told.append, progress=lambda _: None)
    assert done.faults == len(told)
    return told


async def damage(world: World, statement: str, *values: object) -> None:
    """As somebody would who may do anything with the database: no trigger, no foreign key."""
    async with world.database.read() as tx:
        connection: asyncpg.Connection = tx.connection
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(statement, *values)


async def credit_often(world: World, book_id: UUID, times: int, *, on: date) -> None:
    """One fen each time, in one journal."""

    async def work(tx: Tx) -> None:
        await accounts.open(tx, book_ids=[book_id], at=world.clock())
        legs = [
            Leg(
                journal_id=book_id,
                transfer_id=uuid4(),
                purpose="credit",
                book_id=book_id,
                contra="fund:530600",
                amount_fen=1,
            )
            for _ in range(times)
        ]
        await ledger.record(tx, at=world.clock(), booked_on=on, seen=(), legs=legs)

    await world.database.transact(work)


async def settlement_row(
    world: World, message_id: str, *, on: date, account_fen: int, code: str = HOSPITAL
) -> UUID:
    """A settlement of 1000 fen, `account_fen` of the own account; without a transfer."""
    settlement_id, book_id = uuid4(), uuid4()
    async with world.database.read() as tx:
        await tx.connection.execute(
            "INSERT INTO settlement VALUES ($1, $2, $3, $4, 'outpatient', 1000, 0, $5, 0, $6, 0, 0,"
            " '', $7, now())",
            *(book_id, settlement_id, code, message_id, account_fen, 1000 - account_fen, on),
        )
    return settlement_id


async def refund_row(world: World, settlement_id: UUID, *, on: date, fen: int) -> None:
    async with world.database.read() as tx:
        await tx.connection.execute(
            "INSERT INTO refund SELECT book_id, $2, settlement_id, institution_code, $5,"
            " $3, 0, $3, 0, 0, '', $4, now() FROM settlement WHERE settlement_id = $1",
            *(settlement_id, uuid4(), fen, on, uuid4().hex),
        )


class Bill(Struct, frozen=True):
    """A settlement through a counter: the father's 3000 fen and 10000 of the donor's."""

    settlement_id: UUID
    father_id: UUID
    donor_id: UUID


async def settled(cast: Cast, api: httpx.AsyncClient, world: World) -> Bill:
    donor = await cast.confirmed("zhaotong_donor")
    await cast.bound(donor, "zhaotong_father", "51")
    father = await cast.confirmed("zhaotong_father")
    counter = await till(api, world)
    donor_id = await person_id(world, "zhaotong_donor")
    father_id = await person_id(world, "zhaotong_father")
    await credit(world, father_id, 3000)
    await credit(world, donor_id, 10_000)
    code = await shown_code(father)
    answer = await counter.settle(code, key="message-0001", service="outpatient", total_fen=18650)
    assert answer.status_code == 201, answer.text
    return Bill(UUID(answer.json()["id"]), father_id, donor_id)
