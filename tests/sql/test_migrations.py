"""Migrations: forward only, once each, whole or not at all."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from service.database import SQL_FOLDER
from service.migrations import MigrationFault, migrate

FILES = sorted(path.name for path in (SQL_FOLDER / "migrations").glob("*.sql"))
FUNCTIONS = sorted(f"functions/{path.name}" for path in (SQL_FOLDER / "functions").glob("*.sql"))
SHAPE = """
SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default
  FROM information_schema.columns WHERE table_schema = 'public'
 ORDER BY table_name, ordinal_position
"""


async def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def applied(url: str) -> list[object]:
    return [row[0] for row in await fetch(url, "SELECT name FROM migration ORDER BY name")]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (id int);")
    return tmp_path


async def test_a_fresh_database_becomes_what_the_template_is(
    empty_database: str, fresh_database: str
) -> None:
    assert await migrate(empty_database) == FILES + FUNCTIONS
    assert await fetch(empty_database, SHAPE) == await fetch(fresh_database, SHAPE)
    assert await applied(empty_database) == FILES + FUNCTIONS


async def test_the_second_time_there_is_nothing_to_do(fresh_database: str) -> None:
    assert await migrate(fresh_database) == []


async def test_a_later_file_is_applied_alone(empty_database: str, files: Path) -> None:
    assert await migrate(empty_database, folder=files) == ["0001_first.sql"]
    (files / "0002_second.sql").write_text("ALTER TABLE first ADD name text;")
    assert await migrate(empty_database, folder=files) == ["0002_second.sql"]
    assert await applied(empty_database) == ["0001_first.sql", "0002_second.sql"]


async def test_a_changed_file_stops_and_is_named(empty_database: str, files: Path) -> None:
    await migrate(empty_database, folder=files)
    (files / "0001_first.sql").write_text("CREATE TABLE first (id bigint);")
    (files / "0002_second.sql").write_text("CREATE TABLE second (id int);")
    with pytest.raises(MigrationFault, match=r"0001_first\.sql"):
        await migrate(empty_database, folder=files)
    assert await applied(empty_database) == ["0001_first.sql"]


@pytest.mark.parametrize(
    "fault",
    [
        "SELECT 1 / 0;",
        "CREATE TABLE first (id int);",
        "CREATE TABEL third ();",
        "ALTER TABLE migration ADD CHECK (name LIKE '0001%');",  # its own row is refused
    ],
)
async def test_a_failing_file_leaves_nothing_of_itself(
    empty_database: str, files: Path, fault: str
) -> None:
    (files / "0002_second.sql").write_text(f"CREATE TABLE second (id int); {fault}")
    (files / "0003_third.sql").write_text("CREATE TABLE third (id int);")
    with pytest.raises(MigrationFault, match=r"0002_second\.sql"):
        await migrate(empty_database, folder=files)
    assert await applied(empty_database) == ["0001_first.sql"]
    tables = {row[0] for row in await fetch(empty_database, SHAPE)}
    assert tables == {"first", "migration"}


async def test_a_failed_file_is_applied_once_it_is_right(empty_database: str, files: Path) -> None:
    second = files / "0002_second.sql"
    second.write_text("SELECT 1 / 0;")
    with pytest.raises(MigrationFault):
        await migrate(empty_database, folder=files)
    second.write_text("CREATE TABLE second (id int);")
    assert await migrate(empty_database, folder=files) == ["0002_second.sql"]


async def test_two_at_once_apply_each_file_once(empty_database: str) -> None:
    first, second = await asyncio.gather(migrate(empty_database), migrate(empty_database))
    assert sorted([*first, *second]) == FILES + FUNCTIONS
    assert await applied(empty_database) == FILES + FUNCTIONS


async def test_a_changed_function_takes_the_place_of_the_old_one(
    empty_database: str, tmp_path: Path
) -> None:
    folder, functions = tmp_path / "migrations", tmp_path / "functions"
    folder.mkdir()
    functions.mkdir()
    text = "CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT {}'"
    for number in (1, 2):
        (functions / "answer.sql").write_text(text.format(number))
        assert await migrate(empty_database, folder=folder) == ["functions/answer.sql"]
        assert await migrate(empty_database, folder=folder) == []
        assert await fetch(empty_database, "SELECT answer()") == [(number,)]


def test_files_are_numbered_without_a_gap() -> None:
    assert [name[:4] for name in FILES] == [f"{n:04}" for n in range(1, len(FILES) + 1)]
