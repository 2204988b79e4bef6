"""Every call to the tax bureau, for the tests of trouble, and that none of it names anybody."""

from collections.abc import Awaitable
from datetime import date
from typing import Any

from service.gateways.tax import RefundRequest, Tax
from tests.gateways.tax.world import AREA, ID, payment

ONE, TWO, THREE = (digit * 32 for digit in "123")
OURS, SECOND = payment(order_no=ONE), payment(order_no=TWO, year=2028)
BACK = RefundRequest(refund_no=ONE, order_no=TWO, amount_fen=40_000)
DAY = date(2026, 1, 5)


def orders(tax: Tax) -> list[Awaitable[Any]]:
    """The calls that move money."""
    return [tax.submit([OURS]), tax.submit([OURS, SECOND]), tax.refund(BACK)]


def questions(tax: Tax) -> list[Awaitable[Any]]:
    """The calls that do not."""
    return [tax.ask([ONE]), tax.ask_refund(ONE), tax.statement(DAY, area=AREA)]


def assert_silent(*texts: str) -> None:
    secrets = [ID, "测试甲"]
    assert [secret for secret in secrets for text in texts if secret in text] == []
