"""The bureau's wire: amounts and times, and how its sandbox refuses whole requests."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json, structs

from service.domain.money import FEN_MAX
from service.gateways.tax import BULK_MOST, wire, wire_signature
from tests.gateways.tax.world import AREA, ID, World, number, payment


class TestAmounts:
    @given(st.integers(0, FEN_MAX))
    def test_there_and_back(self, fen: int) -> None:
        assert wire.fen_of(wire.yuan_of(fen)) == fen

    @given(st.text("0123456789.,-+eE ١１\n", max_size=15))
    def test_only_what_we_would_write_is_read(self, text: str) -> None:
        try:
            fen = wire.fen_of(text)
        except ValueError:
            return
        assert wire.yuan_of(fen) == text

    @pytest.mark.parametrize(
        "yuan",
        ["", "400", "400.0", "400.000", ".50", "00.50", "-1.00", "+1.00", " 1.00", "1.00\n"],
    )
    def test_not_as_we_write(self, yuan: str) -> None:
        with pytest.raises(ValueError, match="not an amount"):
            wire.fen_of(yuan)

    @pytest.mark.parametrize(
        "yuan",
        ["1,000.00", "1e2.00", "NaN", "Infinity", "１.00", "10000000000.01", "9" * 40 + ".00"],
    )
    def test_not_an_amount(self, yuan: str) -> None:
        with pytest.raises(ValueError, match="not an amount"):
            wire.fen_of(yuan)

    @pytest.mark.parametrize("fen", [-1, FEN_MAX + 1])
    def test_not_to_be_sent(self, fen: int) -> None:
        with pytest.raises(ValueError, match="not an amount"):
            wire.payment_item(payment(amount_fen=fen))


class TestTimes:
    def test_in_shanghai_whatever_the_zone(self) -> None:
        at = datetime(2026, 1, 5, 18, 30, 45, tzinfo=UTC)
        assert wire.local_time(at) == "2026-01-06 02:30:45"
        assert wire.local_time(at.astimezone(timezone(timedelta(hours=-5)))) == wire.local_time(at)
        assert wire.moment_of("2026-01-06 02:30:45") == at

    @pytest.mark.parametrize(
        "time",
        ["", "2026-01-06", "2026-01-06T02:30:45", "2026-02-30 00:00:00", "2026-01-06 24:00:01"],
    )
    def test_no_such_time(self, time: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - some are datetime's own words
            wire.moment_of(time)

    @pytest.mark.parametrize(
        "time", ["2026-01-06 02:30:45Z", "2026-1-6 2:30:45", "２026-01-06 02:30:45"]
    )
    def test_not_as_agreed(self, time: str) -> None:
        with pytest.raises(ValueError, match="not a time"):
            wire.moment_of(time)


ITEM: dict[str, Any] = structs.asdict(wire.payment_item(payment(order_no="a" * 32)))


class TestRefusals:
    async def code(self, world: World, operation: str, message: object) -> int:
        answer = await world.post(operation, json.encode(message))
        return int(answer["code"])

    @pytest.mark.parametrize(
        "item",
        [
            None,
            ITEM | {"order_no": "A" * 32},
            ITEM | {"order_no": "a" * 31},
            ITEM | {"id_number": ID[:17]},
            ITEM | {"name": ""},
            ITEM | {"area": "昭通"},
            ITEM | {"year": "2027"},
            ITEM | {"amount": 400},
            ITEM | {"amount": "400"},
        ],
    )
    async def test_malformed(self, world: World, item: object) -> None:
        assert await self.code(world, wire.PAYMENTS, item) == wire.MALFORMED
        assert await self.code(world, wire.PAYMENTS_BULK, {"items": [item]}) == wire.MALFORMED
        assert await self.code(world, wire.REFUNDS, item) == wire.MALFORMED
        assert (await world.page("/_book"))["orders"] == []

    async def test_other_content_under_a_number(self, world: World) -> None:
        assert await self.code(world, wire.PAYMENTS, ITEM) == wire.OK
        other, new = ITEM | {"amount": "380.00"}, ITEM | {"order_no": "b" * 32}
        assert await self.code(world, wire.PAYMENTS, other) == wire.NUMBER_REUSED
        bulk = {"items": [new, other]}
        assert await self.code(world, wire.PAYMENTS_BULK, bulk) == wire.NUMBER_REUSED
        assert len((await world.page("/_book"))["orders"]) == 1, "nothing of it was acted on"
        back = {"refund_no": "c" * 32, "order_no": "a" * 32, "amount": "400.00"}
        assert await self.code(world, wire.REFUNDS, back) == wire.OK
        assert await self.code(world, wire.REFUNDS, back | {"amount": "1.00"}) == wire.NUMBER_REUSED

    async def test_one_twice_in_a_request(self, world: World) -> None:
        assert await self.code(world, wire.PAYMENTS_BULK, {"items": [ITEM] * 2}) == wire.MALFORMED

    async def test_too_many(self, world: World) -> None:
        items = [ITEM | {"order_no": number()} for _ in range(BULK_MOST + 1)]
        assert await self.code(world, wire.PAYMENTS_BULK, {"items": items}) == wire.TOO_MANY
        numbers = [item["order_no"] for item in items]
        assert await self.code(world, wire.PAYMENTS_QUERY, {"order_nos": numbers}) == wire.TOO_MANY
        assert await self.code(world, wire.REFUNDS_QUERY, {"refund_nos": numbers}) == wire.TOO_MANY

    @pytest.mark.parametrize(
        "wrong",
        [{"app": "another"}, {"secret": "another"}, {"path": "/api/v1/payments"}],
    )
    async def test_bad_signature(self, world: World, wrong: dict[str, str]) -> None:
        assert await self.signed(world, **wrong) == wire.BAD_SIGNATURE

    async def test_outside_the_window(self, world: World) -> None:
        for seconds in (-302, 302):
            at = world.clock() + timedelta(seconds=seconds)
            assert await self.signed(world, at=at) == wire.BAD_SIGNATURE
        assert await self.signed(world, at=world.clock() - timedelta(seconds=290)) == wire.OK

    async def signed(self, world: World, **other: Any) -> int:
        body = json.encode({"day": "2026-01-05", "area": AREA})
        usual: dict[str, Any] = {
            "app": world.config.app,
            "secret": world.config.secret,
            "at": world.clock(),
            "path": world.config.path + wire.STATEMENTS,
        }
        headers = wire_signature.signed_headers(body, **(usual | other))
        answer = await world.post(wire.STATEMENTS, body, headers=headers)
        return int(answer["code"])
