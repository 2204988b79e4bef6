"""Answers of the tax bureau that cannot be used, or not as they are."""

from typing import Any

import pytest
from msgspec import json, structs

from service.gateways import GatewayTrouble
from service.gateways.tax import RefundResult, Tax, Unknown
from tests.gateways.tax.calls import (
    BACK,
    DAY,
    ONE,
    OURS,
    SECOND,
    THREE,
    TWO,
    assert_silent,
    orders,
    questions,
)
from tests.gateways.tax.world import AREA, ID, World, pay_one

AT = "2026-01-05 10:00:00"


def said(data: Any, *, code: Any = 0) -> bytes:
    return json.encode({"code": code, "message": "成功", "data": data})


def paid(order_no: str = ONE, **other: Any) -> dict[str, Any]:
    usual = {"state": "PAID", "receipt_no": "T1", "amount": "400.00", "decided_at": AT}
    return {"order_no": order_no, **usual, **other}


def refunded(**other: Any) -> dict[str, Any]:
    usual = {"state": "REFUNDED", "amount": "400.00", "decided_at": AT}
    return {"refund_no": ONE, **usual, **other}


UNREADABLE = {
    "empty": b"",
    "html": b"<html>502</html>",
    "not utf-8": b'{"code":0,"message":"\xff"}',
    "endless nesting": b'{"x":' + b"[" * 100_000,
    "no code": b"{}",
    "code in words": said(paid(), code="0"),
    "another code": json.encode({"code": 1003, "message": f"{ID} 测试甲"}),
    "an unknown code": json.encode({"code": 9999, "message": f"{ID} 测试甲"}),
    "no data": said(None),
    "a list": said([paid()]),
    "closed until when": said({"until": "soon"}, code=1001),
}

NOT_PAID = {
    "unknown state": paid(state="PENDING"),
    "our word": paid(state="paid"),
    "another order": paid(TWO),
    "another amount": paid(amount="4000.00"),
    "part of a fen": paid(amount="400.001"),
    "amount as number": paid(amount=400.0),
    "no amount": paid(amount=None),
    "no receipt": paid(receipt_no=""),
    "no time": paid(decided_at=None),
    "no such day": paid(decided_at="2026-02-30 10:00:00"),
    "not found": {"order_no": ONE, "state": "NOT_FOUND"},
    "number in capitals": paid("A" * 32),
}

NOT_THESE = {
    "one missing": [paid(ONE)],
    "one beside": [paid(ONE), paid(TWO), paid(THREE)],
    "one twice": [paid(ONE), paid(ONE)],
    "all twice": [paid(ONE), paid(TWO), paid(ONE), paid(TWO)],
    "another": [paid(ONE), paid(THREE)],
    "none": [],
    "one of another amount": [paid(ONE), paid(TWO, amount="0.00")],
    "one unknown": [paid(ONE), paid(TWO, state="?")],
}


class TestAnswers:
    @pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
    async def test_unusable(self, world: World, body: bytes) -> None:
        gateway = world.answering(body)
        for order in orders(gateway):
            unknown = await order
            assert isinstance(unknown, Unknown)
            assert_silent(unknown.reason)
        for question in questions(gateway):
            with pytest.raises(GatewayTrouble) as trouble:
                await question
            assert_silent(str(trouble.value))
            assert trouble.value.__cause__ is None

    @pytest.mark.parametrize("item", NOT_PAID.values(), ids=NOT_PAID.keys())
    async def test_not_what_was_sent(self, world: World, item: dict[str, Any]) -> None:
        assert isinstance(await world.answering(said(item)).submit([OURS]), Unknown)

    @pytest.mark.parametrize("items", NOT_THESE.values(), ids=NOT_THESE.keys())
    async def test_not_those_that_were_sent(self, world: World, items: list[Any]) -> None:
        gateway = world.answering(said({"items": items}))
        assert isinstance(await gateway.submit([OURS, SECOND]), Unknown)

    @pytest.mark.parametrize("items", list(NOT_THESE.values())[:6], ids=list(NOT_THESE)[:6])
    async def test_not_those_asked_about(self, world: World, items: list[Any]) -> None:
        with pytest.raises(GatewayTrouble, match="not those"):
            await world.answering(said({"items": items})).ask([ONE, TWO])

    async def test_in_another_order(self, world: World) -> None:
        gateway = world.answering(said({"items": [paid(TWO), paid(ONE)]}))
        for told in (await gateway.submit([OURS, SECOND]), await gateway.ask([ONE, TWO])):
            assert isinstance(told, list)
            assert [result.order_no for result in told] == [ONE, TWO]

    @pytest.mark.parametrize(
        "other",
        [
            {"state": "PAID"},
            {"refund_no": TWO},
            {"amount": "1.00"},
            {"amount": None},
            {"decided_at": ""},
            {"state": "NOT_FOUND"},
        ],
    )
    async def test_not_refunded(self, world: World, other: dict[str, Any]) -> None:
        assert isinstance(await world.answering(said(refunded(**other))).refund(BACK), Unknown)

    @pytest.mark.parametrize("reason", ["777", "", None])
    async def test_a_decline_without_a_known_reason(self, world: World, reason: Any) -> None:
        declined = {"state": "DECLINED", "decided_at": AT, "reason": reason}
        told = await world.answering(said({"order_no": ONE, **declined})).submit([OURS])
        assert isinstance(told, list)
        assert (told[0].state, told[0].reason) == ("declined", "other")
        back = await world.answering(said({"refund_no": ONE, **declined})).refund(BACK)
        assert isinstance(back, RefundResult)
        assert (back.state, back.reason) == ("declined", "other")

    async def test_another_file(self, world: World) -> None:
        with pytest.raises(GatewayTrouble, match="read_statement"):
            await world.answering(said("order_no,amount\n")).statement(DAY, area=AREA)

    async def test_a_refused_client(self, world: World) -> None:
        gateway = world.gateway(structs.replace(world.config, secret="another"))
        assert await gateway.submit([OURS]) == Unknown(reason="code 1002", answered=True)
        await gateway.close()

    async def test_a_number_used_for_something_else(self, world: World, tax: Tax) -> None:
        await pay_one(tax, OURS)
        other = structs.replace(OURS, amount_fen=38_000)
        assert await tax.submit([other]) == Unknown(reason="code 1004", answered=True)
        assert await tax.submit([SECOND, other]) == Unknown(reason="code 1004", answered=True)
        assert [line["submissions"] for line in (await world.page("/_book"))["orders"]] == [1]
