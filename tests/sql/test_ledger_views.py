"""The views of the ledger: both sides, balances, open holds, and every fault by its name."""

from uuid import UUID

import asyncpg
import pytest

from tests.sql.books import (
    BINDING,
    FIRST,
    SECOND,
    Leg,
    check_books,
    hold,
    open_account,
    post,
    record,
    void,
)

PAID, OPEN, SETTLED, POSTED, FREE = (UUID(int=n) for n in range(0x10, 0x15))
OTHER_BINDING = UUID(int=0xBB)


async def keep_books(connection: asyncpg.Connection) -> None:
    """Credits of 1000 and 50; in the first book -300 and a posting of -150, both for a binding,
    a hold of -200 for it and one of -7 for nobody."""
    await open_account(connection, FIRST, 1000)
    await open_account(connection, SECOND, 50)
    settled = hold(-160, transfer=SETTLED, binding=BINDING, year=2026)
    await record(
        connection,
        Leg(amount=-300, transfer=PAID, binding=BINDING, year=2026),
        hold(-200, transfer=OPEN, binding=BINDING, year=2026),
        hold(-7, transfer=FREE),
        settled,
    )
    await record(connection, post(settled, -150, transfer=POSTED))
    await check_books(connection)


async def faults(connection: asyncpg.Connection) -> set[tuple[str, UUID, UUID]]:
    return {tuple(row) for row in await connection.fetch("SELECT * FROM ledger.discrepancy")}


async def corrupt(connection: asyncpg.Connection, statement: str) -> None:
    """A replica checks no foreign keys; what a CHECK forbids is not tried here."""
    await connection.execute("SET LOCAL session_replication_role = replica")
    tag = await connection.execute(statement)
    assert not tag.endswith(" 0"), f"nothing was corrupted: {statement}"


async def test_both_sides_of_a_movement(schema: asyncpg.Connection) -> None:
    await keep_books(schema)
    rows = await schema.fetch("SELECT code, amount_fen FROM ledger.leg WHERE book_id = $1", FIRST)
    mine, payee = f"account:{FIRST}", Leg(amount=-1).contra
    assert sorted(map(tuple, rows)) == sorted(
        [
            (mine, 1000),
            ("credit", -1000),
            (mine, -300),
            (payee, 300),
            (mine, -150),
            (payee, 150),
        ]
    )
    each = await schema.fetch("SELECT sum(amount_fen) FROM ledger.leg GROUP BY transfer_id")
    assert {row[0] for row in each} == {0}


async def test_balances_of_both_sides(schema: asyncpg.Connection) -> None:
    await keep_books(schema)
    rows = await schema.fetch("SELECT code, balance_fen FROM ledger.balance")
    assert {row[0]: row[1] for row in rows} == {
        f"account:{FIRST}": 550,
        f"account:{SECOND}": 50,
        Leg(amount=-1).contra: 450,
        "credit": -1050,
    }


async def test_a_hold_is_open_until_it_is_resolved(schema: asyncpg.Connection) -> None:
    await keep_books(schema)
    opened = "SELECT transfer_id FROM ledger.open_hold ORDER BY transfer_id"
    assert [row[0] for row in await schema.fetch(opened)] == [OPEN, FREE]
    await record(schema, void(hold(-7, transfer=FREE)))
    assert [row[0] for row in await schema.fetch(opened)] == [OPEN]


BALANCE, CHAIN = "balance differs from entries", "chain of entries broken"
TRANSFER, HELD = "transfer and entry differ", "held differs from open holds"
USED, ALLOWANCE_HELD = "allowance differs from transfers", "allowance held differs from open holds"
ENTRY = f"WHERE book_id = '{FIRST}' AND transfer_id = "
MINE = f"WHERE book_id = '{FIRST}'"
CORRUPTIONS = {
    "a balance": (f"UPDATE ledger.account SET posted_fen = 551 {MINE}", BALANCE, FIRST),
    "a count": (f"UPDATE ledger.account SET entry_count = 4 {MINE}", BALANCE, FIRST),
    "a balance of nothing": (
        "INSERT INTO ledger.account (book_id, posted_fen, opened_at)"
        f" VALUES ('{OTHER_BINDING}', 1, now())",
        BALANCE,
        OTHER_BINDING,
    ),
    "a link": (
        f"UPDATE ledger.entry SET balance_fen = 551 {ENTRY} '{POSTED}'",
        CHAIN,
        POSTED,
    ),
    "a first link": (
        f"UPDATE ledger.entry SET number = 0 {MINE} AND number = 1",
        CHAIN,
        None,
    ),
    "an amount": (
        f"UPDATE ledger.transfer SET amount_fen = 999 {MINE} AND contra = 'credit'",
        TRANSFER,
        None,
    ),
    "a payee": (f"UPDATE ledger.transfer SET contra = 'x' {ENTRY} '{PAID}'", TRANSFER, PAID),
    "a payee of an entry": (
        f"UPDATE ledger.entry SET contra = 'x' {ENTRY} '{POSTED}'",
        TRANSFER,
        POSTED,
    ),
    "a day": (f"UPDATE ledger.entry SET booked_on = '2026-01-14' {ENTRY} '{PAID}'", TRANSFER, PAID),
    "a transfer that is gone": (
        f"DELETE FROM ledger.transfer {MINE} AND contra = 'credit'",
        TRANSFER,
        None,
    ),
    "held money": (f"UPDATE ledger.account SET held_fen = 206 {MINE}", HELD, FIRST),
    "a hold that is gone": (f"DELETE FROM ledger.transfer {ENTRY} '{FREE}'", HELD, FIRST),
    "a used allowance": ("UPDATE ledger.allowance SET used_fen = 449", USED, BINDING),
    "an allowance that is gone": ("DELETE FROM ledger.allowance", USED, BINDING),
    "an allowance of nothing": (
        f"INSERT INTO ledger.allowance VALUES ('{FIRST}', '{OTHER_BINDING}', 2026, 0, 0)",
        USED,
        OTHER_BINDING,
    ),
    "a held allowance": ("UPDATE ledger.allowance SET held_fen = 0", ALLOWANCE_HELD, BINDING),
}


@pytest.mark.parametrize("what", CORRUPTIONS)
async def test_a_fault_is_found_and_named(what: str, schema: asyncpg.Connection) -> None:
    statement, fault, subject = CORRUPTIONS[what]
    await keep_books(schema)
    await corrupt(schema, statement)
    found = await faults(schema)
    assert {name for name, _, _ in found} == {fault}
    if subject:
        assert {it for _, _, it in found} == {subject}
    books = {book for _, book, _ in found}
    assert books == ({subject} if what == "a balance of nothing" else {FIRST})


def test_every_fault_is_tried() -> None:
    assert {fault for _, fault, _ in CORRUPTIONS.values()} == {
        BALANCE,
        CHAIN,
        TRANSFER,
        HELD,
        USED,
        ALLOWANCE_HELD,
    }


async def test_the_view_knows_no_other_fault(schema: asyncpg.Connection) -> None:
    text = await schema.fetchval("SELECT pg_get_viewdef('ledger.discrepancy'::regclass)")
    known = {fault for _, fault, _ in CORRUPTIONS.values()}
    assert text.count("UNION ALL") == len(known) - 1
    assert all(f"'{fault}'" in text for fault in known)


async def test_an_account_that_is_gone_is_noticed(schema: asyncpg.Connection) -> None:
    """Its entries and open holds are still there."""
    await keep_books(schema)
    await corrupt(schema, f"DELETE FROM ledger.account {MINE}")
    assert await faults(schema), "the books of a holder without an account are not right"
