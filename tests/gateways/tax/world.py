"""The tax bureau's sandbox, served, with what the tests turn."""

import contextlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from litestar import Litestar, Request, Router, post
from msgspec import json, structs

from service.gateways.sandbox import Switch, Switches
from service.gateways.tax import (
    Payment,
    RefundRequest,
    Result,
    Tax,
    TaxConfig,
    TaxGateway,
    wire_signature,
)
from service.gateways.tax.sandbox import TaxSandbox
from tests.serving import serving

TIMEOUT = 0.5
AREA = "530600"
ID = "530602199001011239"
OTHER_ID = "530102198506150021"


class Clock:
    """The present, moved by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class World:
    """One sandbox, its switches, its clock, what it told us, and how to reach it."""

    def __init__(self, *, callback_url: str = "") -> None:
        self.clock = Clock()
        self.switches: Switches = {"tax": Switch()}
        self.config = TaxConfig(
            base_url="http://127.0.0.1:1",
            app="gongji-test",
            secret="demo-tax-secret-0001",
            callback_secret="demo-tax-callback-secret-0001",
        )
        self.paid: list[tuple[str, int]] = []
        self.refunded: list[tuple[str, int]] = []
        self.credited: set[tuple[str, int]] = set()
        self.sandbox = TaxSandbox(
            self.config,
            switches=self.switches,
            clock=self.clock,
            on_paid=lambda *whom: self.paid.append(whom),
            on_refunded=lambda *whom: self.refunded.append(whom),
            is_credited=lambda *whom: whom in self.credited,
            callback_url=callback_url,
        )

    def reset(self) -> None:
        self.switches["tax"] = Switch()
        self.clock.ahead = timedelta()
        for heard in (self.paid, self.refunded, self.credited):
            heard.clear()
        self.sandbox.reset()

    def gateway(
        self, config: TaxConfig | None = None, *, http: httpx.AsyncClient | None = None
    ) -> TaxGateway:
        return TaxGateway(config or self.config, http=http, timeout=TIMEOUT, clock=self.clock)

    def answering(self, body: bytes, *, status: int = 200) -> TaxGateway:
        """A gateway to a bureau that always says this."""
        transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
        return self.gateway(http=httpx.AsyncClient(transport=transport))

    async def post(
        self, operation: str, body: bytes, *, headers: dict[str, str] | None = None
    ) -> Any:
        """A request to an operation, signed by hand unless these are its headers."""
        path = self.config.path + operation
        ours = headers or wire_signature.signed_headers(
            body, app=self.config.app, secret=self.config.secret, at=self.clock(), path=path
        )
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            answer = await client.post(self.config.base_url + path, content=body, headers=ours)
            assert answer.status_code == 200
            return answer.json()

    async def turn(self, page: str, **told: Any) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            answer = await client.post(self.config.base_url + page, content=json.encode(told))
            assert answer.is_success, answer.text

    async def page(self, page: str) -> Any:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            return (await client.get(self.config.base_url + page)).raise_for_status().json()

    async def callbacks(self) -> list[tuple[dict[str, str], bytes]]:
        """Those made so far, as they would arrive."""
        kept = await self.page("/_callbacks")
        return [(callback["headers"], callback["body"].encode()) for callback in kept]


def number() -> str:
    return secrets.token_hex(16)


def payment(**other: Any) -> Payment:
    usual = Payment(
        order_no=number(), id_number=ID, name="测试甲", area=AREA, year=2027, amount_fen=40_000
    )
    return structs.replace(usual, **other)


async def pay(tax: Tax, *payments: Payment) -> list[Result]:
    results = await tax.submit(payments)
    assert isinstance(results, list), results
    return results


async def pay_one(tax: Tax, one: Payment) -> Result:
    (result,) = await pay(tax, one)
    return result


def whole(paid: Payment) -> RefundRequest:
    return RefundRequest(refund_no=number(), order_no=paid.order_no, amount_fen=paid.amount_fen)


@contextlib.contextmanager
def served_world(*, callback_url: str = "") -> Iterator[World]:
    world = World(callback_url=callback_url)
    app = Litestar([world.sandbox.router()], openapi_config=None, logging_config=None)
    with serving(app) as url:
        world.config = structs.replace(world.config, base_url=f"{url}/tax")
        yield world


@contextlib.contextmanager
def receiver(*, refusing: int = 0) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """Where callbacks are sent: its address and what arrived; the first so many get a 500."""
    arrived: list[tuple[dict[str, str], bytes]] = []

    @post("/notice", status_code=204)
    async def notice(request: Request[Any, Any, Any]) -> None:
        arrived.append((dict(request.headers), await request.body()))
        if len(arrived) <= refusing:
            raise ConnectionError

    app = Litestar([Router("/", route_handlers=[notice])], openapi_config=None, logging_config=None)
    with serving(app) as url:
        yield f"{url}/notice", arrived


def as_port(gateway: TaxGateway) -> Tax:
    """The client does what the port asks for, as the type checker sees it."""
    return gateway
