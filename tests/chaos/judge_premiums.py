"""The judge of premiums: our orders against what the phones were told and the bureau's book."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from service.domain.premium_reason import PATIENT
from tests.chaos.judge_premium_money import faults_of_premium_money
from tests.chaos.payers import DUE_FEN, Payers
from tests.chaos.premium_record import PremiumRecord

TERMINAL = {"credited", "declined", "skipped", "refunded"}
CLAIMING = {"held", "paid", "credited", "refunding"}
PAID = {"paid", "credited", "refunding"}
TOLD = {
    "credited": "premium_credited",
    "refunded": "premium_refunded",
    "declined": "premium_declined",
    "skipped": "premium_declined",
}
"""What the payer is told of an order's end."""
UNTOLD = {"already_paid", "nothing_to_pay", "plan_ended", "binding_ended"}
"""Reasons to skip an order that nobody is told of: it was not needed, or they said so."""
ACCOUNTS = """
SELECT b.id, b.state, coalesce(a.posted_fen - a.held_fen, 0) AS available_fen,
       (SELECT coalesce(sum(used_fen), 0) FROM ledger.allowance w
         WHERE w.binding_id = b.id) AS used_fen
  FROM binding b LEFT JOIN ledger.account a ON a.book_id = b.donor_id
"""
PLANS = """
SELECT p.plan_id, p.ended_at IS NOT NULL AS over, b.state = 'ended' AS shut
  FROM premium_plan p JOIN binding b ON b.id = p.binding_id
"""
FORGOTTEN = """
SELECT p.plan_id FROM premium_plan p WHERE p.ended_at IS NULL AND NOT EXISTS (
    SELECT FROM premium o WHERE o.book_id = p.book_id AND o.plan_id = p.plan_id)
"""

Row = asyncpg.Record
Line = Mapping[str, Any]


class PremiumBooks(Struct, frozen=True, kw_only=True):
    """Rows of both sides; their orders by our id."""

    orders: Mapping[UUID, Row]
    refunds: Mapping[UUID, list[Row]]
    theirs: Mapping[UUID, Line]


async def judge_premiums(
    connection: asyncpg.Connection,
    record: PremiumRecord,
    payers: Payers,
    *,
    book: dict[str, Any],
    elsewhere: str,
) -> list[str]:
    """Empty when nothing was paid twice, nothing forgotten, and both books say the same.
    `elsewhere`: the ID number of who has paid without us."""
    books = await _read(connection, book)
    return [
        *_acknowledged(books, record),
        *_asked_back(books, record),
        *_at_rest(books, await connection.fetch(ACCOUNTS), payers),
        *_both_say(books),
        *_refunds(books),
        *_once(books, payers, elsewhere=elsewhere),
        *_plans(books, record, await connection.fetch(PLANS)),
        *_shut(books, record),
        *await _forgotten(connection, books),
        *await faults_of_premium_money(connection, books.orders, books.refunds, book),
    ]


async def _read(connection: asyncpg.Connection, book: dict[str, Any]) -> PremiumBooks:
    refunds = defaultdict(list)
    for row in await connection.fetch("SELECT * FROM premium_refund"):
        refunds[row["premium_id"]].append(row)
    return PremiumBooks(
        orders={r["premium_id"]: r for r in await connection.fetch("SELECT * FROM premium")},
        refunds=refunds,
        theirs={UUID(hex=line["order_no"]): line for line in book["orders"]},
    )


def _acknowledged(books: PremiumBooks, record: PremiumRecord) -> Iterable[str]:
    """Orders that no plan made are exactly those that phones were told of, as they were told."""
    ours = {id for id, row in books.orders.items() if row["plan_id"] is None}
    for id in record.orders.keys() - ours:
        yield f"premium {id} was acknowledged and is not in the books"
    for id in ours - record.orders.keys():
        yield f"premium {id} is in the books and nobody was told"
    for id in ours & record.orders.keys():
        row, said = books.orders[id], record.orders[id]
        parties = row["book_id"], row["insured_id"], row["binding_id"]
        asked = said.bound.donor_id, said.bound.patient_id, said.bound.id
        due = row["year"], row["area"], row["amount_fen"]
        if parties != asked or due != (said.year, said.area, said.amount_fen):
            yield f"premium {id} is another than was told"


