"""settle(): claims, settlements, events and money in one call, all of it or nothing."""

import asyncio
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
    TODAY,
    Leg,
    account,
    allowances,
    check_books,
    open_account,
    record,
)
from tests.sql.settling import (
    OTHER_PATIENT,
    OTHER_PLACE,
    PATIENT,
    PLACE,
    TABLES,
    Benefits,
    Settled,
    benefit,
    refusal,
    rows,
    settle,
)

GIVEN: dict[str, Any] = {"fund": 240, "cash": 760, "eligible": 600, "estimated": 240}


async def test_one_settlement(schema: asyncpg.Connection) -> None:
    await open_account(schema, PATIENT, 300)
    await open_account(schema, FIRST, 1000)
    legs = [Leg(book=PATIENT, amount=-300), Leg(amount=-400, binding=BINDING)]
    await settle(
        schema,
        Settled(number=1, own=300, aid=400, cash=300),
        legs=legs,
        seen={PATIENT: 1, FIRST: 1},
    )
    kept = await schema.fetchrow("SELECT * FROM settlement")
    assert kept is not None
    assert dict(kept) == {
        "book_id": PATIENT,
        "settlement_id": UUID(int=0x501),
        "institution_code": PLACE,
        "message_id": "message-1",
        "service": "outpatient",
        "total_fen": 1000,
        "fund_fen": 0,
        "own_fen": 300,
        "aid_fen": 400,
        "cash_fen": 300,
        "eligible_fen": 0,
        "pooled_fen": 0,
        "plan": b"plan",
        "settled_on": TODAY,
        "settled_at": AT,
    }
    assert await account(schema, PATIENT) == (0, 0, 2, 2)
    assert await account(schema) == (600, 0, 2, 2)
    assert await allowances(schema) == {(BINDING, 2026): (400, 0)}
    moved = await schema.fetch(
        "SELECT phase, purpose, journal_id, year FROM ledger.transfer WHERE contra <> 'credit'"
        " ORDER BY year"
    )
    common = ("single", "settlement", JOURNAL)
    assert [tuple(row) for row in moved] == [(*common, 2026), (*common, None)]
    assert await benefit(schema) == []
    await check_books(schema)


async def test_a_settlement_is_claimed_and_told(schema: asyncpg.Connection) -> None:
    await settle(schema, Settled(number=1))
    it = UUID(int=0x501)
    claim = await schema.fetchrow("SELECT * FROM counter_claim")
    assert claim is not None
    assert tuple(claim) == (PLACE, "message-1", "settlement", b"fingerprint", PATIENT, it)
    code = await schema.fetchrow("SELECT * FROM code_claim")
    assert code is not None
    assert tuple(code) == (b"\x01", PATIENT, it)
    event = await schema.fetchrow("SELECT * FROM counter_event")
    assert event is not None
    assert tuple(event) == (PATIENT, it, it, "settled", AT)


async def test_many_settlements_in_one_call(schema: asyncpg.Connection) -> None:
    await open_account(schema, FIRST, 1000)
    await open_account(schema, SECOND, 1000)
    legs = [Leg(book=book, amount=-100) for book in (SECOND, FIRST, SECOND)]
    aided = [Settled(number=n, aid=100, cash=900) for n in (1, 2)]
    third = Settled(number=3, book=OTHER_PATIENT, aid=100, cash=900)
    await settle(schema, *aided, third, Settled(number=4), legs=legs)
    ids = await schema.fetch("SELECT book_id, settlement_id FROM settlement ORDER BY 2")
    assert [tuple(row) for row in ids] == [
        (PATIENT, UUID(int=0x501)),
        (PATIENT, UUID(int=0x502)),
        (OTHER_PATIENT, UUID(int=0x503)),
        (PATIENT, UUID(int=0x504)),
    ]
    found = await rows(schema)
    assert [len(found[table]) for table in TABLES] == [4, 4, 4, 4, 0]
    balances = [(await account(schema, book))[0] for book in (FIRST, SECOND)]
    assert balances == [900, 800]
    await check_books(schema)


@pytest.mark.parametrize(
    ("second", "constraint"),
    [
        pytest.param(
            Settled(number=2, message="message-1"), "counter_claim_message_once", id="message"
        ),
        pytest.param(Settled(number=2, code=b"\x01"), "code_claim_code_once", id="code"),
        pytest.param(
            Settled(number=2, code=b"\x01", institution=OTHER_PLACE, book=OTHER_PATIENT),
            "code_claim_code_once",
            id="code-elsewhere",
        ),
        pytest.param(
            Settled(number=1, message="message-2", code=b"\x02"), "settlement_once", id="id"
        ),
    ],
)
async def test_twice_is_refused(
    schema: asyncpg.Connection, second: Settled, constraint: str
) -> None:
    first, innocent = Settled(number=1), Settled(number=3)
    assert await refusal(schema, first, innocent, second) == constraint, "in one call"
    await settle(schema, first)
    assert await refusal(schema, innocent, second) == constraint, "in the next"
    await settle(schema, innocent)


