"""After the run: everything acknowledged is in the books, and the books are right."""

import asyncpg

from benchmarks.measure import Bench
from benchmarks.report import say
from benchmarks.servers import Database


async def check(bench: Bench, database: Database) -> bool:
    """Whether the settlements are those acknowledged and `ledger.discrepancy` is empty."""
    connection = await asyncpg.connect(bench.servers.url_of(database.name))
    try:
        await connection.execute("SET work_mem = '256MB'")
        rows = await connection.fetchval("SELECT count(*) FROM settlement")
        faults = await connection.fetch("SELECT * FROM ledger.discrepancy LIMIT 5")
    finally:
        await connection.close()
    acknowledged = bench.acknowledged[database.name]
    right = rows == acknowledged and not faults
    say(
        f"{'right' if right else 'WRONG'}: {database.name} books, {acknowledged:,} settlements"
        f" acknowledged, {rows:,} recorded, ledger.discrepancy"
        f" {'empty' if not faults else [tuple(fault) for fault in faults]}"
    )
    return right
