"""The judge: what the books hold against what the tills were told. Every fault is a sentence."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from service.domain.receipt import Receipt, RefundReceipt
from service.domain.settlement import Line
from service.family_codes import code_digest
from tests.chaos.judge_money import faults_of_money
from tests.chaos.population import Population
from tests.chaos.record import Amounts, Record, Told

SETTLEMENTS = "SELECT *, plan AS receipt FROM settlement"
REFUNDS = "SELECT *, plan AS receipt FROM refund"
LEGS = "SELECT * FROM ledger.transfer WHERE purpose NOT IN ('credit', 'premium', 'premium_refund')"
TOLD = (
    "SELECT event_id, array_agg(person_id) AS readers FROM message"
    " WHERE kind IN ('money_used', 'money_returned') GROUP BY 1"
)


class Books(Struct, frozen=True, kw_only=True):
    """The rows that are compared, read at one instant."""

    settlements: Mapping[UUID, asyncpg.Record]
    refunds: Mapping[UUID, asyncpg.Record]
    legs: Mapping[UUID, list[asyncpg.Record]]


async def judge(connection: asyncpg.Connection, record: Record, people: Population) -> list[str]:
    """Empty when the books are right and every till was told the truth."""
    books = await _read(connection)
    return [
        *record.complaints,
        *_rows(books.settlements, record.settlements, "settlement"),
        *_rows(books.refunds, record.refunds, "refund"),
        *_moved(books),
        *_returned(books),
        *await _claimed(connection, books, record),
        *await _events(connection, books),
        *_limits_per_use(books, people),
        *_shut(books, record),
        *await faults_of_money(connection, people),
    ]


async def _read(connection: asyncpg.Connection) -> Books:
    legs = defaultdict(list)
    for leg in await connection.fetch(LEGS):
        legs[leg["journal_id"]].append(leg)
    return Books(
        settlements={row["settlement_id"]: row for row in await connection.fetch(SETTLEMENTS)},
        refunds={row["refund_id"]: row for row in await connection.fetch(REFUNDS)},
        legs=legs,
    )


def _rows(
    rows: Mapping[UUID, asyncpg.Record], told: Mapping[UUID, Told], kind: str
) -> Iterable[str]:
    """Exactly those that were acknowledged, with exactly these amounts and lines."""
    for id in told.keys() - rows.keys():
        yield f"{kind} {id} was acknowledged and is not in the books"
    for id in rows.keys() - told.keys():
        yield f"{kind} {id} is in the books and nobody was told"
    for id in told.keys() & rows.keys():
        row, said = rows[id], told[id]
        names = Amounts.__struct_fields__
        amounts = Amounts(**{name: row[f"{name}_fen"] for name in names})
        lines = tuple((x.payer, x.amount_fen, x.rank) for x in _lines(row))
        by = (row["institution_code"], row["message_id"], row["settlement_id"])
        if by != (said.institution, said.message_id, said.settlement_id):
            yield f"{kind} {id} belongs to another message"
        if amounts != said.amounts or lines != said.lines:
            yield f"{kind} {id} has other amounts than was told: {amounts} / {said.amounts}"


def _lines(row: asyncpg.Record) -> tuple[Line, ...]:
    kind: Any = RefundReceipt if "refund_id" in row else Receipt
    lines: tuple[Line, ...] = msgspec.json.decode(row["receipt"], type=kind).plan.lines
    return lines


def _moved(books: Books) -> Iterable[str]:
    """The ledger moved what the rows say: out for a settlement, back for a refund, line by line."""
    rows = {**books.settlements, **books.refunds}
    for id, row in rows.items():
        sign = 1 if "refund_id" in row else -1
        moved = sorted(
            (str(leg["book_id"]), str(leg["binding_id"]), sign * leg["amount_fen"])
            for leg in books.legs.get(id, ())
        )
        lines = sorted(
            (str(line.book_id), str(line.binding_id), line.amount_fen)
            for line in _lines(row)
            if line.book_id is not None
        )
        if moved != lines or sum(part[2] for part in moved) != row["own_fen"] + row["aid_fen"]:
            yield f"the ledger moved {moved} for {id}, the row says {lines}"
        if any(leg["contra"] != f"institution:{row['institution_code']}" for leg in books.legs[id]):
            yield f"{id} was paid to another institution"
    for id in books.legs.keys() - rows.keys():
        yield f"the ledger moved money for {id}, which is no settlement and no refund"


def _returned(books: Books) -> Iterable[str]:
    """No part of a settlement was returned more than once."""
    back: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in books.refunds.values():
        for name in Amounts.__struct_fields__:
            back[row["settlement_id"]][name] += row[f"{name}_fen"]
    for id, parts in back.items():
        paid = books.settlements.get(id)
        over = {n: fen for n, fen in parts.items() if paid is None or fen > paid[f"{n}_fen"]}
        if over:
            yield f"more of {id} was returned than was paid: {over}"


async def _claimed(connection: asyncpg.Connection, books: Books, record: Record) -> Iterable[str]:
    """A message did one thing, a code paid once, a refused message did nothing."""
    faults = []
    claims = await connection.fetch("SELECT * FROM counter_claim")
    did = {(claim["institution_code"], claim["message_id"]): claim for claim in claims}
    for key in record.refused.keys() & did.keys():
        if did[key]["kind"] == "refused":
            continue  # marked, so that an attempt under way cannot settle later
        faults.append(
            f"{key[1]} was refused ({record.refused[key]}), yet made a {did[key]['kind']}"
        )
    done = sorted(row["claimed_id"] for row in claims if row["kind"] != "refused")
    if done != sorted([*books.settlements, *books.refunds]):
        faults.append("the claims of messages are not those of the settlements and refunds")
    codes = await connection.fetch("SELECT code_digest, claimed_id FROM code_claim")
    if sorted(row["claimed_id"] for row in codes) != sorted(books.settlements):
        faults.append("the claims of codes are not those of the settlements")
    by = {row["code_digest"]: row["claimed_id"] for row in codes}
    for code, id in record.codes.items():
        if by.get(code_digest(code)) != id:
            faults.append(f"the code of {id} is not claimed by it")
    return faults


async def _events(connection: asyncpg.Connection, books: Books) -> Iterable[str]:
    """Every payment and every refund was told to whose money it was, or waits to be."""
    rows = {**books.settlements, **books.refunds}
    waiting = {row["event_id"] for row in await connection.fetch("SELECT * FROM counter_event")}
    told = {row["event_id"]: sorted(row["readers"]) for row in await connection.fetch(TOLD)}
    right = {id: _readers(row) for id, row in rows.items()}
    if waiting - rows.keys() or told.keys() - rows.keys() or waiting & told.keys():
        return ["the events to be told are not those of the settlements and refunds"]
    return [
        f"the events to be told have lost {id}"
        for id, readers in right.items()
        if id not in waiting and told.get(id, []) != readers
    ]


def _readers(row: asyncpg.Record) -> list[UUID]:
    """The patient and the donors, if any account moved."""
    paid = {line.book_id for line in _lines(row) if line.book_id is not None}
    return sorted(paid | {row["book_id"]} if paid else paid)


def _limits_per_use(books: Books, people: Population) -> Iterable[str]:
    most = {bound.id: bound.use_limit_fen for bound in people.bindings}
    for id, row in books.settlements.items():
        for line in _lines(row):
            limit = None if line.binding_id is None else most[line.binding_id]
            if limit is not None and line.amount_fen > limit:
                yield f"{id} used {line.amount_fen} of a binding that allows {limit} at once"


def _shut(books: Books, record: Record) -> Iterable[str]:
    """After a pause or an end was answered, nothing is decided on the binding."""
    forever = timedelta(days=1)
    for row in books.settlements.values():
        used = {line.binding_id for line in _lines(row)}
        for shut in record.shut:
            until = shut.until or shut.since + forever
            if shut.binding_id in used and shut.since <= row["settled_at"] < until:
                yield f"{row['settlement_id']} used a binding shut at {shut.since}"
