"""What the pages of the sandbox take and show. No ID number and no name is among it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from service.gateways.tax import Decline, RefundDecline, wire
from service.gateways.tax.sandbox_book import Book, Order, Refund

Decides = Literal["at_once", "later"]
Yuan = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,5}\.[0-9]{2}$")]


class Mode(Struct, kw_only=True):
    """How the bureau behaves. `twice`: every callback comes two times. With `later_seconds`, what
    is decided later is decided after that time, when next asked about. `takes`: another amount in
    yuan than what it is sent, by mistake."""

    decide: Decides = "at_once"
    twice: bool = False
    window_closed: bool = False
    later_seconds: float | None = None
    takes: str | None = None


class ModeChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    decide: Decides | UnsetType = UNSET
    twice: bool | UnsetType = UNSET
    window_closed: bool | UnsetType = UNSET
    later_seconds: float | UnsetType | None = UNSET
    takes: Yuan | UnsetType | None = UNSET


class MaintenanceChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A window that ends by itself at `until`, if that is told."""

    on: bool = True
    until: datetime | None = None


class RefundLine(Struct, frozen=True, kw_only=True):
    """A refund in the book."""

    refund_no: str
    state: str
    amount_fen: int
    reason: RefundDecline | None
    submissions: int


class OrderLine(Struct, frozen=True, kw_only=True):
    """An order in the book; `state` is refunded for what was paid and given back."""

    order_no: str
    state: str
    amount_fen: int
    receipt_no: str
    year: int
    area: str
    reason: Decline | None
    submissions: int
    refunds: list[RefundLine]


class BookPage(Struct, frozen=True, kw_only=True):
    """The book; `paid_fen` counts what was refunded too, as `refunded_fen` says."""

    orders: list[OrderLine]
    paid_fen: int
    refunded_fen: int


def book_page(book: Book) -> BookPage:
    lines = [_order(order, refunds=_refunds(order, book)) for order in book.orders.values()]
    refunded_fen = _sum(line for line in lines if line.state == "refunded")
    return BookPage(
        orders=lines,
        paid_fen=_sum(line for line in lines if line.state == "paid") + refunded_fen,
        refunded_fen=refunded_fen,
    )


def _refunds(order: Order, book: Book) -> Iterable[Refund]:
    return (book.refunds[refund_no] for refund_no in order.refund_nos)


def _order(order: Order, *, refunds: Iterable[Refund]) -> OrderLine:
    asked, told = order.asked, order.told
    return OrderLine(
        order_no=asked.order_no,
        state="refunded" if order.refunded_by else wire.STATES[told.state],
        amount_fen=wire.fen_of(told.amount or asked.amount),
        receipt_no=told.receipt_no or "",
        year=asked.year,
        area=asked.area,
        reason=wire.DECLINES[told.reason] if told.reason else None,
        submissions=order.submissions,
        refunds=[_refund(refund) for refund in refunds],
    )


def _refund(refund: Refund) -> RefundLine:
    asked, told = refund.asked, refund.told
    return RefundLine(
        refund_no=asked.refund_no,
        state=wire.REFUND_STATES[told.state],
        amount_fen=wire.fen_of(asked.amount),
        reason=wire.REFUND_DECLINES[told.reason] if told.reason else None,
        submissions=refund.submissions,
    )


def _sum(lines: Iterable[OrderLine]) -> int:
    return sum(line.amount_fen for line in lines)
