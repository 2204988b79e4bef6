"""A stand-in for the tax bureau that speaks its wire format, for tests and demonstrations.

Always HTTP 200: a refusal is a code, with its message. What it took in and decided is in
`sandbox_book`, in memory. Pages that start with `_` are not the bureau's.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from litestar import Request, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Raw, Struct, json, structs

from service.gateways.sandbox import Switches, switching
from service.gateways.tax import BULK_MOST, wire, wire_signature
from service.gateways.tax.client import TaxConfig
from service.gateways.tax.sandbox_book import Book, Hooks, NumberReused, Told
from service.gateways.tax.sandbox_callbacks import Callback, Callbacks
from service.gateways.tax.sandbox_late import reading_first
from service.gateways.tax.sandbox_pages import (
    BookPage,
    MaintenanceChange,
    Mode,
    ModeChange,
    book_page,
)
from service.gateways.tax.sandbox_people import Person

HttpRequest = Request[Any, Any, Any]
Operation = Callable[[bytes], Struct | str]
Item = TypeVar("Item")

_payment = json.Decoder(wire.PaymentItem)
_payments = json.Decoder(wire.PaymentItems)
_order_numbers = json.Decoder(wire.OrderNumbers)
_refund = json.Decoder(wire.RefundItem)
_refund_numbers = json.Decoder(wire.RefundNumbers)
_statement = json.Decoder(wire.StatementQuery)

_MESSAGES = {
    wire.MAINTENANCE: "系统维护中",
    wire.BAD_SIGNATURE: "签名验证失败",
    wire.MALFORMED: "报文格式错误",
    wire.NUMBER_REUSED: "编号已用于其他内容",
    wire.TOO_MANY: "超过单次笔数上限",
}


class Refused(Exception):
    """The request as a whole is refused, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class TaxSandbox:
    """The bureau for one caller. The hooks get an ID number and a year: `on_paid` and
    `on_refunded` when that is decided; a premium that `is_credited` is not given back.

    With `callback_url`, callbacks are sent there, except of what a bulk answer has told already.
    """

    def __init__(
        self,
        config: TaxConfig,
        *,
        switches: Switches,
        clock: Callable[[], datetime],
        on_paid: Callable[[str, int], None] | None = None,
        on_refunded: Callable[[str, int], None] | None = None,
        is_credited: Callable[[str, int], bool] | None = None,
        callback_url: str = "",
        later_seconds: float | None = None,
    ) -> None:
        self._config = config
        self._switches = switches
        self._clock = clock
        self._hooks = Hooks(on_paid=on_paid, on_refunded=on_refunded, is_credited=is_credited)
        self._later_seconds = later_seconds
        self._callbacks = Callbacks(config, url=callback_url, clock=clock)
        self._answering_bulk = False
        self.reset()

    def reset(self) -> None:
        """Forget everything but how this was made."""
        self._callbacks.forget()
        self._book = Book(clock=self._clock, on_decision=self._announce, hooks=self._hooks)
        self._mode = Mode(later_seconds=self._later_seconds)
        self._maintenance = MaintenanceChange(on=False)

    def router(self) -> Router:
        """Wire routes, and beside them the pages that turn it and show its book."""
        return Router(
            "/tax",
            route_handlers=[*self._wire_routes(), *self._pages()],
            middleware=[reading_first, switching(self._switches, "tax")],
            include_in_schema=False,
        )

    def _wire_routes(self) -> list[HTTPRouteHandler]:
        operations: dict[str, Operation] = {
            wire.PAYMENTS: self._pay,
            wire.PAYMENTS_BULK: self._pay_bulk,
            wire.PAYMENTS_QUERY: self._ask,
            wire.REFUNDS: self._refund,
            wire.REFUNDS_QUERY: self._ask_refunds,
            wire.STATEMENTS: self._statement,
        }
        return [self._route(*operation) for operation in operations.items()]

    def _route(self, operation: str, act: Operation) -> HTTPRouteHandler:
        path = self._config.path + operation

        @post(path, status_code=200)
        async def route(request: HttpRequest) -> wire.Answer:
            body = await request.body()
            try:
                self._admit(request, body, path=path)
                return wire.Answer(code=wire.OK, message="成功", data=_raw(act(body)))
            except Refused as refused:
                return self._refusal(refused.code)
            except NumberReused:
                return self._refusal(wire.NUMBER_REUSED)
            except (ValueError, RecursionError):
                return self._refusal(wire.MALFORMED)

        return route

    def _pages(self) -> list[HTTPRouteHandler]:
        @get("/_book")
        async def book() -> BookPage:
            return book_page(self._book)

        @get("/_callbacks")
        async def callbacks() -> list[Callback]:
            return self._callbacks.kept()

        @post("/_mode", status_code=200)
        async def mode(data: JSONBody[ModeChange]) -> Mode:
            told = {k: v for k, v in structs.asdict(data).items() if v is not UNSET}
            self._mode = structs.replace(self._mode, **told)
            self._book.people.window_closed = self._mode.window_closed
            self._book.takes = self._mode.takes
            return self._mode

        @post("/_maintenance", status_code=204)
        async def maintenance(data: JSONBody[MaintenanceChange]) -> None:
            self._maintenance = data

        @post("/_people/{id_number:str}", status_code=204)
        async def people(id_number: FromPath[str], data: JSONBody[Person]) -> None:
            self._book.people.known[id_number] = data

        @post("/_decide", status_code=200)
        async def decide() -> dict[str, int]:
            return {"decided": self._book.decide()}

        @post("/_reset", status_code=204)
        async def reset() -> None:
            self.reset()

        return [book, callbacks, mode, maintenance, people, decide, reset]

    def _admit(self, request: HttpRequest, body: bytes, *, path: str) -> None:
        ours, now = self._config, self._clock()
        genuine = wire_signature.verified(
            request.headers, body, app=ours.app, secret=ours.secret, at=now, path=path
        )
        if not genuine:
            raise Refused(wire.BAD_SIGNATURE)
        until = self._maintenance.until
        if self._maintenance.on and (until is None or now < until):
            raise Refused(wire.MAINTENANCE)

    def _refusal(self, code: int) -> wire.Answer:
        data = Raw(b"null")
        if code == wire.MAINTENANCE and self._maintenance.until:
            until = wire.local_time(self._maintenance.until)
            data = _raw(wire.Maintenance(until=until))
        return wire.Answer(code=code, message=_MESSAGES[code], data=data)

    def _pay(self, body: bytes) -> wire.ResultItem:
        return self._take_in([_payment.decode(body)])[0]

    def _pay_bulk(self, body: bytes) -> wire.ResultItems:
        items = _bounded(_payments.decode(body).items)
        if len({item.order_no for item in items}) != len(items):
            raise Refused(wire.MALFORMED)
        self._answering_bulk = True
        try:
            return wire.ResultItems(items=self._take_in(items))
        finally:
            self._answering_bulk = False

    def _take_in(self, items: list[wire.PaymentItem]) -> list[wire.ResultItem]:
        for item in items:
            wire.fen_of(item.amount)
        return self._book.take_in(items, later=self._mode.decide == "later")

    def _ask(self, body: bytes) -> wire.ResultItems:
        numbers = _bounded(_order_numbers.decode(body).order_nos)
        self._decide_in_time()
        return wire.ResultItems(items=[self._book.find(number) for number in numbers])

    def _refund(self, body: bytes) -> wire.RefundResultItem:
        item = _refund.decode(body)
        wire.fen_of(item.amount)
        return self._book.take_in_refund(item, later=self._mode.decide == "later")

    def _ask_refunds(self, body: bytes) -> wire.RefundResultItems:
        numbers = _bounded(_refund_numbers.decode(body).refund_nos)
        self._decide_in_time()
        return wire.RefundResultItems(items=[self._book.find_refund(no) for no in numbers])

    def _statement(self, body: bytes) -> str:
        query = _statement.decode(body)
        return self._book.statement(query.day, area=query.area)

    def _decide_in_time(self) -> None:
        if self._mode.later_seconds is not None:
            self._book.decide(older_than=self._mode.later_seconds)

    def _announce(self, told: Told) -> None:
        times = 2 if self._mode.twice else 1
        self._callbacks.make(told, send=not self._answering_bulk, times=times)


def _bounded(items: list[Item]) -> list[Item]:
    if len(items) > BULK_MOST:
        raise Refused(wire.TOO_MANY)
    return items


def _raw(content: Struct | str) -> Raw:
    return Raw(json.encode(content))
