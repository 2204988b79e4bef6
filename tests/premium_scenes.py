"""Scenes of premiums: payers with accounts, relatives the platform knows, and both books."""

from typing import Any
from uuid import UUID, uuid4

import httpx
from msgspec import Struct

from service.database import Tx
from service.development_policies import AREA
from service.domain.calendar import business_date
from service.domain.premium_batch import Batch
from service.flows.know_people import know_people
from service.flows.plan_batch import Planned, plan_batch
from service.flows.work_premiums import work_premiums
from service.flows.work_refunds import work_refunds
from service.gateways.platform.synthetic import SandboxPerson
from service.store import accounts, premium_plans, premium_refunds, premiums
from service.world import World
from tests.conftest import Clock
from tests.counter_scenes import credit
from tests.scenes import family, rows

DUE_FEN = 40_000
"""What an ordinary resident pays by the demonstration policy."""

_BINDING = (
    "INSERT INTO binding (id, donor_id, beneficiary_id, area, relation, channel, state, begins_on,"
    " rank, total_limit_fen, year_limit_fen, use_limit_fen, applied_at, signed_at, effective_at)"
    " VALUES ($1, $2, $3, $4, '31', 'wechat', 'active', $5, 1, $6, $7, $8, $9, $9, $9)"
)


class Pair(Struct, frozen=True, kw_only=True):
    """A payer with an account, bound to a relative who is a resident of the demonstration area."""

    payer: SandboxPerson
    relative: SandboxPerson
    payer_id: UUID
    relative_id: UUID
    binding_id: UUID


def premium_year(world: World) -> int:
    """The one the demonstration policy has a window for."""
    return business_date(world.clock()).year + 1


async def pair(
    world: World,
    number: int,
    *,
    member: str = "child",
    payer: str = "donor",
    fen: int | None = 100_000,
    limits: tuple[int | None, int | None, int | None] = (None, None, None),
) -> Pair:
    """Of the numbered family of 昭通. `fen` None: no account is opened or credited now; `limits`
    are the binding's in total, per year, per use."""
    people = family("zhaotong", number)
    pays, for_whom = people[payer], people[member]
    named = {person.id_number: person.name for person in (pays, for_whom)}
    now = world.clock()
    binding_id = uuid4()

    async def work(tx: Tx) -> dict[str, UUID]:
        ids = await know_people(tx, world, named, area=AREA)
        payer_id, relative_id = ids[pays.id_number], ids[for_whom.id_number]
        await tx.connection.execute(
            _BINDING, binding_id, payer_id, relative_id, AREA, business_date(now), *limits, now
        )
        return ids

    ids = await world.database.transact(work)
    made = Pair(
        payer=pays,
        relative=for_whom,
        payer_id=ids[pays.id_number],
        relative_id=ids[for_whom.id_number],
        binding_id=binding_id,
    )
    if fen is not None:
        await credit(world, made.payer_id, fen)
    return made


async def planned(
    world: World, one: Pair, *, most_fen: int = DUE_FEN, year: int | None = None
) -> UUID:
    """The id of a plan of this payer; `year` None: every year."""
    plan_id = world.new_id()

    async def work(tx: Tx) -> None:
        await premium_plans.insert(
            tx,
            book_id=one.payer_id,
            plan_id=plan_id,
            binding_id=one.binding_id,
            insured_id=one.relative_id,
            area=AREA,
            year=year,
            most_fen=most_fen,
            at=world.clock(),
        )

    await world.database.transact(work)
    return plan_id


async def ordered(world: World, one: Pair) -> UUID:
    """The id of an order that is planned and due, as a batch leaves it, but of no batch."""
    premium_id = world.new_id()
    await world.database.transact(
        lambda tx: premiums.insert(
            tx,
            book_id=one.payer_id,
            premium_id=premium_id,
            insured_id=one.relative_id,
            binding_id=one.binding_id,
            area=AREA,
            year=premium_year(world),
            at=world.clock(),
        )
    )
    return premium_id


