"""A batch (批量代缴): how far it is, counted from the orders themselves."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.domain.premium import PremiumState

Mode = Literal["running", "paused", "draining"]
MODE_TEXT: dict[Mode, str] = {"running": "办理中", "paused": "已暂停", "draining": "收尾中"}


class Batch(Struct, frozen=True, kw_only=True):
    """All due plans of a pooling area and premium year."""

    id: UUID
    area: str
    year: int
    mode: Mode
    made_at: datetime


class Count(Struct, frozen=True, kw_only=True):
    """Orders of a batch in one state; fen. `paid_lately`: with a receipt in the last minute."""

    batch_id: UUID
    state: PremiumState
    set_aside: bool
    orders: int
    amount_fen: int
    paid_lately: int
    next_try_at: datetime | None


class Progress(Struct, frozen=True, kw_only=True):
    """`percent` of all orders that are decided; those set aside wait for a person, and are counted
    in no state besides. Amounts in fen:
    paid includes credited, and not what was given back. `next_try_at`: when the next step of any
    order is due, its credit too."""

    total: int
    planned: int
    held: int
    paid: int
    credited: int
    declined: int
    skipped: int
    refunded: int
    set_aside: int
    paid_fen: int
    held_fen: int
    percent: float
    paid_per_minute: int
    next_try_at: datetime | None

    @property
    def sentence(self) -> str:
        """For operators, in English as all commands."""
        return (
            f"{self.percent:.1f} % of {self.total}: planned {self.planned}, held {self.held},"
            f" paid {self.paid}, credited {self.credited}, declined {self.declined},"
            f" skipped {self.skipped}, refunded {self.refunded}, set aside {self.set_aside};"
            f" paid {self.paid_fen} fen, held {self.held_fen} fen; {self.paid_per_minute}/min"
        )

    @property
    def open(self) -> int:
        """Orders that are still to be decided and not set aside."""
        return self.planned + self.held


def progress(counts: Iterable[Count]) -> Progress:
    """Of one batch."""
    counts = list(counts)
    total = sum(count.orders for count in counts)
    waiting = [c for c in counts if c.state in ("planned", "held") and not c.set_aside]
    opened = sum(count.orders for count in waiting)
    aside = _orders(counts, "planned", "held", aside=True)
    return Progress(
        total=total,
        planned=_orders(counts, "planned"),
        held=_orders(counts, "held"),
        paid=_orders(counts, "paid", "refunding"),
        credited=_orders(counts, "credited"),
        declined=_orders(counts, "declined"),
        skipped=_orders(counts, "skipped"),
        refunded=_orders(counts, "refunded"),
        set_aside=sum(count.orders for count in counts if count.set_aside),
        paid_fen=_fen(counts, "paid", "credited", "refunding"),
        held_fen=_fen(counts, "held"),
        percent=100.0 if not total else int(1000 * (total - opened - aside) / total) / 10,
        paid_per_minute=sum(count.paid_lately for count in counts),
        next_try_at=min((c.next_try_at for c in counts if c.next_try_at), default=None),
    )


def _orders(counts: Iterable[Count], *states: PremiumState, aside: bool = False) -> int:
    return sum(c.orders for c in counts if c.state in states and c.set_aside == aside)


def _fen(counts: Iterable[Count], *states: PremiumState) -> int:
    return sum(c.amount_fen for c in counts if c.state in states)
