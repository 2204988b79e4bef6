"""The sandbox's book: its orders, how it decides them, and what it then tells. All in memory."""

import itertools
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from service.gateways.tax import Decline, RefundDecline, wire
from service.gateways.tax.sandbox_people import People


class Hooks(Struct, frozen=True, kw_only=True):
    """What others do or know, by ID number and premium year.

    Called when that is decided, apart from `is_credited`: such a premium is not given back.
    """

    on_paid: Callable[[str, int], None] | None = None
    on_refunded: Callable[[str, int], None] | None = None
    is_credited: Callable[[str, int], bool] | None = None


class Order(Struct, kw_only=True):
    """A payment as submitted, and what became of it. `refunded_by` is a refund's number."""

    asked: wire.PaymentItem
    taken_in_at: datetime
    submissions: int = 1
    told: wire.ResultItem
    refund_nos: list[str] = []
    refunded_by: str | None = None

    @property
    def key(self) -> tuple[str, int, str]:
        """Paid once: a person, a year, an area."""
        return self.asked.id_number, self.asked.year, self.asked.area


class Refund(Struct, kw_only=True):
    """A refund as asked for, and what became of it."""

    asked: wire.RefundItem
    taken_in_at: datetime
    submissions: int = 1
    told: wire.RefundResultItem


class NumberReused(Exception):
    """The number is another order's already."""


Told = wire.ResultItem | wire.RefundResultItem


