"""The tax bureau's file: every wrong line has its sentence, whole files are refused first."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.difference import Amount
from service.domain.tax_file import TaxFile, TaxFileFault, read_tax_file

DAY = date(2025, 11, 20)
HEADER = "order_no,refund_no,kind,receipt_no,area,year,amount,booked_at\n"
ORDER, REFUND = "0a1b2c3d" * 4, "f0e1d2c3" * 4
PARTY = "tax:610100"


def line(**changes: str) -> str:
    values = {
        "order_no": ORDER,
        "refund_no": "",
        "kind": "payment",
        "receipt_no": "T610100",
        "area": "610100",
        "year": "2026",
        "amount": "400.00",
        "booked_at": "2025-11-20 09:30:00",
    }
    return ",".join((values | changes).values()) + "\n"


BACK = line(refund_no=REFUND, kind="refund", booked_at="2025-11-20 16:00:00")


def read(content: str | bytes) -> TaxFile:
    raw = content.encode() if isinstance(content, str) else content
    return read_tax_file(raw, day=DAY, area="610100", party=PARTY)


def paid(fen: int = 40_000, number: str = ORDER) -> Amount:
    return Amount(institution_code=PARTY, message_id=number, account_fen=fen)


def test_a_payment_goes_by_its_order_and_a_refund_by_its_own_number() -> None:
    back = Amount(institution_code=PARTY, message_id=REFUND, refunded_fen=40_000)
    assert read(HEADER + line() + BACK) == TaxFile(amounts=[paid(), back], bad=[])


@pytest.mark.parametrize(
    "content",
    [
        HEADER + line(),
        (HEADER + line()).rstrip(),
        "\ufeff" + HEADER + line(),
        (HEADER + line()).replace("\n", "\r\n"),
        HEADER + "\n,,,,,,,\n" + line() + "\n",
        HEADER + line().replace(",", " , "),
        HEADER + line().replace("400.00", '"400.00"'),
    ],
)
def test_marks_line_ends_spaces_and_empty_lines_do_not_matter(content: str) -> None:
    assert read(content) == TaxFile(amounts=[paid()], bad=[])


def test_a_file_without_lines_is_a_day_without_premiums() -> None:
    assert read(HEADER) == TaxFile(amounts=[], bad=[])


@pytest.mark.parametrize(
    ("amount", "fen"),
    [("0.01", 1), ("110.00", 11_000), ("9999999999.99", 999_999_999_999)],
)
def test_yuan_are_fen(amount: str, fen: int) -> None:
    assert read(HEADER + line(amount=amount)).amounts == [paid(fen)]


@pytest.mark.parametrize("booked_at", ["2025-11-20 00:00:00", "2025-11-20 23:59:59"])
def test_the_day_is_that_of_shanghai(booked_at: str) -> None:
    assert read(HEADER + line(booked_at=booked_at)).amounts == [paid()]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (f"{ORDER},,payment\n", "应有 8 列"),
        (line().rstrip() + ",\n", "应有 8 列"),
        (line(kind="pay"), "payment 或 refund"),
        (line(kind=""), "payment 或 refund"),
        (line(order_no=ORDER[1:]), "编号应为 32 位"),
        (line(order_no=ORDER.upper()), "编号应为 32 位"),
        (line(order_no="", refund_no=REFUND), "编号应为 32 位"),
        (line(kind="refund"), "编号应为 32 位"),
        (line(area="610300"), "统筹区不是"),
        (line(area=""), "统筹区不是"),
        (line(amount="400"), "金额应写成"),
        (line(amount="400.0"), "金额应写成"),
        (line(amount="-400.00"), "金额应写成"),
        (line(amount="0400.00"), "金额应写成"),
        (line(amount="４００.00"), "金额应写成"),
        (line(amount="10000000000.00"), "金额应写成"),
        (line(booked_at="2025-11-19 23:59:59"), "入账时间不在"),
        (line(booked_at="2025-11-21 00:00:00"), "入账时间不在"),
        (line(booked_at="2025-11-20"), "入账时间不在"),
        (line(booked_at="2025-11-20T09:30:00"), "入账时间不在"),
        (line(booked_at=""), "入账时间不在"),
        (line(), "出现过"),
        (line(amount="1.00"), "出现过"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(wrong: str, words: str) -> None:
    found = read(HEADER + line() + wrong + BACK)
    assert [bad.line for bad in found.bad] == [3]
    assert words in found.bad[0].sentence
    assert found.bad[0].sentence.endswith("。")
    assert [amount.message_id for amount in found.amounts] == [ORDER, REFUND]
    assert found.amounts[0] == paid()


def test_a_refund_is_there_once() -> None:
    found = read(HEADER + BACK + BACK)
    assert ([bad.line for bad in found.bad], len(found.amounts)) == ([3], 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "首行应为 order_no,refund_no"),
        (line().encode(), "首行应为"),
        ((HEADER.upper() + line()).encode(), "首行应为"),
        (b"\n" + HEADER.encode(), "首行应为"),
        ((HEADER + line(receipt_no="票号")).encode("gbk"), "GBK"),
        ((HEADER + line()).encode("utf-16"), "UTF-8"),
    ],
)
def test_what_is_no_file_of_the_bureau_is_refused_whole(content: bytes, words: str) -> None:
    with pytest.raises(TaxFileFault, match=words):
        read(content)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_it(rest: bytes) -> None:
    try:
        found = read((HEADER + line()).encode() + rest)
    except TaxFileFault:
        return
    assert found.amounts == [paid()]
