"""ledger.record: money that moves at once, all of a call or none of it."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.sql.books import (
    AT,
    BINDING,
    FIRST,
    JOURNAL,
    SECOND,
    THIRD,
    TODAY,
    Leg,
    account,
    allowances,
    chain,
    check_books,
    hold,
    open_account,
    record,
    refusal,
)

OTHER_BINDING = UUID(int=0xBB)


async def test_one_payment(schema: asyncpg.Connection) -> None:
    await open_account(schema, fen=1000)
    leg = Leg(amount=-300, purpose="settlement", binding=BINDING, year=2026)
    await record(schema, leg)
    assert await account(schema) == (700, 0, 2, 2)
    assert await chain(schema) == [(1, 1000, 1000), (2, -300, 700)]
    kept = await schema.fetchrow(
        "SELECT * FROM ledger.transfer WHERE transfer_id = $1", leg.transfer
    )
    assert kept is not None
    assert dict(kept) == {
        "book_id": FIRST,
        "transfer_id": leg.transfer,
        "journal_id": JOURNAL,
        "phase": "single",
        "purpose": "settlement",
        "binding_id": BINDING,
        "year": 2026,
        "contra": leg.contra,
        "amount_fen": -300,
        "hold_id": None,
        "expires_at": None,
        "booked_on": TODAY,
        "recorded_at": AT,
    }
    entry = await schema.fetchrow(
        "SELECT transfer_id, contra, booked_on FROM ledger.entry WHERE number = 2"
    )
    assert entry is not None
    assert tuple(entry) == (leg.transfer, leg.contra, TODAY)
    await check_books(schema)


async def test_several_legs_on_one_account_are_chained_in_their_order(
    schema: asyncpg.Connection,
) -> None:
    await open_account(schema, fen=500)
    await record(schema, *(Leg(amount=amount) for amount in (1000, -300, -1200, 50)))
    assert await chain(schema) == [
        (1, 500, 500),
        (2, 1000, 1500),
        (3, -300, 1200),
        (4, -1200, 0),
        (5, 50, 50),
    ]
    assert await account(schema) == (50, 0, 5, 2)
    await check_books(schema)


async def test_many_journals_in_one_call(schema: asyncpg.Connection) -> None:
    await open_account(schema, FIRST, 1000)
    await open_account(schema, SECOND, 2000)
    await open_account(schema, THIRD, 3000)
    other = UUID(int=0xEE)
    await record(
        schema,
        Leg(book=SECOND, amount=-200),
        Leg(book=FIRST, amount=-100),
        Leg(book=SECOND, amount=-20, journal=other),
        Leg(book=FIRST, amount=10, journal=other),
    )
    assert await chain(schema, FIRST) == [(1, 1000, 1000), (2, -100, 900), (3, 10, 910)]
    assert await chain(schema, SECOND) == [(1, 2000, 2000), (2, -200, 1800), (3, -20, 1780)]
    versions = [(await account(schema, book))[3] for book in (FIRST, SECOND, THIRD)]
    assert versions == [2, 2, 1], "an account that is not moved keeps its version"
    journals = await schema.fetch(
        "SELECT journal_id, count(*) FROM ledger.transfer WHERE contra <> 'credit'"
        " GROUP BY journal_id ORDER BY journal_id"
    )
    assert [tuple(row) for row in journals] == [(JOURNAL, 2), (other, 2)]
    await check_books(schema)


async def test_a_call_of_nothing_records_nothing(schema: asyncpg.Connection) -> None:
    await open_account(schema, fen=1)
    await record(schema, seen={FIRST: 1})
    assert await account(schema) == (1, 0, 1, 1)
    assert await refusal(schema, seen={FIRST: 0}) == "LG002"


@pytest.mark.parametrize(
    ("seen", "refused"),
    [
        pytest.param({FIRST: 1, SECOND: 1}, False, id="as-it-is"),
        pytest.param({FIRST: 1}, False, id="only-one-looked-at"),
        pytest.param({FIRST: 1, THIRD: None}, False, id="nobody-opened-it"),
        pytest.param({FIRST: 0}, True, id="older"),
        pytest.param({FIRST: 2}, True, id="newer"),
        pytest.param({FIRST: 1, SECOND: 0}, True, id="an-account-it-does-not-move"),
        pytest.param({FIRST: None}, True, id="it-appeared-meanwhile"),
        pytest.param({FIRST: 1, SECOND: None}, True, id="another-appeared-meanwhile"),
        pytest.param({FIRST: 1, THIRD: 0}, True, id="it-is-gone"),
    ],
)
async def test_a_decision_stands_only_on_what_it_saw(
    schema: asyncpg.Connection, seen: dict[UUID, int | None], refused: bool
) -> None:
    await open_account(schema, FIRST, 1000)
    await open_account(schema, SECOND, 1000)
    if refused:
        assert await refusal(schema, Leg(amount=-1), seen=seen) == "LG002"
    else:
        await record(schema, Leg(amount=-1), seen=seen)
        assert await account(schema) == (999, 0, 2, 2)


async def test_every_call_makes_the_versions_seen_before_it_old(
    schema: asyncpg.Connection,
) -> None:
    await open_account(schema, fen=1000)
    await record(schema, hold(-10), seen={FIRST: 1})
    assert await refusal(schema, Leg(amount=-1), seen={FIRST: 1}) == "LG002"
    await record(schema, Leg(amount=-1), seen={FIRST: 2})
    await check_books(schema)


async def test_an_overdraft_records_nothing_of_the_call(schema: asyncpg.Connection) -> None:
    await open_account(schema, FIRST, 1000)
    await open_account(schema, SECOND, 1000)
    legs = [
        Leg(amount=-400, binding=BINDING, year=2026),
        Leg(book=SECOND, amount=-1001),
        hold(-5, binding=BINDING, year=2026),
    ]
    assert await refusal(schema, *legs) == "account_never_overdrawn"
    await record(schema, Leg(book=SECOND, amount=-1000))
    await check_books(schema)


async def test_an_account_pays_before_it_is_credited_in_no_call(
    schema: asyncpg.Connection,
) -> None:
    await open_account(schema)
    assert await refusal(schema, Leg(amount=-1), Leg(amount=1)) == "entry_balance_not_negative"
    await record(schema, Leg(amount=1), Leg(amount=-1))
    assert await account(schema) == (0, 0, 2, 1)


async def test_a_replayed_transfer_is_refused(schema: asyncpg.Connection) -> None:
    await open_account(schema, FIRST, 1000)
    await open_account(schema, SECOND, 1000)
    leg = Leg(amount=-300)
    await record(schema, leg)
    assert await refusal(schema, leg) == "transfer_once"
    assert await refusal(schema, Leg(amount=-1), Leg(amount=5, transfer=leg.transfer)) == (
        "transfer_once"
    )
    twice = Leg(amount=-1)
    assert await refusal(schema, twice, twice) == "transfer_once"
    await record(schema, Leg(book=SECOND, amount=-1, transfer=leg.transfer))
    await check_books(schema)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        pytest.param({"book": THIRD}, "transfer_has_account", id="no-account"),
        pytest.param({"amount": 0}, "transfer_moves_something", id="nothing"),
        pytest.param({"phase": "later"}, "transfer_known_phase", id="unknown-phase"),
        pytest.param({"binding": BINDING}, "transfer_binding_with_year", id="without-year"),
        pytest.param({"year": 2026}, "transfer_binding_with_year", id="without-binding"),
        pytest.param({"expires": AT}, "transfer_hold_expires", id="only-holds-expire"),
    ],
)
async def test_a_leg_that_makes_no_sense(
    schema: asyncpg.Connection, changes: dict[str, Any], constraint: str
) -> None:
    await open_account(schema, fen=1000)
    leg = Leg(**({"amount": -1} | changes))
    assert await refusal(schema, Leg(amount=-2), leg) == constraint


async def test_what_a_binding_used_is_kept_by_year(schema: asyncpg.Connection) -> None:
    await open_account(schema, FIRST, 1000)
    await open_account(schema, SECOND, 1000)
    await record(
        schema,
        Leg(amount=-100, binding=BINDING, year=2026),
        Leg(amount=-10, binding=BINDING, year=2026),
        Leg(amount=-5, binding=BINDING, year=2025),
        Leg(amount=-7, binding=OTHER_BINDING, year=2026),
        Leg(amount=-300),
        Leg(book=SECOND, amount=-9, binding=BINDING, year=2026),
    )
    await record(schema, Leg(amount=-1, binding=BINDING, year=2026))
    assert await allowances(schema) == {
        (BINDING, 2026): (111, 0),
        (BINDING, 2025): (5, 0),
        (OTHER_BINDING, 2026): (7, 0),
    }
    assert await allowances(schema, SECOND) == {(BINDING, 2026): (9, 0)}
    await check_books(schema)


async def test_a_refund_gives_the_allowance_back_and_no_more(schema: asyncpg.Connection) -> None:
    await open_account(schema, fen=1000)
    await record(schema, Leg(amount=-100, binding=BINDING, year=2026))
    await record(schema, Leg(amount=60, binding=BINDING, year=2026))
    assert await allowances(schema) == {(BINDING, 2026): (40, 0)}
    more = Leg(amount=41, binding=BINDING, year=2026)
    assert await refusal(schema, more) == "allowance_used_not_negative"
    another_year = Leg(amount=1, binding=BINDING, year=2025)
    assert await refusal(schema, another_year) == "allowance_used_not_negative"
    await record(schema, Leg(amount=40, binding=BINDING, year=2026))
    assert await allowances(schema) == {(BINDING, 2026): (0, 0)}
    assert (await account(schema))[0] == 1000
    await check_books(schema)