class Book:
    """`on_decision` hears every decision, in the bureau's words. `takes`: an amount in yuan that is
    taken by mistake instead of what was asked for."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        on_decision: Callable[[Told], None],
        hooks: Hooks,
    ) -> None:
        self._clock = clock
        self._on_decision = on_decision
        self._hooks = hooks
        self._receipts = itertools.count(1)
        self._paid: dict[tuple[str, int, str], str] = {}
        self._undecided: dict[tuple[str, str], Order | Refund] = {}
        self.people = People()
        self.takes: str | None = None
        self.orders: dict[str, Order] = {}
        self.refunds: dict[str, Refund] = {}

    def take_in(self, items: Iterable[wire.PaymentItem], *, later: bool) -> list[wire.ResultItem]:
        """All of them, or none with NumberReused. A number known already has no further effect."""
        asked = list(items)
        for item in asked:
            known = self.orders.get(item.order_no)
            if known is not None and known.asked != item:
                raise NumberReused
        return [self._take_in(item, later=later) for item in asked]

    def take_in_refund(self, item: wire.RefundItem, *, later: bool) -> wire.RefundResultItem:
        """As `take_in`."""
        refund = self.refunds.get(item.refund_no)
        if refund is not None:
            if refund.asked != item:
                raise NumberReused
            refund.submissions += 1
            return refund.told
        told = wire.RefundResultItem(refund_no=item.refund_no, state="ACCEPTED")
        refund = Refund(asked=item, taken_in_at=self._clock(), told=told)
        self.refunds[item.refund_no] = refund
        if item.order_no in self.orders:
            self.orders[item.order_no].refund_nos.append(item.refund_no)
        self._undecided["refund", item.refund_no] = refund
        if not later:
            self._decide(refund)
        return refund.told

    def find(self, order_no: str) -> wire.ResultItem:
        order = self.orders.get(order_no)
        return order.told if order else wire.ResultItem(order_no=order_no, state="NOT_FOUND")

    def find_refund(self, refund_no: str) -> wire.RefundResultItem:
        refund = self.refunds.get(refund_no)
        if refund is None:
            return wire.RefundResultItem(refund_no=refund_no, state="NOT_FOUND")
        return refund.told

    def decide(self, *, older_than: float | None = None) -> int:
        """Decide what was taken in that many seconds ago, or all; how many that were."""
        due = list(self._undecided.values())
        if older_than is not None:
            latest = self._clock() - timedelta(seconds=older_than)
            due = list(itertools.takewhile(lambda waiting: waiting.taken_in_at <= latest, due))
        for waiting in due:
            self._decide(waiting)
        return len(due)

    def statement(self, day: str, *, area: str) -> str:
        """The daily file: what was paid and what was refunded on that day."""
        lines = [wire.STATEMENT_HEADER]
        for order in self.orders.values():
            asked, paid = order.asked, order.told
            if asked.area != area or paid.state != "PAID":
                continue
            if (paid.decided_at or "").startswith(day):
                lines.append(_line(order, kind="payment", at=paid.decided_at))
            if order.refunded_by:
                at = self.refunds[order.refunded_by].told.decided_at
                if (at or "").startswith(day):
                    lines.append(_line(order, kind="refund", at=at))
        return "\n".join(lines) + "\n"

    def _take_in(self, item: wire.PaymentItem, *, later: bool) -> wire.ResultItem:
        order = self.orders.get(item.order_no)
        if order is not None:
            order.submissions += 1
            return order.told
        told = wire.ResultItem(order_no=item.order_no, state="ACCEPTED")
        order = Order(asked=item, taken_in_at=self._clock(), told=told)
        self.orders[item.order_no] = self._undecided["payment", item.order_no] = order
        if not later:
            self._decide(order)
        return order.told

    def _decide(self, waiting: Order | Refund) -> None:
        if isinstance(waiting, Order):
            del self._undecided["payment", waiting.asked.order_no]
            self._decide_payment(waiting)
        else:
            del self._undecided["refund", waiting.asked.refund_no]
            self._decide_refund(waiting)
        self._on_decision(waiting.told)

    def _decide_payment(self, order: Order) -> None:
        asked, now = order.asked, wire.local_time(self._clock())
        declined: Decline | None = self.people.decline(asked)
        if declined is None and order.key in self._paid:
            declined = "already_paid"
        if declined is not None:
            order.told = wire.ResultItem(
                order_no=asked.order_no,
                state="DECLINED",
                decided_at=now,
                reason=_code(wire.DECLINES, declined),
            )
            return
        self._paid[order.key] = asked.order_no
        order.told = wire.ResultItem(
            order_no=asked.order_no,
            state="PAID",
            receipt_no=f"T{asked.area}{asked.year}{next(self._receipts):010d}",
            amount=self.takes or asked.amount,
            decided_at=now,
        )
        if self._hooks.on_paid:
            self._hooks.on_paid(asked.id_number, asked.year)

    def _decide_refund(self, refund: Refund) -> None:
        asked, now = refund.asked, wire.local_time(self._clock())
        order = self.orders.get(asked.order_no)
        declined = self._refund_decline(asked, order=order)
        if order is None or declined is not None:
            refund.told = wire.RefundResultItem(
                refund_no=asked.refund_no,
                state="DECLINED",
                decided_at=now,
                reason=_code(wire.REFUND_DECLINES, declined or "not_paid"),
            )
            return
        del self._paid[order.key]
        order.refunded_by = asked.refund_no
        refund.told = wire.RefundResultItem(
            refund_no=asked.refund_no, state="REFUNDED", amount=asked.amount, decided_at=now
        )
        if self._hooks.on_refunded:
            self._hooks.on_refunded(order.asked.id_number, order.asked.year)

    def _refund_decline(
        self, asked: wire.RefundItem, *, order: Order | None
    ) -> RefundDecline | None:
        if order is None or order.told.state != "PAID" or order.refunded_by:
            return "not_paid"
        if asked.amount != order.told.amount:
            return "other"
        is_credited = self._hooks.is_credited
        if is_credited and is_credited(order.asked.id_number, order.asked.year):
            return "credited"
        return None


def _line(order: Order, *, kind: Literal["payment", "refund"], at: str | None) -> str:
    asked, refund_no = order.asked, order.refunded_by if kind == "refund" else ""
    fields = (asked.order_no, refund_no, kind, order.told.receipt_no, asked.area, asked.year)
    return ",".join(map(str, (*fields, order.told.amount, at)))


def _code(table: dict[str, Decline] | dict[str, RefundDecline], word: str) -> str:
    """Their code for our word."""
    return next(code for code, meaning in table.items() if meaning == word)
