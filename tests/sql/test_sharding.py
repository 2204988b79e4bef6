"""One holder's rows can live together on one shard: what that asks of tables and functions."""

import re

import asyncpg
import pytest

from tests.tidy.sources import ROOT

SHARDED = {
    "settlement",
    "refund",
    "benefit_year",
    "counter_event",
    "premium",
    "premium_plan",
    "premium_refund",
    "ledger.account",
    "ledger.allowance",
    "ledger.transfer",
    "ledger.entry",
}

_SHARDED = """
WITH sharded AS (
    SELECT c.oid AS table_id, c.oid::regclass::text AS name, a.attnum AS book,
           a.attnotnull AS filled
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'book_id'
     WHERE c.relkind IN ('r', 'p') AND NOT a.attisdropped
       AND c.relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace)
)
"""
LINT = f"""
{_SHARDED}
SELECT 'unique without the book', name, i.indexrelid::regclass::text
  FROM sharded JOIN pg_index i ON i.indrelid = table_id
 WHERE (i.indisunique OR i.indisexclusion) AND NOT book = ANY (i.indkey::int2[])
UNION ALL
SELECT 'unique with the book in another place', name, i.indexrelid::regclass::text
  FROM sharded JOIN pg_index i ON i.indrelid = table_id
 WHERE i.indisunique AND book = ANY (i.indkey::int2[]) AND i.indkey[0] <> book
UNION ALL
SELECT 'no primary key', name, name FROM sharded
 WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = table_id AND i.indisprimary)
UNION ALL
SELECT 'reference to another book', s.name, k.conname
  FROM sharded s JOIN pg_constraint k ON k.conrelid = s.table_id AND k.contype = 'f'
                 JOIN sharded t ON t.table_id = k.confrelid
 WHERE k.conkey[1] <> s.book OR k.confkey[1] <> t.book
UNION ALL
SELECT 'reference that empties the book', name, k.conname
  FROM sharded JOIN pg_constraint k ON k.conrelid = table_id AND k.contype = 'f'
 WHERE k.confdeltype IN ('n', 'd') AND book = ANY (k.conkey)
UNION ALL
SELECT 'reference from outside', k.conrelid::regclass::text, k.conname
  FROM sharded JOIN pg_constraint k ON k.confrelid = table_id AND k.contype = 'f'
 WHERE k.conrelid NOT IN (SELECT table_id FROM sharded)
UNION ALL
SELECT 'trigger', name, t.tgname
  FROM sharded JOIN pg_trigger t ON t.tgrelid = table_id AND NOT t.tgisinternal
UNION ALL
SELECT 'book may be missing', name, 'book_id' FROM sharded WHERE NOT filled
UNION ALL
SELECT 'serial or identity', name, a.attname
  FROM sharded JOIN pg_attribute a ON a.attrelid = table_id AND a.attnum > 0
 WHERE NOT a.attisdropped
   AND (a.attidentity <> '' OR pg_get_serial_sequence(name, a.attname) IS NOT NULL)
"""
KEYS = f"""
{_SHARDED}
SELECT name, k.conname, a.attname
  FROM sharded JOIN pg_constraint k ON k.conrelid = table_id AND k.contype IN ('p', 'u', 'f')
               JOIN pg_attribute a ON a.attrelid = table_id AND a.attnum = k.conkey[1]
"""

GOOD = "book_id uuid, id uuid, PRIMARY KEY (book_id, id)"
BAD = {
    "unique without the book": f"CREATE TABLE bad ({GOOD}, code text UNIQUE)",
    "unique with the book in another place": (
        "CREATE TABLE bad (book_id uuid, id uuid, CONSTRAINT once PRIMARY KEY (id, book_id))"
    ),
    "no primary key": "CREATE TABLE bad (book_id uuid NOT NULL)",
    "reference to another book": (
        f"CREATE TABLE bad ({GOOD}, other uuid,"
        " CONSTRAINT elsewhere FOREIGN KEY (other) REFERENCES ledger.account)"
    ),
    "reference that empties the book": (
        f"CREATE TABLE bad ({GOOD}, CONSTRAINT emptied FOREIGN KEY (book_id, id)"
        " REFERENCES ledger.transfer ON DELETE SET NULL)"
    ),
    "reference from outside": (
        "CREATE TABLE bad (id uuid PRIMARY KEY,"
        " holder uuid CONSTRAINT outside REFERENCES ledger.account)"
    ),
    "trigger": (
        f"CREATE TABLE bad ({GOOD}); CREATE TRIGGER watched BEFORE DELETE ON bad"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    ),
    "book may be missing": "CREATE TABLE bad (book_id uuid, id uuid PRIMARY KEY)",
    "serial or identity": f"CREATE TABLE bad ({GOOD}, number bigserial)",
}
"""What the lint forbids, and a table that does it."""

