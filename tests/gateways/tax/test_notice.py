"""What the bureau tells us by callback: decisions made later, and what is not the bureau's."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import json

from service.gateways.tax import RefundResult, Result, TaxGateway, wire_signature
from tests.gateways.tax.world import (
    World,
    pay,
    pay_one,
    payment,
    receiver,
    served_world,
    whole,
)

Callback = tuple[dict[str, str], bytes]


class TestLater:
    async def test_accepted_then_told(self, world: World, gateway: TaxGateway) -> None:
        await world.turn("/_mode", decide="later")
        ours, rival = payment(), payment()
        assert await pay(gateway, ours, rival) == [
            Result(order_no=ours.order_no, state="accepted"),
            Result(order_no=rival.order_no, state="accepted"),
        ]
        assert await world.callbacks() == []
        await world.turn("/_decide")
        told = await gateway.ask([rival.order_no, ours.order_no])
        assert isinstance(told, list)
        assert [result.reason or result.state for result in told] == ["already_paid", "paid"]
        notices = [gateway.read_notice(*callback) for callback in await world.callbacks()]
        assert notices == told[::-1]

    async def test_refunds_too(self, world: World, gateway: TaxGateway) -> None:
        ours = payment()
        await pay(gateway, ours)
        await world.turn("/_mode", decide="later")
        back = whole(ours)
        accepted = await gateway.refund(back)
        assert accepted == RefundResult(refund_no=back.refund_no, state="accepted")
        await world.turn("/_decide")
        told = await gateway.ask_refund(back.refund_no)
        assert isinstance(told, RefundResult)
        assert told.state == "refunded"
        assert gateway.read_notice(*(await world.callbacks())[-1]) == told

    async def test_after_a_time_when_asked(self, world: World, gateway: TaxGateway) -> None:
        await world.turn("/_mode", decide="later", later_seconds=60)
        ours = payment()
        await pay_one(gateway, ours)
        told = await gateway.ask([ours.order_no])
        assert told == [Result(order_no=ours.order_no, state="accepted")]
        world.clock.ahead = timedelta(seconds=61)
        told = await gateway.ask([ours.order_no])
        assert isinstance(told, list)
        assert told[0].state == "paid"

    async def test_twice(self, world: World, gateway: TaxGateway) -> None:
        await world.turn("/_mode", twice=True)
        await pay_one(gateway, payment())
        first, second = await world.callbacks()
        assert first[1] == second[1]


class TestNotice:
    """What arrives may be anybody's."""

    @pytest.fixture
    async def genuine(self, world: World, gateway: TaxGateway) -> Callback:
        await pay_one(gateway, payment())
        return (await world.callbacks())[0]

    async def test_ours_in_any_case_and_again(self, gateway: TaxGateway, genuine: Callback) -> None:
        headers, body = genuine
        shouted = {name.upper(): value for name, value in headers.items()}
        first = gateway.read_notice(shouted, body)
        assert isinstance(first, Result)
        assert gateway.read_notice(headers, body) == first

    @pytest.mark.parametrize("header", ["x-tax-app", "x-tax-nonce", "x-tax-signature"])
    async def test_forged(self, gateway: TaxGateway, genuine: Callback, header: str) -> None:
        headers, body = genuine
        for value in ("", "0" * 64, "é", "\udcff", headers[header].upper() + "A"):
            assert gateway.read_notice({**headers, header: value}, body) is None
        del headers[header]
        assert gateway.read_notice(headers, body) is None

    async def test_another_body(self, gateway: TaxGateway, genuine: Callback) -> None:
        headers, body = genuine
        assert gateway.read_notice(headers, body.replace(b"400.00", b"900.00")) is None
        assert gateway.read_notice({}, body) is None

    @pytest.mark.parametrize("seconds", [-302, 302])
    async def test_not_of_now(
        self,
        world: World,
        gateway: TaxGateway,
        genuine: Callback,
        seconds: int,
    ) -> None:
        world.clock.ahead = timedelta(seconds=seconds)
        assert gateway.read_notice(*genuine) is None

    @pytest.mark.parametrize("timestamp", ["", "-1", "１２", "9" * 5000, "1.5"])
    async def test_no_time(self, gateway: TaxGateway, genuine: Callback, timestamp: str) -> None:
        headers, body = genuine
        assert gateway.read_notice({**headers, "x-tax-timestamp": timestamp}, body) is None

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\xff",
            b"[" * 100_000,
            b"{}",
            json.encode({"event": "payment", "event_id": "1", "item": None}),
            json.encode({"event": "mail", "event_id": "1", "item": {}}),
            *(
                json.encode(
                    {
                        "event": event,
                        "event_id": "1",
                        "item": {"order_no": "0" * 32, "refund_no": "0" * 32, "state": state},
                    }
                )
                for event in ("payment", "refund")
                for state in ("ACCEPTED", "NOT_FOUND", "PAID", "REFUNDED", "DECLINED", "?")
            ),
        ],
    )
    async def test_signed_and_not_understood(
        self, world: World, gateway: TaxGateway, body: bytes
    ) -> None:
        assert gateway.read_notice(self.signed(world, body), body) is None

    async def test_a_request_of_ours_is_no_callback(
        self, world: World, gateway: TaxGateway, genuine: Callback
    ) -> None:
        _, body = genuine
        headers = self.signed(world, body, secret=world.config.secret)
        assert gateway.read_notice(headers, body) is None

    @staticmethod
    def signed(world: World, body: bytes, *, secret: str = "") -> dict[str, str]:
        return wire_signature.signed_headers(
            body,
            app=world.config.app,
            secret=secret or world.config.callback_secret,
            at=world.clock(),
            path=wire_signature.CALLBACK_PATH,
        )


class TestSending:
    async def test_until_taken_and_not_what_a_bulk_answer_told(self) -> None:
        with receiver(refusing=1) as (url, arrived), served_world(callback_url=url) as world:
            gateway = world.gateway()
            one = await pay_one(gateway, payment())
            await pay(gateway, payment(year=2028), payment(year=2029))
            await world.turn("/_mode", decide="later")
            await pay(gateway, payment(year=2030), payment(year=2031))
            await world.turn("/_decide")
            deadline = time.monotonic() + 3
            while len(arrived) < 4 and time.monotonic() < deadline:
                await asyncio.sleep(0.02)
            notices = [gateway.read_notice(*callback) for callback in arrived]
            await gateway.close()
        assert len(notices) == 4
        assert notices.count(one) == 2, "refused, and sent again"
        assert all(isinstance(notice, Result) for notice in notices)


def test_signature_vector() -> None:
    """The one of docs/tax-gateway.md."""
    body = b'{"day":"2026-01-05","area":"530600"}'
    at = datetime(2026, 1, 6, 2, 0, 0, tzinfo=UTC)
    headers = wire_signature.signed_headers(
        body,
        app="gongji-demo",
        secret="demo-tax-secret-0001",
        at=at,
        path="/api/v1/statements",
        nonce="0123456789abcdef0123456789abcdef",
    )
    assert headers["x-tax-timestamp"] == "1767664800"
    assert headers["x-tax-signature"] == (
        "a576500a8f65dc89e9da7739d831aab26f091e2dce3bcaf36738887fceadcca4"
    )
