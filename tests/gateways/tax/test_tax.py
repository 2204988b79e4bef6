"""The tax bureau's client against its sandbox: what works, and every expected no."""

import time
from datetime import timedelta

import pytest
from msgspec import structs

from service.gateways.tax import (
    BULK_MOST,
    Decline,
    RefundRequest,
    RefundResult,
    Tax,
    wire,
)
from tests.gateways.tax.world import (
    AREA,
    ID,
    OTHER_ID,
    World,
    number,
    pay,
    pay_one,
    payment,
    whole,
)


class TestPayment:
    async def test_paid_with_a_receipt(self, world: World, tax: Tax) -> None:
        ours = payment()
        result = await pay_one(tax, ours)
        assert (result.order_no, result.state) == (ours.order_no, "paid")
        assert (result.amount_fen, result.reason) == (40_000, None)
        assert result.receipt_number
        assert result.at is not None
        assert abs(result.at - world.clock()) < timedelta(seconds=5)
        assert world.paid == [(ID, 2027)]
        assert await tax.ask([ours.order_no]) == [result]

    async def test_again_is_the_same_order(self, world: World, tax: Tax) -> None:
        ours = payment()
        assert await pay_one(tax, ours) == await pay_one(tax, ours)
        (line,) = (await world.page("/_book"))["orders"]
        assert (line["submissions"], line["state"]) == (2, "paid")
        assert len(await world.callbacks()) == 1

    async def test_once_a_year(self, tax: Tax) -> None:
        await pay_one(tax, payment())
        second = await pay_one(tax, payment())
        assert (second.state, second.reason, second.receipt_number) == (
            "declined",
            "already_paid",
            "",
        )
        assert (await pay_one(tax, payment(year=2028))).state == "paid"
        assert (await pay_one(tax, payment(id_number=OTHER_ID))).state == "paid"

    async def test_a_decline_is_final(self, world: World, tax: Tax) -> None:
        ours = payment()
        await world.turn(f"/_people/{ID}", reason="suspended")
        assert (await pay_one(tax, ours)).reason == "suspended"
        await world.turn(f"/_people/{ID}")
        assert (await pay_one(tax, ours)).reason == "suspended"
        assert (await pay_one(tax, payment())).state == "paid"

    @pytest.mark.parametrize("reason", wire.DECLINES.values())
    async def test_reasons(self, world: World, tax: Tax, reason: Decline) -> None:
        await world.turn(f"/_people/{ID}", reason=reason)
        result = await pay_one(tax, payment())
        assert (result.state, result.reason) == ("declined", reason)
        assert result.at is not None

    async def test_reasons_that_depend(self, world: World, tax: Tax) -> None:
        await world.turn(f"/_people/{ID}", due_fen=38_000, paid_elsewhere_year=2028)
        assert (await pay_one(tax, payment())).reason == "amount_differs"
        assert (await pay_one(tax, payment(year=2028))).reason == "already_paid"
        assert (await pay_one(tax, payment(amount_fen=38_000))).state == "paid"
        await world.turn("/_mode", window_closed=True)
        assert (await pay_one(tax, payment(id_number=OTHER_ID))).reason == "window_closed"

    async def test_nobody_asked_nothing_sent(self, world: World) -> None:
        silent = world.answering(b"")
        assert await silent.submit([]) == []
        assert await silent.ask([]) == ()


