"""The client of the tax bureau."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

import httpx
from msgspec import Raw, Struct, json

from service.boundary import assert_outside_transaction
from service.gateways import GatewayTrouble
from service.gateways.http import new_client, post, understand
from service.gateways.tax import (
    BULK_MOST,
    Closed,
    Payment,
    RefundRequest,
    RefundResult,
    Result,
    Unknown,
    wire,
    wire_answers,
    wire_signature,
)

Understood = TypeVar("Understood")
Told = TypeVar("Told")

_PATIENCE = 4
"""What is done to hundreds of orders may take this many times the time of one."""


class TaxConfig(Struct, frozen=True, kw_only=True):
    """Where the bureau is and as whom we call it.

    `secret` signs what we send, `callback_secret` what the bureau sends to us. `path` opens every
    operation's path and is signed with it; what `base_url` has before it is not.
    """

    base_url: str
    app: str
    secret: str
    callback_secret: str
    path: str = "/api/v1"


class TaxGateway:
    """Submits to the bureau and asks it: one order in `timeout` seconds, many in four times that.

    `clock` gives aware datetimes. A client given as `http` stays the caller's to close. More
    orders than BULK_MOST, or one twice in a list, is a fault of ours: ValueError, nothing sent.
    """

    def __init__(
        self,
        config: TaxConfig,
        *,
        http: httpx.AsyncClient | None = None,
        timeout: float = 5.0,
        clock: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._owns_http = http is None
        # No proxy from the environment: personal data goes straight to the bureau.
        self._http = http or new_client(timeout=timeout * _PATIENCE)
        self._timeout = timeout
        self._clock = clock

    async def submit(self, payments: Sequence[Payment]) -> Sequence[Result] | Unknown | Closed:
        """Pay these; whatever goes wrong on the way or with the answer is `Unknown`."""
        assert_outside_transaction()
        numbers = _listed([payment.order_no for payment in payments])
        items = [wire.payment_item(payment) for payment in payments]
        try:
            told = await self._submit(items)
            if isinstance(told, Closed):
                return told
            results = _in_order(told, asked=numbers, number=lambda result: result.order_no)
            for payment, result in zip(payments, results, strict=True):
                _check(result.state, amount_fen=result.amount_fen, asked_fen=payment.amount_fen)
        except GatewayTrouble as trouble:
            return Unknown(reason=trouble.reason, answered=trouble.answered)
        return results

    async def ask(self, order_nos: Sequence[str]) -> Sequence[Result] | Closed:
        """What became of these orders. Raises GatewayTrouble."""
        assert_outside_transaction()
        numbers = _listed(order_nos)
        if not numbers:
            return ()
        query = wire.OrderNumbers(order_nos=numbers)
        told = await self._many(wire.PAYMENTS_QUERY, query, read=wire_answers.read_payments)
        if isinstance(told, Closed):
            return told
        return _in_order(told, asked=numbers, number=lambda result: result.order_no)

    async def refund(self, request: RefundRequest) -> RefundResult | Unknown | Closed:
        """Give back one premium; `Unknown` as of `submit`."""
        assert_outside_transaction()
        item = wire.refund_item(request)
        try:
            told = await self._one(wire.REFUNDS, item, read=wire_answers.read_refund)
            if isinstance(told, Closed):
                return told
            (result,) = _in_order(
                [told], asked=[request.refund_no], number=lambda result: result.refund_no
            )
            _check(result.state, amount_fen=result.amount_fen, asked_fen=request.amount_fen)
        except GatewayTrouble as trouble:
            return Unknown(reason=trouble.reason, answered=trouble.answered)
        return result

    async def ask_refund(self, refund_no: str) -> RefundResult | Closed:
        """What became of this refund. Raises GatewayTrouble."""
        assert_outside_transaction()
        query = wire.RefundNumbers(refund_nos=[refund_no])
        told = await self._many(wire.REFUNDS_QUERY, query, read=wire_answers.read_refunds)
        if isinstance(told, Closed):
            return told
        return _in_order(told, asked=[refund_no], number=lambda result: result.refund_no)[0]

    async def statement(self, day: date, *, area: str) -> bytes | Closed:
        """The daily file as UTF-8, its first line checked. Raises GatewayTrouble."""
        assert_outside_transaction()
        query = wire.StatementQuery(day=day.isoformat(), area=area)
        return await self._many(wire.STATEMENTS, query, read=wire_answers.read_statement)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Result | RefundResult | None:
        """What a callback tells; None unless it is the bureau's, of now and understood."""
        genuine = wire_signature.verified(
            headers,
            body,
            app=self._config.app,
            secret=self._config.callback_secret,
            at=self._clock(),
            path=wire_signature.CALLBACK_PATH,
        )
        if not genuine:
            return None
        try:
            return wire_answers.read_notice(body)
        except (ValueError, RecursionError):
            return None

    async def close(self) -> None:
        if self._owns_http:
            await self._http.aclose()

    async def _submit(self, items: list[wire.PaymentItem]) -> Sequence[Result] | Closed:
        if not items:
            return ()
        if len(items) > 1:
            bulk = wire.PaymentItems(items=items)
            return await self._many(wire.PAYMENTS_BULK, bulk, read=wire_answers.read_payments)
        told = await self._one(wire.PAYMENTS, items[0], read=wire_answers.read_payment)
        return told if isinstance(told, Closed) else [told]

    async def _one(
        self, operation: str, message: Struct, *, read: Callable[[Raw], Understood]
    ) -> Understood | Closed:
        return await self._call(operation, message, read=read, within=self._timeout)

    async def _many(
        self, operation: str, message: Struct, *, read: Callable[[Raw], Understood]
    ) -> Understood | Closed:
        return await self._call(operation, message, read=read, within=self._timeout * _PATIENCE)

    async def _call(
        self, operation: str, message: Struct, *, read: Callable[[Raw], Understood], within: float
    ) -> Understood | Closed:
        body = await self._post(self._config.path + operation, json.encode(message), within=within)
        answer = understand(wire_answers.read_answer, body, platform="tax")
        if answer.code == wire.MAINTENANCE:
            return understand(wire_answers.read_closed, answer.data, platform="tax")
        if answer.code != wire.OK:
            raise GatewayTrouble("tax", f"code {answer.code}", answered=True)
        return understand(read, answer.data, platform="tax")

    async def _post(self, path: str, body: bytes, *, within: float) -> bytes:
        headers = wire_signature.signed_headers(
            body, app=self._config.app, secret=self._config.secret, at=self._clock(), path=path
        )
        return await post(
            self._http,
            self._config.base_url + path,
            body=body,
            headers=headers,
            seconds=within,
            platform="tax",
        )


def _listed(numbers: Sequence[str]) -> list[str]:
    if len(numbers) > BULK_MOST or len(set(numbers)) != len(numbers):
        raise ValueError(f"at most {BULK_MOST} orders at once, and each of them once")
    return list(numbers)


def _in_order(
    told: Sequence[Told], *, asked: Sequence[str], number: Callable[[Told], str]
) -> list[Told]:
    """The answers in the order asked: one for each number, and none beside."""
    by_number = {number(result): result for result in told}
    if len(told) != len(asked) or by_number.keys() != set(asked):
        raise GatewayTrouble("tax", "answers are not those of the orders sent", answered=True)
    return [by_number[wanted] for wanted in asked]


def _check(state: str, *, amount_fen: int, asked_fen: int) -> None:
    """Whether this can be the answer to an order just sent."""
    if state == "not_found":
        raise GatewayTrouble("tax", "an order just sent is not found", answered=True)
    if state in ("paid", "refunded") and amount_fen != asked_fen:
        raise GatewayTrouble("tax", "another amount than was sent", answered=True)
