"""Who is there when the killing starts: patients who share donors, money, institutions."""

import random
from datetime import date
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct
from msgspec.structs import replace

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.family_code import CodeHolder
from service.domain.ledger import Leg
from service.domain.settlement import Patient
from service.personal import id_number_purpose, name_purpose
from service.store import accounts, ledger
from service.world import World
from tests.counter_scenes import institution

AREA, POOLING_AREA = "530602", "510400"
"""In the second the fund pays a part by our estimate, and donors only after the own account."""
PLACES = (
    ("H53060200001", "hospital", "tertiary", AREA),
    ("H53060200002", "hospital", "secondary", AREA),
    ("P53060200001", "pharmacy", "none", AREA),
    ("H51040000001", "hospital", "tertiary", POOLING_AREA),
    ("P51040000001", "pharmacy", "none", POOLING_AREA),
)
SERVICE = {"hospital": "outpatient", "pharmacy": "pharmacy"}

_PERSON = "INSERT INTO person VALUES ($1, $2, $3, $4, $5, now())"
_BINDING = (
    "INSERT INTO binding (id, donor_id, beneficiary_id, area, relation, channel, state, begins_on,"
    " rank, total_limit_fen, year_limit_fen, use_limit_fen, applied_at, signed_at, effective_at)"
    " VALUES ($1, $2, $3, $4, '12', 'wechat', 'active', $5, $6, $7, $8, $9, now(), now(), now())"
)


class Bound(Struct, frozen=True, kw_only=True):
    """A binding as inserted; limits in fen."""

    id: UUID
    donor_id: UUID
    patient_id: UUID
    rank: int
    total_limit_fen: int | None = None
    year_limit_fen: int | None = None
    use_limit_fen: int | None = None


class Place(Struct, frozen=True, kw_only=True):
    """An institution, its counters' secret and the kind of bill it makes."""

    code: str
    secret: str
    service: str
    area: str


class Population(Struct, frozen=True, kw_only=True):
    """`credits`: what every account was given, fen."""

    patients: tuple[CodeHolder, ...]
    bindings: tuple[Bound, ...]
    places: tuple[Place, ...]
    credits: dict[UUID, int]

    def near(self, holder: CodeHolder) -> list[Place]:
        """Where the patient needs no filing."""
        return [place for place in self.places if place.area == holder.patient.area]

    @property
    def donors(self) -> list[UUID]:
        return list(dict.fromkeys(bound.donor_id for bound in self.bindings))

    def joined(self, bindings: tuple[Bound, ...], credits: dict[UUID, int]) -> "Population":
        """With further bindings and accounts, whatever they are used for."""
        return replace(self, bindings=self.bindings + bindings, credits=self.credits | credits)


async def populate(world: World, *, seed: int, patients: int) -> Population:
    """Every patient has one to three donors of a common pool, so that donors are shared."""
    rng = random.Random(f"population-{seed}")
    holders = tuple(_holder(rng) for _ in range(patients))
    pool = [uuid4() for _ in range(max(3, patients * 3 // 4))]
    bindings = tuple(
        _bound(rng, donor_id, holder.patient.id, rank)
        for holder in holders
        for rank, donor_id in enumerate(rng.sample(pool, rng.randint(1, 3)), start=1)
    )
    credits = {donor_id: rng.randint(20_000, 4_000_000) for donor_id in pool}
    for holder in holders:
        if rng.random() < 0.7:  # the others have no account at all
            credits[holder.patient.id] = rng.randint(1, 400_000)
    await _insert(world, [holder.patient.id for holder in holders] + pool, bindings)
    await fund(world, credits)
    return Population(
        patients=holders, bindings=bindings, places=await places_of(world), credits=credits
    )


async def places_of(world: World) -> tuple[Place, ...]:
    """The institutions, with a key each."""
    places = []
    for code, kind, level, area in PLACES:
        secret = await institution(world, code, kind=kind, level=level, area=area)
        places.append(Place(code=code, secret=secret, service=SERVICE[kind], area=area))
    return tuple(places)


def _holder(rng: random.Random) -> CodeHolder:
    return CodeHolder(
        patient=Patient(
            id=uuid4(),
            area=rng.choice((AREA, AREA, POOLING_AREA)),
            scheme="employee",
            person_kind="retired" if rng.random() < 0.3 else "working",
        )
    )


def _bound(rng: random.Random, donor_id: UUID, patient_id: UUID, rank: int) -> Bound:
    """A quarter each with a limit per use, per year, in total, and without any."""
    limits: dict[str, int] = {}
    kind = rng.choice(("use_limit_fen", "year_limit_fen", "total_limit_fen", ""))
    if kind:
        limits[kind] = rng.randint(500, 5_000 if kind == "use_limit_fen" else 200_000)
    return Bound(id=uuid4(), donor_id=donor_id, patient_id=patient_id, rank=rank, **limits)


async def _insert(world: World, people: list[UUID], bindings: tuple[Bound, ...]) -> None:
    async with world.database.read() as tx:
        await insert_people(world, tx.connection, people)
        await insert_bindings(tx.connection, bindings, on=business_date(world.clock()))


async def insert_people(world: World, connection: asyncpg.Connection, people: list[UUID]) -> None:
    """Of no name and number that anyone bears."""
    seal = world.vault.seal
    rows = [
        (
            id,
            id.bytes,
            seal("530602199001010000", purpose=id_number_purpose(id)),
            seal("某某", purpose=name_purpose(id)),
            AREA,
        )
        for id in people
    ]
    await connection.executemany(_PERSON, rows)


async def insert_bindings(
    connection: asyncpg.Connection, bindings: tuple[Bound, ...], *, on: date
) -> None:
    """In force from now on."""
    await connection.executemany(
        _BINDING,
        [
            (
                b.id,
                b.donor_id,
                b.patient_id,
                AREA,
                on,
                b.rank,
                b.total_limit_fen,
                b.year_limit_fen,
                b.use_limit_fen,
            )
            for b in bindings
        ],
    )


async def fund(world: World, credits: dict[UUID, int]) -> None:
    """Open these accounts and credit them, in one transaction."""
    now = world.clock()
    legs = [
        Leg(
            journal_id=uuid4(),
            transfer_id=uuid4(),
            purpose="credit",
            book_id=book_id,
            contra="fund:530600",
            amount_fen=amount,
        )
        for book_id, amount in credits.items()
    ]

    async def work(tx: Tx) -> None:
        await accounts.open(tx, book_ids=list(credits), at=now)
        await ledger.record(tx, at=now, booked_on=business_date(now), seen=(), legs=legs)

    await world.database.transact(work)
