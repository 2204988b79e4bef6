"""Fills a migrated database with families, money and institutions, quickly and consistently.

Person n: families of three, a patient (3k) and two donors (3k+1, 3k+2); behind them one hot donor
and the patients who all use that one's account. Every third patient pays from the own account;
the others' accounts are empty and both donors pay, within a limit per use. So the parts of a bill
of 100.00 yuan stay the same however often a patient comes:

    k % 3 = 0   fund 25, own 75
    k % 3 = 1   fund 25, first donor 30, second donor 45
    k % 3 = 2   fund 25, first donor 30, second donor 30, cash 15
    hot         fund 25, the hot donor 75
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
from msgspec import Struct

from service.migrations import migrate
from service.personal import (
    ID_NUMBER_INDEX,
    counter_secret_purpose,
    id_number_purpose,
    name_purpose,
)
from service.sessions import Session
from service.world import World

AREA = "530602"
HOT_PATIENTS = 1000
ENTRIES_EACH = 4
SESSIONS = 500
_REAL_PEOPLE = 3 * SESSIONS
"""So many are sealed by the vault; the others' sealed columns hold bytes that nobody opens."""
_INSTITUTIONS = 20
_CHUNK = 100_000
_CREDIT_FEN = 10**10


class Population(Struct, frozen=True, kw_only=True):
    """What is in a database. `secrets`: of each institution's counter by its code."""

    families: int
    secrets: dict[str, str]

    @property
    def hot(self) -> int:
        """The number of the hot donor; the hot patients follow."""
        return self.families * 3

    @property
    def people(self) -> int:
        return self.hot + 1 + HOT_PATIENTS


def nth_id(n: int) -> UUID:
    """What `bench_id` answers in the database."""
    return UUID(int=n << 80 | 7 << 76 | 8 << 60)


