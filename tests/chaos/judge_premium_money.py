"""The judge's sums of premiums: what the ledger moved for each order, and for all of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import asyncpg

from service.development_policies import AREA
from service.domain.premium import contra

LEGS = "SELECT * FROM ledger.transfer WHERE purpose IN ('premium', 'premium_refund')"
BOOKED = "SELECT coalesce(-sum(amount_fen), 0)::bigint FROM ledger.entry WHERE contra = $1"
PHASES = {
    "planned": (),
    "skipped": (),
    "held": ("hold",),
    "declined": ("hold", "void"),
    "paid": ("hold", "post"),
    "credited": ("hold", "post"),
    "refunding": ("hold", "post"),
    "refunded": ("hold", "post"),
}

Row = asyncpg.Record
Orders = Mapping[UUID, Row]


async def faults_of_premium_money(
    connection: asyncpg.Connection,
    orders: Orders,
    refunds: Mapping[UUID, list[Row]],
    book: dict[str, Any],
) -> list[str]:
    """Every fault a sentence."""
    legs = defaultdict(list)
    for leg in await connection.fetch(LEGS):
        legs[leg["journal_id"]].append(leg)
    found = [*_moved(orders, legs), *_returned(orders, refunds, legs)]
    known = orders.keys() | {row["refund_id"] for rows in refunds.values() for row in rows}
    found += [f"the ledger moved for {id}, no premium" for id in legs.keys() - known]
    for row in await connection.fetch("SELECT * FROM ledger.open_hold"):
        found.append(f"the hold of {row['journal_id']} is open")
    ours = await connection.fetchval(BOOKED, contra(AREA))
    theirs = book["paid_fen"] - book["refunded_fen"]
    if ours != theirs:
        found.append(f"the ledger gave the bureau {ours}, the bureau has {theirs}")
    return found


def _moved(orders: Orders, legs: Mapping[UUID, list[Row]]) -> Iterable[str]:
    """A hold and what became of it, of the payer, on the binding, for the amount."""
    for id, row in orders.items():
        mine = legs.get(id, ())
        phases = tuple(sorted(leg["phase"] for leg in mine))
        if phases != PHASES[row["state"]]:
            yield f"the ledger has {phases} of {id}, which is {row['state']}"
        right = row["book_id"], row["binding_id"], contra(row["area"])
        for leg in mine:
            parties = leg["book_id"], leg["binding_id"], leg["contra"]
            if parties != right or leg["amount_fen"] != -(row["amount_fen"] or 0):
                yield f"the {leg['phase']} of {id} is of another account or amount"


def _returned(
    orders: Orders, refunds: Mapping[UUID, list[Row]], legs: Mapping[UUID, list[Row]]
) -> Iterable[str]:
    """What was refunded is back where it came from, once, and nothing else is."""
    for premium_id, rows in refunds.items():
        if premium_id not in orders:
            continue  # others say so
        order = orders[premium_id]
        for row in rows:
            back = [
                (leg["book_id"], leg["binding_id"], leg["contra"], leg["amount_fen"])
                for leg in legs.get(row["refund_id"], ())
            ]
            right = order["book_id"], order["binding_id"], contra(order["area"])
            due = [(*right, order["amount_fen"])] if row["state"] == "refunded" else []
            if back != due or row["amount_fen"] != order["amount_fen"]:
                yield f"the refund of {premium_id} ({row['state']}) returned {back}"
