"""What the tax bureau's client makes of trouble on the way: money is never guessed, and nobody
is named."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from msgspec import structs

from service.boundary import transaction_open
from service.gateways import GatewayTrouble
from service.gateways.sandbox import Mode, Switch
from service.gateways.tax import Closed, RefundResult, Result, Tax, TaxGateway, Unknown
from tests.gateways.tax.calls import ONE, OURS, SECOND, assert_silent, orders, questions
from tests.gateways.tax.world import ID, World, as_port, pay_one, whole

QUICK = 0.08


@pytest.fixture
async def impatient(world: World) -> AsyncIterator[Tax]:
    gateway = TaxGateway(world.config, timeout=QUICK, clock=world.clock)
    yield as_port(gateway)
    await gateway.close()


class TestOnTheWay:
    @pytest.mark.parametrize("mode", ["slow", "down", "garbage", "lose_answer"])
    async def test_in_bounded_time_and_without_personal_data(
        self, world: World, impatient: Tax, mode: Mode, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        world.switches["tax"] = Switch(mode=mode, delay_seconds=0.5)
        began = time.monotonic()
        for unknown in await asyncio.gather(*orders(impatient)):
            assert isinstance(unknown, Unknown)
            assert_silent(unknown.reason, caplog.text)
        for trouble in await asyncio.gather(*questions(impatient), return_exceptions=True):
            assert isinstance(trouble, GatewayTrouble)
            assert trouble.platform == "tax"
            assert_silent(str(trouble), caplog.text)
        assert time.monotonic() - began < QUICK * 8 + 1

    @pytest.mark.parametrize("mode", ["slow", "garbage", "lose_answer"])
    async def test_unknown_then_asked_then_paid(
        self, world: World, impatient: Tax, tax: Tax, mode: Mode
    ) -> None:
        """A slow bureau acts when we have gone: not found, then paid."""
        world.switches["tax"] = Switch(mode=mode, delay_seconds=0.15, times=1)
        assert isinstance(await impatient.submit([OURS]), Unknown)
        deadline = time.monotonic() + 2
        while (told := await tax.ask([ONE])) == [Result(order_no=ONE, state="not_found")]:
            assert time.monotonic() < deadline
        assert isinstance(told, list)
        assert [result.state for result in told] == ["paid"]
        assert await tax.submit([OURS]) == told
        assert world.paid == [(ID, 2027)], "once"

    async def test_down_has_done_nothing(self, world: World, tax: Tax) -> None:
        world.switches["tax"] = Switch(mode="down", times=1)
        assert await tax.submit([OURS]) == Unknown(reason="HTTP 503")
        assert await tax.ask([ONE]) == [Result(order_no=ONE, state="not_found")]

    async def test_a_lost_answer_has_given_back(
        self, world: World, impatient: Tax, tax: Tax
    ) -> None:
        await pay_one(tax, OURS)
        world.switches["tax"] = Switch(mode="lose_answer", delay_seconds=0.3, times=1)
        back = whole(OURS)
        assert await impatient.refund(back) == Unknown(reason="no answer in time")
        told = await tax.ask_refund(back.refund_no)
        assert isinstance(told, RefundResult)
        assert told.state == "refunded"

    async def test_many_may_take_longer(self, world: World) -> None:
        gateway = TaxGateway(world.config, timeout=0.2, clock=world.clock)
        world.switches["tax"] = Switch(mode="slow", delay_seconds=0.3)
        assert isinstance(await gateway.submit([OURS]), Unknown)
        assert isinstance(await gateway.submit([OURS, SECOND]), list)
        await gateway.close()

    async def test_nobody_listens(self, world: World) -> None:
        gateway = world.gateway(structs.replace(world.config, base_url="http://127.0.0.1:1"))
        for order in orders(gateway):
            assert await order == Unknown(reason="ConnectError")
        await gateway.close()

    async def test_no_address(self, world: World) -> None:
        gateway = world.gateway(structs.replace(world.config, base_url="http://127.0.0.1:port"))
        assert await gateway.submit([OURS]) == Unknown(reason="InvalidURL")
        await gateway.close()

    async def test_other_status(self, world: World) -> None:
        for status in (201, 302, 500):
            gateway = world.answering(b"{}", status=status)
            assert await gateway.submit([OURS]) == Unknown(reason=f"HTTP {status}")

    async def test_never_inside_a_transaction(self, tax: Tax) -> None:
        with transaction_open():
            for call in [*orders(tax), *questions(tax)]:
                with pytest.raises(AssertionError):
                    await call


class TestMaintenance:
    async def test_nothing_is_acted_on_until_then(self, world: World, tax: Tax) -> None:
        until = datetime(2099, 1, 1, 22, tzinfo=UTC)
        await world.turn("/_maintenance", on=True, until=until.isoformat())
        for call in [*orders(tax), *questions(tax)]:
            assert await call == Closed(until=until)
        world.clock.ahead = timedelta(days=366 * 80)
        assert (await world.page("/_book"))["orders"] == []

    async def test_it_may_not_be_known_how_long(self, world: World, tax: Tax) -> None:
        await world.turn("/_maintenance", on=True)
        assert await tax.submit([OURS]) == Closed()
        await world.turn("/_maintenance", on=False)
        assert isinstance(await tax.submit([OURS]), list)

    async def test_it_ends_by_itself(self, world: World, tax: Tax) -> None:
        until = world.clock() + timedelta(minutes=1)
        await world.turn("/_maintenance", on=True, until=until.isoformat())
        assert isinstance(await tax.submit([OURS]), Closed)
        world.clock.ahead = timedelta(minutes=2)
        assert isinstance(await tax.submit([OURS]), list)


async def test_a_client_given_stays_open(world: World) -> None:
    async with httpx.AsyncClient() as http:
        await world.gateway(http=http).close()
        assert not http.is_closed