class TestMany:
    async def test_each_in_the_order_asked(self, tax: Tax) -> None:
        first = payment()
        await pay_one(tax, first)
        several = [payment(), payment(id_number=OTHER_ID), payment(year=2028), first]
        results = await pay(tax, *several)
        assert [result.order_no for result in results] == [one.order_no for one in several]
        assert [result.state for result in results] == ["declined", "paid", "paid", "paid"]
        asked = [several[2].order_no, number(), several[0].order_no]
        told = await tax.ask(asked)
        assert isinstance(told, list)
        assert [result.order_no for result in told] == asked
        assert [result.state for result in told] == ["paid", "not_found", "declined"]

    async def test_as_many_as_there_may_be_in_little_time(self, world: World, tax: Tax) -> None:
        several = [payment(year=2100 + n) for n in range(BULK_MOST)]
        began = time.monotonic()
        results = await pay(tax, *several)
        assert time.monotonic() - began < 1
        assert {result.state for result in results} == {"paid"}
        assert len({result.receipt_number for result in results}) == BULK_MOST
        book = await world.page("/_book")
        assert (book["paid_fen"], book["refunded_fen"]) == (BULK_MOST * 40_000, 0)

    async def test_too_many_or_one_twice_is_our_fault(self, tax: Tax) -> None:
        twice = payment()
        with pytest.raises(ValueError, match="at most 500"):
            await tax.submit([twice, twice])
        with pytest.raises(ValueError, match="at most 500"):
            await tax.ask([number() for _ in range(BULK_MOST + 1)])

    async def test_the_book_names_nobody(self, world: World, tax: Tax) -> None:
        await pay_one(tax, payment())
        page = str(await world.page("/_book"))
        assert ID not in page
        assert "测试" not in page


class TestRefund:
    async def test_given_back_and_paid_anew(self, world: World, tax: Tax) -> None:
        ours = payment()
        await pay_one(tax, ours)
        back = whole(ours)
        result = await tax.refund(back)
        assert isinstance(result, RefundResult)
        assert (result.state, result.amount_fen) == ("refunded", 40_000)
        assert result.at is not None
        assert await tax.refund(back) == result == await tax.ask_refund(back.refund_no)
        assert world.refunded == [(ID, 2027)]
        assert (await pay_one(tax, ours)).state == "paid", "what was paid then stays told"
        assert (await pay_one(tax, payment())).state == "paid"
        book = await world.page("/_book")
        assert (book["paid_fen"], book["refunded_fen"]) == (80_000, 40_000)
        assert book["orders"][0]["state"] == "refunded"
        assert book["orders"][0]["refunds"][0]["refund_no"] == back.refund_no

    async def test_declined(self, world: World, tax: Tax) -> None:
        ours = payment()
        assert await self.reason(tax, whole(ours)) == "not_paid"
        await pay_one(tax, ours)
        assert await self.reason(tax, structs.replace(whole(ours), amount_fen=1)) == "other"
        world.credited.add((ID, 2027))
        assert await self.reason(tax, whole(ours)) == "credited"
        world.credited.clear()
        await tax.refund(whole(ours))
        assert await self.reason(tax, whole(ours)) == "not_paid", "given back once"

    async def test_unheard_of(self, tax: Tax) -> None:
        refund_no = number()
        assert await tax.ask_refund(refund_no) == RefundResult(
            refund_no=refund_no, state="not_found"
        )

    @staticmethod
    async def reason(tax: Tax, request: RefundRequest) -> str | None:
        result = await tax.refund(request)
        assert isinstance(result, RefundResult)
        assert result.state == "declined"
        return result.reason


class TestStatement:
    async def test_payments_and_refunds_of_the_day(self, world: World, tax: Tax) -> None:
        kept, returned, elsewhere = payment(), payment(year=2028), payment(area="610100")
        results = await pay(tax, kept, returned, elsewhere)
        back = whole(returned)
        refund = await tax.refund(back)
        assert isinstance(refund, RefundResult)
        day = world.clock().astimezone(wire.SHANGHAI).date()
        text = await tax.statement(day, area=AREA)
        assert isinstance(text, bytes)
        header, *lines = text.decode().splitlines()
        assert header == "order_no,refund_no,kind,receipt_no,area,year,amount,booked_at"
        first, second = results[0], results[1]
        assert first.at is not None
        assert second.at is not None
        assert refund.at is not None
        assert lines == [
            f"{kept.order_no},,payment,{first.receipt_number},{AREA},2027,400.00,"
            f"{wire.local_time(first.at)}",
            f"{returned.order_no},,payment,{second.receipt_number},{AREA},2028,400.00,"
            f"{wire.local_time(second.at)}",
            f"{returned.order_no},{back.refund_no},refund,{second.receipt_number},{AREA},2028,"
            f"400.00,{wire.local_time(refund.at)}",
        ]
        assert await tax.statement(day - timedelta(days=1), area=AREA) == f"{header}\n".encode()
