"""The end state of every order of an area and premium year, as CSV, with sums out of the ledger.

Numbers of orders only: who paid for whom is in our books, not in a file.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from service.domain.calendar import SHANGHAI
from service.store import premiums
from service.store.premiums import ReportRow
from service.world import World

COLUMNS = (
    "order_no", "origin", "state", "reason", "set_aside", "category", "amount_fen",
    "receipt_number", "made_at", "held_at", "receipted_at", "credited_at", "ended_at",
)  # fmt: skip
_PAID = ("paid", "credited", "refunding")


class Report(Struct, frozen=True, kw_only=True):
    """Orders by state, and fen by the orders and by the ledger, which must be the same."""

    orders: dict[str, int]
    paid_fen: int
    held_fen: int
    ledger_paid_fen: int
    ledger_held_fen: int

    @property
    def agrees(self) -> bool:
        return (self.paid_fen, self.held_fen) == (self.ledger_paid_fen, self.ledger_held_fen)


async def report_batch(
    world: World, *, area: str, year: int, write: Callable[[str], object]
) -> Report:
    """Orders and ledger as they are at one instant; `write` gets the CSV piece by piece."""
    orders: Counter[str] = Counter()
    paid_fen = held_fen = 0
    write(_line(COLUMNS))
    async with world.database.survey() as tx:
        async for row in premiums.report(tx, area=area, year=year):
            orders[row.state] += 1
            paid_fen += (row.amount_fen or 0) if row.state in _PAID else 0
            held_fen += (row.amount_fen or 0) if row.state == "held" else 0
            write(_line(_cells(row)))
        booked = await premiums.booked(tx, area=area, year=year)
    return Report(
        orders=dict(orders),
        paid_fen=paid_fen,
        held_fen=held_fen,
        ledger_paid_fen=booked.paid_fen,
        ledger_held_fen=booked.held_fen,
    )


def _cells(row: ReportRow) -> tuple[object, ...]:
    origin = "batch" if row.batch_id else "citizen"
    return (
        row.premium_id.hex,
        origin,
        row.state,
        row.reason or "",
        row.aside or "",
        row.category or "",
        row.amount_fen if row.held_at else "",
        row.receipt_number or "",
        *(_at(at) for at in (row.made_at, row.held_at, row.receipted_at)),
        *(_at(at) for at in (row.credited_at, row.ended_at)),
    )


def _at(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds") if at else ""


def _line(cells: tuple[object, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