def _asked_back(books: PremiumBooks, record: PremiumRecord) -> Iterable[str]:
    """As many refunds as were granted, each asked for by a message of its own."""
    for id in books.refunds.keys() | record.refunds.keys():
        ours, granted = len(books.refunds.get(id, ())), len(record.refunds.get(id, ()))
        if ours != granted:
            yield f"{granted} refunds of {id} were granted, {ours} are in the books"


def _at_rest(books: PremiumBooks, accounts: list[Row], payers: Payers) -> Iterable[str]:
    """Every order is at its end; or it is planned, and waits for what is truly missing."""
    bindings = {row["id"]: row for row in accounts}
    limits = {bound.id: bound for bound in payers.bindings}
    taken = {_whose(row) for row in books.orders.values() if row["state"] in CLAIMING}
    for id, row in books.orders.items():
        if row["aside"]:
            yield f"premium {id} ({row['state']}) was set aside: {row['aside']}"
        elif row["state"] == "planned":
            bound, side = limits[row["binding_id"]], bindings[row["binding_id"]]
            rooms = [side["available_fen"]]
            rooms += [fen for fen in (bound.use_limit_fen,) if fen is not None]
            for limit in (bound.year_limit_fen, bound.total_limit_fen):
                rooms += [] if limit is None else [limit - side["used_fen"]]
            short = row["reason"] in PATIENT and min(rooms) < DUE_FEN
            waits = short or (row["reason"] == "taken_care_of" and _whose(row) in taken)
            if not waits:
                yield f"premium {id} was forgotten: planned, {row['reason']}, {side['state']}"
        elif row["state"] not in TERMINAL:
            yield f"premium {id} has not come to its end: {row['state']}, {row['tries']} tries"


def _whose(row: Row) -> tuple[UUID, int, str]:
    """Paid once: a person, a year, an area."""
    return row["insured_id"], row["year"], row["area"]


def _both_say(books: PremiumBooks) -> Iterable[str]:
    """Order by order: paid, refunded or declined on both sides, or on neither."""
    for id in books.theirs.keys() - books.orders.keys():
        yield f"the bureau has {id}, which is no order of ours"
    for id, row in books.orders.items():
        line, state = books.theirs.get(id), row["state"]
        theirs = "unknown" if line is None else line["state"]
        right = {theirs} & _may_be(state)
        if not right:
            yield f"premium {id} is {state} with us and {theirs} with the bureau"
        if line is None or row["amount_fen"] is None:
            continue
        if line["amount_fen"] != row["amount_fen"] or line["year"] != row["year"]:
            yield f"premium {id} has another amount or year at the bureau"
        if (row["receipt_number"] or "") != line["receipt_no"]:
            yield f"premium {id} has the receipt {row['receipt_number']}, not {line['receipt_no']}"


def _may_be(state: str) -> set[str]:
    """What the bureau may say of an order that is so with us."""
    if state in PAID:
        return {"paid"}
    return {"refunded": {"refunded"}, "declined": {"declined"}}.get(state, {"unknown"})


def _refunds(books: PremiumBooks) -> Iterable[str]:
    """Refund by refund; and a premium is given back once, when it says so."""
    theirs = {
        UUID(hex=refund["refund_no"]): refund
        for line in books.theirs.values()
        for refund in line["refunds"]
    }
    ours = {row["refund_id"]: row for rows in books.refunds.values() for row in rows}
    for id in ours.keys() ^ theirs.keys():
        yield f"the refund {id} is in one book only"
    for id in ours.keys() & theirs.keys():
        if ours[id]["state"] != theirs[id]["state"]:
            yield f"the refund {id} is {ours[id]['state']}, the bureau says {theirs[id]['state']}"
    for id, row in books.orders.items():
        states = Counter(refund["state"] for refund in books.refunds.get(id, ()))
        if states["refunded"] != (row["state"] == "refunded") or states["asked"]:
            yield f"premium {id} is {row['state']} with refunds {dict(states)}"


