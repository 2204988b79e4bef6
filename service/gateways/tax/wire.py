"""The bureau's own words. No public format exists: this one is ours, see docs/tax-gateway.md.

Every answer is HTTP 200 with `code`, `message` and `data`. Amounts are yuan as text with two
decimals, times are Asia/Shanghai. Unknown keys are allowed, as the other side may add some.
Headers: `wire_signature`. What an answer means in our words: `wire_answers`.
"""

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

from service.domain.money import FEN_MAX, yuan_text
from service.gateways.tax import Decline, Payment, RefundDecline, RefundRequest

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

OK = 0
MAINTENANCE = 1001
BAD_SIGNATURE = 1002
MALFORMED = 1003
NUMBER_REUSED = 1004
TOO_MANY = 1005

PAYMENTS, PAYMENTS_BULK, PAYMENTS_QUERY = "/payments", "/payments/bulk", "/payments/query"
REFUNDS, REFUNDS_QUERY = "/refunds", "/refunds/query"
STATEMENTS = "/statements"

STATES: dict[str, Literal["paid", "declined", "accepted", "not_found"]] = {
    "PAID": "paid",
    "DECLINED": "declined",
    "ACCEPTED": "accepted",
    "NOT_FOUND": "not_found",
}
REFUND_STATES: dict[str, Literal["refunded", "declined", "accepted", "not_found"]] = {
    "REFUNDED": "refunded",
    "DECLINED": "declined",
    "ACCEPTED": "accepted",
    "NOT_FOUND": "not_found",
}
DECLINES: dict[str, Decline] = {
    "101": "already_paid",
    "102": "not_registered",
    "103": "employee",
    "104": "deceased",
    "105": "suspended",
    "106": "amount_differs",
    "107": "window_closed",
    "199": "other",
}
REFUND_DECLINES: dict[str, RefundDecline] = {
    "201": "credited",
    "202": "not_paid",
    "299": "other",
}

STATEMENT_HEADER = "order_no,refund_no,kind,receipt_no,area,year,amount,booked_at"
"""First line of the daily file; `kind` is payment or refund."""

Number = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
Area = Annotated[str, Meta(pattern=r"^[0-9]{6}\Z")]
Filled = Annotated[str, Meta(min_length=1, max_length=100)]

_YUAN = re.compile(r"(0|[1-9][0-9]{0,10})\.[0-9]{2}")
_RECEIPT = re.compile(r"[0-9A-Za-z-]{1,64}")
_TIME = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


class PaymentItem(Struct, frozen=True, kw_only=True):
    """One premium; `year` is the premium year."""

    order_no: Number
    id_number: Annotated[str, Meta(pattern=r"^[0-9]{17}[0-9X]\Z")]
    name: Filled
    area: Area
    year: Annotated[int, Meta(ge=2000, le=2999)]
    amount: str


class PaymentItems(Struct, frozen=True, kw_only=True):
    """The request of a bulk submission."""

    items: list[PaymentItem]


class OrderNumbers(Struct, frozen=True, kw_only=True):
    """The request of a query of payments."""

    order_nos: list[Number]


class ResultItem(Struct, frozen=True, kw_only=True):
    """A payment's state. PAID has all but `reason`; DECLINED has `reason` and `decided_at`."""

    order_no: Number
    state: str
    receipt_no: str | None = None
    amount: str | None = None
    decided_at: str | None = None
    reason: str | None = None


class ResultItems(Struct, frozen=True, kw_only=True):
    items: list[ResultItem]


class RefundItem(Struct, frozen=True, kw_only=True):
    """Give back a payment, whole."""

    refund_no: Number
    order_no: Number
    amount: str


class RefundNumbers(Struct, frozen=True, kw_only=True):
    """The request of a query of refunds."""

    refund_nos: list[Number]


class RefundResultItem(Struct, frozen=True, kw_only=True):
    """A refund's state, told as a payment's is."""

    refund_no: Number
    state: str
    amount: str | None = None
    decided_at: str | None = None
    reason: str | None = None


class RefundResultItems(Struct, frozen=True, kw_only=True):
    items: list[RefundResultItem]


class StatementQuery(Struct, frozen=True, kw_only=True):
    """The file of a day, yyyy-MM-dd, in a pooling area."""

    day: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
    area: Area


class Answer(Struct, frozen=True, kw_only=True):
    """The envelope of every answer; `code` 0 is success."""

    code: int
    message: str = ""
    data: Raw = Raw(b"null")


class Maintenance(Struct, frozen=True, kw_only=True):
    """`data` of code MAINTENANCE."""

    until: str | None = None


class Notice(Struct, frozen=True, kw_only=True):
    """A callback; `item` is a ResultItem or a RefundResultItem."""

    event: Literal["payment", "refund"]
    event_id: Filled
    item: Raw


def fen_of(yuan: str) -> int:
    """`400.00` -> 40000. Exactly two decimals, no sign, at most FEN_MAX. Raises ValueError."""
    if not _YUAN.fullmatch(yuan) or (fen := int(Decimal(yuan) * 100)) > FEN_MAX:
        raise ValueError("not an amount in yuan with two decimals")
    return fen


def yuan_of(fen: int) -> str:
    """40000 -> `400.00`. Raises ValueError for what `fen_of` would not read."""
    if not 0 <= fen <= FEN_MAX:
        raise ValueError("not an amount that can be sent")
    return yuan_text(fen)


def receipt_of(number: str) -> str:
    """As a page shows it: letters, digits and dashes, 64 at most. Raises ValueError."""
    if not _RECEIPT.fullmatch(number):
        raise ValueError("not a number of a receipt")
    return number


def moment_of(time: str) -> datetime:
    """yyyy-MM-dd HH:mm:ss, Asia/Shanghai -> aware. Raises ValueError."""
    if not _TIME.fullmatch(time):
        raise ValueError("not a time as yyyy-MM-dd HH:mm:ss")
    return datetime.fromisoformat(time).replace(tzinfo=SHANGHAI)


def local_time(at: datetime) -> str:
    """yyyy-MM-dd HH:mm:ss, Asia/Shanghai."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def payment_item(payment: Payment) -> PaymentItem:
    """Raises ValueError when the amount cannot be sent."""
    return PaymentItem(
        order_no=payment.order_no,
        id_number=payment.id_number,
        name=payment.name,
        area=payment.area,
        year=payment.year,
        amount=yuan_of(payment.amount_fen),
    )


def refund_item(request: RefundRequest) -> RefundItem:
    """Raises ValueError when the amount cannot be sent."""
    return RefundItem(
        refund_no=request.refund_no,
        order_no=request.order_no,
        amount=yuan_of(request.amount_fen),
    )
