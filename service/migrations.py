"""Forward-only migrations: SQL files in order, each in a transaction, remembered by checksum.

One process at a time applies them (advisory lock); a file that changed after it was applied stops
the start-up, since two databases would no longer be the same. Functions are different: each file
of `sql/functions/` replaces what it defines, and is applied again whenever it changes.
"""

import hashlib
from pathlib import Path

import asyncpg

from service.database import SQL_FOLDER

_LOCK = 7_340_532_117


class MigrationFault(Exception):
    """The database cannot be brought to this version: one sentence for the operator."""


async def migrate(url: str, *, folder: Path = SQL_FOLDER / "migrations") -> list[str]:
    """Apply what is missing and return the names. Raises MigrationFault."""
    files = _files(folder)
    functions = _files(folder.parent / "functions", prefix="functions/")
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as fault:
        raise MigrationFault(f"PostgreSQL does not let us in: {type(fault).__name__}") from fault
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        if await connection.fetchval("SELECT to_regclass('migration')") is None:
            await connection.execute(
                "CREATE TABLE migration"
                " (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL)"
            )
        rows = await connection.fetch("SELECT name, checksum FROM migration")
        applied = {row["name"]: row["checksum"] for row in rows}
        done = [
            name for name, text in files.items() if await _apply(connection, name, text, applied)
        ]
        done += [
            name
            for name, text in functions.items()
            if await _replace(connection, name, text, applied)
        ]
        return done
    except asyncpg.PostgresError as fault:
        raise MigrationFault(f"PostgreSQL refuses to migrate: {fault}") from fault
    finally:
        await connection.close()


def _files(folder: Path, *, prefix: str = "") -> dict[str, str]:
    return {prefix + path.name: path.read_text() for path in sorted(folder.glob("*.sql"))}


async def _apply(
    connection: asyncpg.Connection, name: str, text: str, applied: dict[str, str]
) -> bool:
    checksum = hashlib.sha256(text.encode()).hexdigest()
    if name in applied:
        if applied[name] != checksum:
            raise MigrationFault(
                f"migration {name} was changed after it was applied: use the version that made this"
                " database, or begin with an empty one"
            )
        return False
    await _execute(connection, name, text, checksum)
    return True


async def _replace(
    connection: asyncpg.Connection, name: str, text: str, applied: dict[str, str]
) -> bool:
    checksum = hashlib.sha256(text.encode()).hexdigest()
    if applied.get(name) == checksum:
        return False
    await _execute(connection, name, text, checksum)
    return True


async def _execute(connection: asyncpg.Connection, name: str, text: str, checksum: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute(text)
            await connection.execute(
                "INSERT INTO migration VALUES ($1, $2, now())"
                " ON CONFLICT (name) DO UPDATE SET checksum = $2, applied_at = now()",
                name,
                checksum,
            )
    except asyncpg.PostgresError as fault:
        raise MigrationFault(f"migration {name} failed: {fault}") from fault
