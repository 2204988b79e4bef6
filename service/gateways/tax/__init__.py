"""The tax bureau (税务), which collects the residents' premium (居民医保费) and gives receipts.

Money moves here. A call that may have acted without an answer is `Unknown`, a value of its own: it
is asked about by the order's number until known, and never guessed. An order's number is the key at
the other side too: submitted again it is the same order, and a decline is final for that number.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, Protocol

from msgspec import Struct

Decline = Literal[
    "already_paid",
    "not_registered",
    "employee",
    "deceased",
    "suspended",
    "amount_differs",
    "window_closed",
    "other",
]
RefundDecline = Literal["credited", "not_paid", "other"]

BULK_MOST = 500
"""Orders in one submission or query."""


class Payment(Struct, frozen=True, kw_only=True):
    """One premium to pay. `order_no` is ours: 32 hex digits. `area` is the resident's pooling area,
    `year` the premium year; fen."""

    order_no: str
    id_number: str
    name: str
    area: str
    year: int
    amount_fen: int


class Result(Struct, frozen=True, kw_only=True):
    """What became of an order. `accepted`: taken in, decided later. `not_found`: the bureau has no
    such order, which says nothing about one still on its way. `at` is the bureau's own time."""

    order_no: str
    state: Literal["paid", "declined", "accepted", "not_found"]
    receipt_number: str = ""
    amount_fen: int = 0
    at: datetime | None = None
    reason: Decline | None = None


class RefundRequest(Struct, frozen=True, kw_only=True):
    """Give back a paid premium, whole. `refund_no` is ours, as `order_no` is."""

    refund_no: str
    order_no: str
    amount_fen: int


class RefundResult(Struct, frozen=True, kw_only=True):
    """What became of a refund, like `Result`."""

    refund_no: str
    state: Literal["refunded", "declined", "accepted", "not_found"]
    amount_fen: int = 0
    at: datetime | None = None
    reason: RefundDecline | None = None


class Unknown(Struct, frozen=True, kw_only=True):
    """Sent, or perhaps sent, and no usable answer. `reason` is for our log; `answered`: the bureau
    did speak, so that what was sent may be what it chokes on."""

    reason: str
    answered: bool = False


class Closed(Struct, frozen=True, kw_only=True):
    """A maintenance window: nothing of the request was acted on. `until` may not be known."""

    until: datetime | None = None


class Tax(Protocol):
    """What we ask of the bureau. At most `BULK_MOST` at once; answers in the order asked."""

    async def submit(self, payments: Sequence[Payment]) -> Sequence[Result] | Unknown | Closed:
        """Pay these. One alone goes by the single submission, several by the bulk one."""
        ...

    async def ask(self, order_nos: Sequence[str]) -> Sequence[Result] | Closed:
        """What became of these orders. Raises GatewayTrouble."""
        ...

    async def refund(self, request: RefundRequest) -> RefundResult | Unknown | Closed:
        """Give back one premium."""
        ...

    async def ask_refund(self, refund_no: str) -> RefundResult | Closed:
        """What became of this refund. Raises GatewayTrouble."""
        ...

    async def statement(self, day: date, *, area: str) -> bytes | Closed:
        """The bureau's file (CSV) of a finished day in a pooling area. Raises GatewayTrouble."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Result | RefundResult | None:
        """The content of a callback; None when it is not the bureau's, or not of now."""
        ...


# Below the words above, because the client speaks in them.
from service.gateways.tax.client import TaxConfig, TaxGateway  # noqa: E402

__all__ = [
    "BULK_MOST",
    "Closed",
    "Decline",
    "Payment",
    "RefundDecline",
    "RefundRequest",
    "RefundResult",
    "Result",
    "Tax",
    "TaxConfig",
    "TaxGateway",
    "Unknown",
]