async def populate(
    url: str, world: World, *, accounts: int, progress: Callable[[str], None]
) -> Population:
    """Migrate and fill an empty database. Every account has four entries."""
    await migrate(url)
    secrets = {f"H5306020{n:04}": f"bench-secret-{n:04}" for n in range(_INSTITUTIONS)}
    population = Population(families=max(1, accounts // 3), secrets=secrets)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(Path(__file__).with_name("bench.sql").read_text())
        # A replica fires no triggers: rows that fit together by construction are not looked up
        # one by one. `ledger.discrepancy` is asked at the end of every run.
        await connection.execute("SET session_replication_role = replica; SET work_mem = '256MB'")
        await _institutions(connection, world, secrets)
        await _people(connection, world, population, progress)
        await _bindings(connection, population)
        await _hot_bindings(connection, population)
        await _money(connection, population, progress)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return population


async def open_sessions(world: World) -> list[str]:
    """Tokens of sessions at level 2, one per patient of the first families."""
    now = world.clock()
    return [
        await world.sessions.open(
            Session(
                tag=world.sessions.tag("person", f"bench-{k}"),
                channel="wechat",
                account_id=nth_id(k),
                person_id=nth_id(k * 3),
                born_at=now,
            )
        )
        for k in range(SESSIONS)
    ]


async def _institutions(
    connection: asyncpg.Connection, world: World, secrets: dict[str, str]
) -> None:
    for number, (code, secret) in enumerate(secrets.items()):
        await connection.execute(
            "INSERT INTO institution VALUES ($1, '示例医院', 'hospital', 'tertiary', $2, '',"
            " ARRAY['outpatient'], '{}', true, '2020-01-01', NULL)",
            code,
            AREA,
        )
        key_id = nth_id(number)
        sealed = world.vault.seal(secret, purpose=counter_secret_purpose(key_id))
        await connection.execute(
            "INSERT INTO counter_key VALUES ($1, $2, $3, now(), NULL)", code, key_id, sealed
        )


async def _people(
    connection: asyncpg.Connection,
    world: World,
    population: Population,
    progress: Callable[[str], None],
) -> None:
    real = min(_REAL_PEOPLE, population.people)
    rows = [_person(world, n) for n in range(real)]
    await connection.copy_records_to_table("person", records=rows)
    for first in range(real, population.people, _CHUNK):
        last = min(first + _CHUNK, population.people) - 1
        await connection.execute(
            "INSERT INTO person SELECT bench_id(n), sha256(int8send(n)), decode(repeat('01', 47),"
            " 'hex'), decode(repeat('01', 38), 'hex'), $3, now()"
            " FROM generate_series($1::bigint, $2::bigint) AS n",
            first,
            last,
            AREA,
        )
        if last % (10 * _CHUNK) < _CHUNK and population.people > 10 * _CHUNK:
            progress(f"people: {last + 1:,} of {population.people:,}")


def _person(world: World, n: int) -> tuple[object, ...]:
    person_id, vault = nth_id(n), world.vault
    id_number = f"530602{19500101 + n % 28}{n % 10_000:04}"
    return (
        person_id,
        hashlib.sha256(vault.index(f"{id_number}{n}", purpose=ID_NUMBER_INDEX)).digest(),
        vault.seal(id_number, purpose=id_number_purpose(person_id)),
        vault.seal("测试甲", purpose=name_purpose(person_id)),
        AREA,
        datetime.now(UTC),
    )


_BINDING = """
INSERT INTO binding (id, donor_id, beneficiary_id, area, relation, channel, state, begins_on, rank,
                     use_limit_fen, applied_at, signed_at, effective_at)
SELECT {id}, {donor}, {beneficiary}, '530602', '20', 'wechat', 'active', current_date - 30, {rank},
       {use_limit}, now() - interval '31 days', now() - interval '30 days',
       now() - interval '30 days'
  FROM generate_series($1::bigint, $2::bigint) AS k{more}
"""


async def _bindings(connection: asyncpg.Connection, population: Population) -> None:
    statement = _BINDING.format(
        id="bench_id(k * 2 + d - 1)",
        donor="bench_id(k * 3 + d)",
        beneficiary="bench_id(k * 3)",
        rank="d",
        use_limit="CASE WHEN k % 3 > 0 AND (d = 1 OR k % 3 = 2) THEN 3000 END",
        more=", (VALUES (1), (2)) AS rank (d)",
    )
    await connection.execute(statement, 0, population.families - 1)


async def _hot_bindings(connection: asyncpg.Connection, population: Population) -> None:
    statement = _BINDING.format(
        id=f"bench_id({population.families * 2} + k)",
        donor=f"bench_id({population.hot})",
        beneficiary=f"bench_id({population.hot + 1} + k)",
        rank="1",
        use_limit="NULL::bigint",
        more="",
    )
    await connection.execute(statement, 0, HOT_PATIENTS - 1)


_ACCOUNTS = """
INSERT INTO ledger.account (book_id, posted_fen, entry_count, version, opened_at)
SELECT bench_id(n), CASE WHEN bench_rich(n, $3) THEN $4::bigint * $5::bigint ELSE 0 END, $5, $5,
       now()
  FROM generate_series($1::bigint, $2::bigint) AS n
"""
_TRANSFERS = """
INSERT INTO ledger.transfer (book_id, transfer_id, journal_id, phase, purpose, contra, amount_fen,
                             booked_on, recorded_at)
SELECT bench_id(n), bench_id(n * $5::bigint + j), bench_id(n * $5::bigint + j), 'single', 'credit',
       'fund:530600', CASE WHEN j % 2 = 1 AND NOT bench_rich(n, $3) THEN -$4::bigint ELSE $4 END,
       current_date - 30, now()
  FROM generate_series($1::bigint, $2::bigint) AS n, generate_series(0, $5 - 1) AS j
"""
_ENTRIES = """
INSERT INTO ledger.entry (book_id, number, transfer_id, contra, amount_fen, balance_fen, booked_on)
SELECT bench_id(n), j + 1, bench_id(n * $5::bigint + j), 'fund:530600',
       CASE WHEN j % 2 = 1 AND NOT bench_rich(n, $3) THEN -$4::bigint ELSE $4 END,
       CASE WHEN bench_rich(n, $3) THEN j + 1 ELSE (j + 1) % 2 END * $4::bigint, current_date - 30
  FROM generate_series($1::bigint, $2::bigint) AS n, generate_series(0, $5 - 1) AS j
"""


async def _money(
    connection: asyncpg.Connection, population: Population, progress: Callable[[str], None]
) -> None:
    for first in range(0, population.people, _CHUNK):
        last = min(first + _CHUNK, population.people) - 1
        for statement in (_ACCOUNTS, _TRANSFERS, _ENTRIES):
            await connection.execute(
                statement, first, last, population.hot, _CREDIT_FEN, ENTRIES_EACH
            )
        if population.people > 5 * _CHUNK and last % (5 * _CHUNK) < _CHUNK:
            progress(f"accounts: {last + 1:,} of {population.people:,}")