async def test_another_institution_may_use_the_same_message_number(
    schema: asyncpg.Connection,
) -> None:
    await settle(schema, Settled(number=1))
    await settle(schema, Settled(number=2, message="message-1", institution=OTHER_PLACE))
    assert len((await rows(schema))["settlement"]) == 2


@pytest.mark.parametrize(
    ("bad", "leg", "refused_by"),
    [
        pytest.param({"cash": 1001}, -1, "settlement_adds_up", id="does-not-add-up"),
        pytest.param({"cash": 1001, "own": -1}, -1, "settlement_parts_not_negative", id="below"),
        pytest.param({}, -1001, "account_never_overdrawn", id="overdraft"),
        pytest.param({"estimated": 1}, -1, "settlement_parts_not_negative", id="estimate"),
    ],
)
async def test_one_bad_settlement_undoes_the_call(
    schema: asyncpg.Connection, bad: dict[str, Any], leg: int, refused_by: str
) -> None:
    await open_account(schema, FIRST, 1000)
    calls = [Settled(number=1), Settled(number=2, **bad), Settled(number=3)]
    values = {"legs": [Leg(amount=leg)], "benefits": {PATIENT: None}}
    assert await refusal(schema, *calls, **values) == refused_by
    assert await refusal(schema, *reversed(calls), **values) == refused_by


@pytest.mark.parametrize("seen", [{FIRST: 0}, {FIRST: None}, {FIRST: 1, SECOND: 1}])
async def test_a_stale_account_undoes_the_call(
    schema: asyncpg.Connection, seen: dict[UUID, int | None]
) -> None:
    await open_account(schema, FIRST, 1000)
    calls = {"legs": [Leg(amount=-1)], "seen": seen}
    assert await refusal(schema, Settled(number=1), **calls) == "LG002"


async def test_the_yearly_benefit_grows(schema: asyncpg.Connection) -> None:
    await settle(schema, Settled(number=1, **GIVEN), benefits={PATIENT: None})
    assert await benefit(schema) == [(2026, 600, 240)]
    both = [Settled(number=n, **GIVEN) for n in (2, 3)]
    other = Settled(number=4, book=OTHER_PATIENT, eligible=100)
    unestimated = Settled(number=5, book=SECOND, fund=10, cash=990)
    await settle(
        schema,
        *both,
        other,
        unestimated,
        benefits={OTHER_PATIENT: None, PATIENT: (600, 240)},
    )
    assert await benefit(schema) == [(2026, 1800, 720)]
    assert await benefit(schema, OTHER_PATIENT) == [(2026, 100, 0)]
    assert await benefit(schema, SECOND) == []


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param({PATIENT: None}, id="it-appeared-meanwhile"),
        pytest.param({PATIENT: (599, 240)}, id="eligible"),
        pytest.param({PATIENT: (600, 239)}, id="fund"),
        pytest.param({OTHER_PATIENT: None, PATIENT: None}, id="one-of-two"),
    ],
)
async def test_a_stale_benefit_undoes_the_call(schema: asyncpg.Connection, seen: Benefits) -> None:
    await settle(schema, Settled(number=1, **GIVEN), benefits={PATIENT: None})
    calls = [Settled(number=2, **GIVEN), Settled(number=3, book=OTHER_PATIENT)]
    assert await refusal(schema, *calls, benefits=seen) == "LG002"


async def test_a_benefit_that_is_gone_undoes_the_call(schema: asyncpg.Connection) -> None:
    """What was seen of last year does not hold for a year that has no row yet."""
    assert await refusal(schema, Settled(number=1), benefits={PATIENT: (600, 240)}) == "LG002"


async def test_a_transfer_that_was_recorded_undoes_the_call(schema: asyncpg.Connection) -> None:
    await open_account(schema, FIRST, 1000)
    leg = Leg(amount=-1)
    await record(schema, leg)
    assert await refusal(schema, Settled(number=1), legs=[leg]) == "transfer_once"


async def test_one_of_two_at_once_has_the_facts(own_database: str) -> None:
    """Both saw the same benefit and the same balance."""
    connections = [await asyncpg.connect(own_database) for _ in range(2)]
    try:
        await open_account(connections[0], FIRST, 1000)
        outcomes = await asyncio.gather(
            *(
                settle(
                    it,
                    Settled(number=number, **GIVEN),
                    legs=[Leg(amount=-1)],
                    seen={FIRST: 1},
                    benefits={PATIENT: None},
                )
                for number, it in enumerate(connections, 1)
            ),
            return_exceptions=True,
        )
        refused = [it for it in outcomes if isinstance(it, asyncpg.PostgresError)]
        assert [it.sqlstate for it in refused] == ["LG002"]
        assert outcomes.count(None) == 1
        assert await benefit(connections[0]) == [(2026, 600, 240)]
        await check_books(connections[0])
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))