def _once(books: PremiumBooks, payers: Payers, *, elsewhere: str) -> Iterable[str]:
    """Net of refunds a person, year and area is paid once, in their book too; and our claims never
    let a second order through to the bureau."""
    ours: Counter[tuple[UUID, int, str]] = Counter()
    theirs: Counter[tuple[UUID, int, str]] = Counter()
    for id, row in books.orders.items():
        key = row["insured_id"], row["year"], row["area"]
        line = books.theirs.get(id)
        ours[key] += row["state"] in PAID
        theirs[key] += line is not None and line["state"] == "paid"
        person = payers.relatives[row["insured_id"]].id_number
        if line is not None and line["reason"] == "already_paid" and person != elsewhere:
            yield f"premium {id} reached the bureau while another one was paid"
    for key in ours.keys() | theirs.keys():
        if ours[key] > 1 or theirs[key] > 1:
            yield f"{key} is paid {ours[key]} times with us, {theirs[key]} at the bureau"


def _plans(books: PremiumBooks, record: PremiumRecord, plans: list[Row]) -> Iterable[str]:
    """A plan that was acknowledged is there; after its end was told nothing is held for it."""
    for id in record.plans.keys() ^ {row["plan_id"] for row in plans}:
        yield f"the plan {id} is in the books or was told, and not both"
    for row in plans:  # its payer ended it, or it went with its binding
        if row["over"] != (row["plan_id"] in record.ended or row["shut"]):
            yield f"the end of the plan {row['plan_id']} is in the books or was told, and not both"
    for row in books.orders.values():
        ended_at = record.ended.get(row["plan_id"])
        if ended_at and row["held_at"] and row["held_at"] > ended_at:
            yield f"premium {row['premium_id']} was held after its plan was ended: {row['state']}"


def _shut(books: PremiumBooks, record: PremiumRecord) -> Iterable[str]:
    """After a pause or an end was answered, nothing is held on the binding."""
    for row in books.orders.values():
        for shut in record.shut:
            if shut.binding_id != row["binding_id"] or row["held_at"] is None:
                continue
            if shut.since <= row["held_at"] and (shut.until is None or row["held_at"] < shut.until):
                yield f"premium {row['premium_id']} was held on a binding shut at {shut.since}"


async def _forgotten(connection: asyncpg.Connection, books: PremiumBooks) -> list[str]:
    """Plans without an order, claims without one and the reverse, ends nobody was told of."""
    found = [f"the plan {row[0]} was forgotten" for row in await connection.fetch(FORGOTTEN)]
    claims = {
        row["claimed_id"]: (row["insured_id"], row["year"], row["area"])
        for row in await connection.fetch("SELECT * FROM premium_claim")
    }
    right = {id: _whose(row) for id, row in books.orders.items() if row["state"] in CLAIMING}
    for id in {id for id, _ in claims.items() ^ right.items()}:
        found.append(f"the claim of {id} is not as its order: {claims.get(id)}")
    messages = await connection.fetch("SELECT event_id, person_id, kind FROM message")
    told = {tuple(row) for row in messages}
    for id, row in books.orders.items():
        kind = TOLD.get(row["state"])
        if row["state"] == "skipped" and row["reason"] in UNTOLD:
            kind = None
        elif row["state"] == "declined" and row["reason"] == "already_paid":
            kind = "premium_not_needed"
        if kind and (id, row["book_id"], kind) not in told:
            found.append(f"the payer of {id} was not told that it is {row['state']}")
    for row in await connection.fetch("SELECT * FROM difference WHERE source = 'tax'"):
        found.append(f"the bureau contradicted itself about {row['message_id']}")
    return found
