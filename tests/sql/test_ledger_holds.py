"""ledger.record: money that is held first, then posted or let go, once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.sql.books import (
    BINDING,
    EXPIRES,
    FIRST,
    SECOND,
    Leg,
    account,
    allowances,
    chain,
    check_books,
    hold,
    open_account,
    post,
    record,
    refusal,
    void,
)

USE: dict[str, Any] = {"binding": BINDING, "year": 2026}


async def test_a_hold_moves_nothing_yet(schema: asyncpg.Connection) -> None:
    await open_account(schema, fen=1000)
    await record(schema, hold(-400, **USE), hold(-100))
    assert await account(schema) == (1000, 500, 1, 2)
    assert await chain(schema) == [(1, 1000, 1000)]
    assert await allowances(schema) == {(BINDING, 2026): (0, 400)}
    await check_books(schema)


@pytest.mark.parametrize(
    ("resolve", "posted", "used"),
    [
        pytest.param(post, 600, 400, id="post-whole"),
        pytest.param(lambda held: post(held, -150), 850, 150, id="post-part"),
        pytest.param(void, 1000, 0, id="void"),
    ],
)
async def test_a_resolution_lets_go_of_the_whole_hold(
    schema: asyncpg.Connection, resolve: Callable[[Leg], Leg], posted: int, used: int
) -> None:
    await open_account(schema, fen=1000)
    held = hold(-400, **USE)
    await record(schema, held)
    await record(schema, resolve(held), seen={FIRST: 2})
    entries = 2 if used else 1
    assert await account(schema) == (posted, 0, entries, 3)
    assert await allowances(schema) == {(BINDING, 2026): (used, 0)}
    assert await chain(schema) == [(1, 1000, 1000), (2, -used, posted)][:entries]
    assert await schema.fetch("SELECT * FROM ledger.open_hold") == []
    await check_books(schema)


async def test_holds_are_resolved_one_by_one_and_together(schema: asyncpg.Connection) -> None:
    await open_account(schema, FIRST, 1000)
    await open_account(schema, SECOND, 1000)
    kept, posted, voided = hold(-1, **USE), hold(-20, **USE), hold(-300)
    elsewhere = hold(-4000 // 10, book=SECOND)
    await record(schema, kept, posted, voided, elsewhere)
    await record(schema, Leg(amount=-5), void(voided), post(posted, -15), post(elsewhere))
    assert await account(schema) == (980, 1, 3, 3)
    assert await chain(schema) == [(1, 1000, 1000), (2, -5, 995), (3, -15, 980)]
    assert await account(schema, SECOND) == (600, 0, 2, 3)
    assert await allowances(schema) == {(BINDING, 2026): (15, 1)}
    await check_books(schema)


async def test_held_money_is_not_spent_otherwise(schema: asyncpg.Connection) -> None:
    await open_account(schema, fen=1000)
    assert await refusal(schema, hold(-1001)) == "account_never_overdrawn"
    held = hold(-700)
    await record(schema, held)
    assert await refusal(schema, Leg(amount=-301)) == "account_never_overdrawn"
    assert await refusal(schema, hold(-301)) == "account_never_overdrawn"
    await record(schema, Leg(amount=-300), post(held))
    assert await account(schema) == (0, 0, 3, 3)
    await check_books(schema)


@pytest.mark.parametrize("second", [post, void])
@pytest.mark.parametrize("first", [post, void])
async def test_a_hold_is_resolved_once(
    schema: asyncpg.Connection, first: Callable[[Leg], Leg], second: Callable[[Leg], Leg]
) -> None:
    await open_account(schema, fen=1000)
    held = hold(-400)
    await record(schema, held)
    assert await refusal(schema, first(held), second(held)) == "transfer_hold_resolves_once"
    await record(schema, first(held))
    assert await refusal(schema, second(held)) == "transfer_hold_resolves_once"
    await check_books(schema)


@pytest.mark.parametrize("resolve", [post, void])
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"hold": UUID(int=99)}, id="an-unknown-hold"),
        pytest.param({"book": SECOND}, id="another-book"),
        pytest.param({"contra": "institution:other"}, id="another-payee"),
        pytest.param({"binding": UUID(int=99)}, id="another-binding"),
        pytest.param({"binding": None, "year": None}, id="no-binding"),
        pytest.param({"year": 2025}, id="another-year"),
        pytest.param({"amount": -401}, id="more-than-held"),
    ],
)
async def test_a_resolution_that_does_not_match(
    schema: asyncpg.Connection, resolve: Callable[..., Leg], changes: dict[str, Any]
) -> None:
    await open_account(schema, FIRST, 1000)
    await open_account(schema, SECOND, 1000)
    held = hold(-400, **USE)
    await record(schema, held)
    assert await refusal(schema, Leg(amount=-1), resolve(held, **changes)) == "LG001"


async def test_what_is_not_an_earlier_hold_is_not_resolved(schema: asyncpg.Connection) -> None:
    await open_account(schema, fen=1000)
    paid, held = Leg(amount=-400), hold(-100)
    posted = post(held)
    await record(schema, paid, held)
    await record(schema, posted)
    assert await refusal(schema, post(paid)) == "LG001"
    assert await refusal(schema, post(posted)) == "LG001"
    fresh = hold(-1)
    assert await refusal(schema, fresh, post(fresh)) == "LG001"


async def test_a_hold_is_let_go_as_a_whole_or_not(schema: asyncpg.Connection) -> None:
    await open_account(schema, fen=1000)
    held = hold(-400)
    await record(schema, held)
    assert await refusal(schema, void(held, -399)) == "LG001"
    assert await account(schema) == (1000, 400, 1, 2)


@pytest.mark.parametrize(
    ("leg", "constraint"),
    [
        pytest.param(Leg(amount=-1, phase="post"), "transfer_resolves_a_hold", id="post"),
        pytest.param(Leg(amount=-1, phase="void"), "transfer_resolves_a_hold", id="void"),
        pytest.param(Leg(amount=-1, phase="hold"), "transfer_hold_expires", id="without-end"),
        pytest.param(hold(1), "transfer_holds_pay_out", id="a-hold-pays-out"),
    ],
)
async def test_a_hold_that_makes_no_sense(
    schema: asyncpg.Connection, leg: Leg, constraint: str
) -> None:
    await open_account(schema, fen=1000)
    assert await refusal(schema, leg) == constraint


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        pytest.param({"phase": "single"}, "transfer_resolves_a_hold", id="single"),
        pytest.param({"amount": 1}, "transfer_holds_pay_out", id="paid-in"),
        pytest.param({"amount": 0}, "transfer_holds_pay_out", id="nothing"),
        pytest.param({"expires": EXPIRES}, "transfer_hold_expires", id="expires-again"),
    ],
)
async def test_a_posting_that_makes_no_sense(
    schema: asyncpg.Connection, changes: dict[str, Any], constraint: str
) -> None:
    await open_account(schema, fen=1000)
    held = hold(-400)
    await record(schema, held)
    values: dict[str, Any] = {"amount": -400, "phase": "post", "hold": held.transfer} | changes
    assert await refusal(schema, Leg(**values)) == constraint
