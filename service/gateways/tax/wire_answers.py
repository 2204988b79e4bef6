"""What the bureau's answers and callbacks mean in our words.

Every function raises ValueError for what it does not know, as a state of no list: then there is
no usable answer. Only an unknown reason of a decline is understood: `other`.
"""

from collections.abc import Mapping
from typing import TypeVar

from msgspec import Raw, json

from service.gateways.tax import Closed, RefundResult, Result, wire

Word = TypeVar("Word")

_answer = json.Decoder(wire.Answer)
_maintenance = json.Decoder(wire.Maintenance | None)
_payment = json.Decoder(wire.ResultItem)
_payments = json.Decoder(wire.ResultItems)
_refund = json.Decoder(wire.RefundResultItem)
_refunds = json.Decoder(wire.RefundResultItems)
_text = json.Decoder(str)
_notice = json.Decoder(wire.Notice)


def read_answer(body: bytes) -> wire.Answer:
    """The envelope, with `data` still to be read."""
    return _answer.decode(body)


def read_closed(data: Raw) -> Closed:
    """`data` of code MAINTENANCE."""
    told = _maintenance.decode(data)
    if told is None or told.until is None:
        return Closed()
    return Closed(until=wire.moment_of(told.until))


def read_payment(data: Raw) -> Result:
    return _result(_payment.decode(data))


def read_payments(data: Raw) -> list[Result]:
    return [_result(item) for item in _payments.decode(data).items]


def read_refund(data: Raw) -> RefundResult:
    return _refund_result(_refund.decode(data))


def read_refunds(data: Raw) -> list[RefundResult]:
    return [_refund_result(item) for item in _refunds.decode(data).items]


def read_statement(data: Raw) -> bytes:
    """The daily file, which must open with the header we agreed on."""
    text = _text.decode(data)
    if text.partition("\n")[0].rstrip("\r") != wire.STATEMENT_HEADER:
        raise ValueError("not a daily file")
    return text.encode()


def read_notice(body: bytes) -> Result | RefundResult:
    """The content of a callback, which tells of decisions only."""
    notice = _notice.decode(body)
    told = read_payment(notice.item) if notice.event == "payment" else read_refund(notice.item)
    if told.state not in ("paid", "refunded", "declined"):
        raise ValueError("a callback without a decision")
    return told


def _result(item: wire.ResultItem) -> Result:
    state = _known(wire.STATES, item.state)
    if state == "paid":
        return Result(
            order_no=item.order_no,
            state=state,
            receipt_number=wire.receipt_of(_told(item.receipt_no)),
            amount_fen=wire.fen_of(_told(item.amount)),
            at=wire.moment_of(_told(item.decided_at)),
        )
    if state == "declined":
        return Result(
            order_no=item.order_no,
            state=state,
            at=wire.moment_of(_told(item.decided_at)),
            reason=wire.DECLINES.get(item.reason or "", "other"),
        )
    return Result(order_no=item.order_no, state=state)


def _refund_result(item: wire.RefundResultItem) -> RefundResult:
    state = _known(wire.REFUND_STATES, item.state)
    if state == "refunded":
        return RefundResult(
            refund_no=item.refund_no,
            state=state,
            amount_fen=wire.fen_of(_told(item.amount)),
            at=wire.moment_of(_told(item.decided_at)),
        )
    if state == "declined":
        return RefundResult(
            refund_no=item.refund_no,
            state=state,
            at=wire.moment_of(_told(item.decided_at)),
            reason=wire.REFUND_DECLINES.get(item.reason or "", "other"),
        )
    return RefundResult(refund_no=item.refund_no, state=state)


def _told(value: str | None) -> str:
    if not value:
        raise ValueError("a state without what belongs to it")
    return value


def _known(table: Mapping[str, Word], code: str) -> Word:
    if code not in table:
        raise ValueError("a state that is in no list of ours")
    return table[code]