UNSTABLE = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random|nextval"
    r"|gen_random_uuid|uuidv7|uuid_generate_v\w+)\s*\(|\b(current|local)_?(timestamp|time|date)\b",
    re.IGNORECASE,
)
FUNCTIONS = sorted((ROOT / "sql" / "functions").glob("*.sql"))


async def found(connection: asyncpg.Connection, lint: str = LINT) -> list[tuple[str, ...]]:
    return [tuple(row) for row in await connection.fetch(lint)]


async def test_the_tables_of_a_book(schema: asyncpg.Connection) -> None:
    rows = await schema.fetch(f"{_SHARDED} SELECT name FROM sharded")
    assert {row[0] for row in rows} == SHARDED


async def test_nothing_stands_in_the_way_of_shards(schema: asyncpg.Connection) -> None:
    assert await found(schema) == []


async def test_the_book_comes_first_in_every_key(schema: asyncpg.Connection) -> None:
    keys = await found(schema, KEYS)
    assert {name for name, _, _ in keys} == SHARDED
    assert {key for _, key, column in keys if column != "book_id"} == set()


async def test_the_lint_finds_every_fault(fresh_database: str) -> None:
    connection = await asyncpg.connect(fresh_database)
    try:
        for rule, statement in BAD.items():
            await connection.execute(statement)
            faults = await found(connection)
            assert rule in {fault for fault, _, _ in faults}, faults
            assert {table for _, table, _ in faults} == {"bad"}
            await connection.execute("DROP TABLE bad")
        assert await found(connection) == []
    finally:
        await connection.close()


async def test_the_lint_looks_into_both_schemas(fresh_database: str) -> None:
    connection = await asyncpg.connect(fresh_database)
    try:
        await connection.execute("CREATE TABLE ledger.bad (book_id uuid NOT NULL)")
        await connection.execute("CREATE TABLE public.bad (book_id uuid NOT NULL)")
        faults = await found(connection)
        assert {table for _, table, _ in faults} == {"bad", "ledger.bad"}
    finally:
        await connection.close()


def test_every_rule_of_the_lint_is_tried() -> None:
    assert set(re.findall(r"SELECT '([a-z ]+)'", LINT)) == set(BAD)


@pytest.mark.parametrize("path", FUNCTIONS, ids=lambda path: path.name)
def test_a_function_does_the_same_on_every_server(path: object) -> None:
    """Ids and times are given by the caller, so that a call can be repeated elsewhere."""
    text = re.sub(r"--.*", "", (ROOT / "sql" / "functions" / str(path)).read_text())
    assert not UNSTABLE.findall(text), f"{path}: its result depends on when and where it runs"


def test_there_are_functions_to_look_at() -> None:
    assert {"ledger_record.sql", "settle.sql"} <= {path.name for path in FUNCTIONS}


@pytest.mark.parametrize(
    ("text", "unstable"),
    [
        ("SELECT now()", True),
        ("SELECT clock_timestamp ()", True),
        ("INSERT INTO t VALUES (gen_random_uuid())", True),
        ("ORDER BY random()", True),
        ("SELECT CURRENT_TIMESTAMP", True),
        ("SELECT current_date", True),
        ("SELECT _at, known.balance, unknown(1)", False),
        ("SELECT recorded_at, booked_on, date '2026-01-15'", False),
    ],
)
def test_what_is_unstable(text: str, unstable: bool) -> None:
    assert bool(UNSTABLE.search(text)) is unstable
