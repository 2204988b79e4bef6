"""Fills a migrated database with payers, relatives, money and plans: one premium each."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.population import nth_id
from service.development_policies import AREA
from service.domain.calendar import business_date
from service.gateways.platform.synthetic import id_number
from service.migrations import migrate
from service.personal import id_number_purpose, name_purpose
from service.world import World

_FEN = 100_000
_CHUNK = 20_000
_COUNTY = "530602"
_A_DAY = 999
"""So many ID numbers there are of one county and day."""


async def populate(url: str, world: World, *, orders: int) -> None:
    """`orders` payers with an account and a plan for a relative of their own."""
    await migrate(url)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for first in range(0, orders, _CHUNK):
            rows = [_rows(world, n) for n in range(first, min(first + _CHUNK, orders))]
            for table, columns in _COLUMNS.items():
                schema, _, name = table.rpartition(".")
                await connection.copy_records_to_table(
                    name,
                    schema_name=schema or None,
                    columns=columns,
                    records=[record for row in rows for record in row[table]],
                )
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


_COLUMNS: dict[str, tuple[str, ...]] = {
    "person": ("id", "id_number_index", "id_number_sealed", "name_sealed", "area", "created_at"),
    "binding": (
        *("id", "donor_id", "beneficiary_id", "area", "relation", "channel", "state"),
        *("begins_on", "rank", "applied_at", "signed_at", "effective_at"),
    ),
    "ledger.account": (
        *("book_id", "posted_fen", "held_fen", "entry_count", "version", "opened_at"),
    ),
    "ledger.transfer": (
        *("book_id", "transfer_id", "journal_id", "phase", "purpose", "contra", "amount_fen"),
        *("booked_on", "recorded_at"),
    ),
    "ledger.entry": (
        *("book_id", "number", "transfer_id", "contra", "amount_fen", "balance_fen", "booked_on"),
    ),
    "premium_plan": (
        *("book_id", "plan_id", "binding_id", "insured_id", "area", "most_fen", "source"),
        "made_at",
    ),
}


def _rows(world: World, n: int) -> dict[str, list[tuple[Any, ...]]]:
    payer, relative, binding = nth_id(3 * n), nth_id(3 * n + 1), nth_id(3 * n + 2)
    now = datetime.now(UTC)
    today, begun = business_date(now), now - timedelta(days=30)
    fund, booked = f"fund:{AREA}", today - timedelta(days=1)
    return {
        "person": [_nobody(payer, now), _relative(world, relative, n, now)],
        "binding": [
            (
                *(binding, payer, relative, AREA, "20", "wechat", "active", begun.date(), 1),
                *(begun, begun, begun),
            )
        ],
        "ledger.account": [(payer, _FEN, 0, 1, 1, begun)],
        "ledger.transfer": [(payer, payer, payer, "single", "credit", fund, _FEN, booked, begun)],
        "ledger.entry": [(payer, 1, payer, fund, _FEN, _FEN, booked)],
        "premium_plan": [(payer, binding, binding, relative, AREA, _FEN, "citizen", begun)],
    }


def _nobody(person_id: UUID, at: datetime) -> tuple[Any, ...]:
    """A payer: nobody opens the name in a batch."""
    return person_id, person_id.bytes, b"\x01" * 47, b"\x01" * 38, AREA, at


def _relative(world: World, person_id: UUID, n: int, at: datetime) -> tuple[Any, ...]:
    days, sequence = divmod(n, _A_DAY)
    number = id_number(
        _COUNTY, born_on=date(1940, 1, 1) + timedelta(days=days), sequence=sequence + 1
    )
    seal = world.vault.seal
    return (
        person_id,
        person_id.bytes,
        seal(number, purpose=id_number_purpose(person_id)),
        seal("测试人", purpose=name_purpose(person_id)),
        AREA,
        at,
    )