async def ask_back(world: World, one: Pair, premium_id: UUID) -> None:
    """As the payer's request for a refund leaves it."""

    async def work(tx: Tx) -> None:
        assert await premiums.set_refunding(tx, book_id=one.payer_id, premium_id=premium_id)
        await premium_refunds.insert(
            tx,
            book_id=one.payer_id,
            refund_id=world.new_id(),
            premium_id=premium_id,
            amount_fen=DUE_FEN,
            at=world.clock(),
        )

    await world.database.transact(work)


async def at_rest(world: World, clock: Clock, *, times: int = 8) -> None:
    """What workers do until nothing is left, every lease and delay over."""
    for _ in range(times):
        while await work_premiums(world) + await work_refunds(world):
            pass
        clock.move(minutes=31)


async def state_of(world: World, premium_id: UUID) -> tuple[str, str | None]:
    """State and reason."""
    (row,) = await rows(
        world.database, "SELECT state, reason FROM premium WHERE premium_id = $1", premium_id
    )
    return row["state"], row["reason"]


async def money_of(world: World, book_id: UUID) -> tuple[int, int]:
    """Posted and held, fen."""
    async with world.database.read() as tx:
        account = await accounts.get(tx, book_id=book_id)
    assert account is not None
    return account.posted_fen, account.held_fen


async def bureau_order(bureau: httpx.AsyncClient, premium_id: UUID) -> dict[str, Any]:
    """The order in the tax bureau's own book; empty when it has none."""
    book = (await bureau.get("/tax/_book")).json()
    found = [order for order in book["orders"] if order["order_no"] == premium_id.hex]
    return dict(found[0]) if found else {}


async def faults(world: World, bureau: httpx.AsyncClient) -> list[str]:
    """What is wrong in our books, or differs between them and the tax bureau's: empty is good."""
    found = [
        f"{row['fault']} {row['subject_id']}"
        for row in await rows(world.database, "SELECT * FROM ledger.discrepancy")
    ]
    (total,) = await rows(
        world.database,
        "SELECT coalesce(-sum(amount_fen), 0)::bigint AS fen FROM ledger.entry WHERE contra = $1",
        f"tax:{AREA}",
    )
    book = (await bureau.get("/tax/_book")).json()
    if total["fen"] != book["paid_fen"] - book["refunded_fen"]:
        found.append(f"we paid {total['fen']}, the bureau got {book['paid_fen']}")
    theirs = {order["order_no"]: order for order in book["orders"]}
    for row in await rows(world.database, "SELECT * FROM premium WHERE held_at IS NOT NULL"):
        there = theirs.get(row["premium_id"].hex, {}).get("state")
        paid = row["state"] in ("paid", "credited", "refunding")
        if paid != (there == "paid") or (row["state"] == "refunded") != (there == "refunded"):
            found.append(f"order {row['premium_id']}: {row['state']} here, {there} there")
    claims = await rows(world.database, "SELECT claimed_id FROM premium_claim")
    live = await rows(
        world.database,
        "SELECT premium_id FROM premium WHERE state IN ('held', 'paid', 'credited', 'refunding')",
    )
    if {row["claimed_id"] for row in claims} != {row["premium_id"] for row in live}:
        found.append("claims are not those of the orders that live")
    return found


async def planned_batch(world: World) -> Batch:
    done = await plan_batch(world, area=AREA, year=premium_year(world))
    assert isinstance(done, Planned), done
    return done.batch


async def order_states(world: World) -> dict[str, int]:
    found = await rows(
        world.database, "SELECT state, count(*) AS orders FROM premium GROUP BY state"
    )
    return {row["state"]: row["orders"] for row in found}


async def planned_families(world: World, count: int, **more: Any) -> list[Pair]:
    """Pairs of several families, each with a plan."""
    made = [await pair(world, number, **more) for number in range(count)]
    for one in made:
        await planned(world, one)
    return made
