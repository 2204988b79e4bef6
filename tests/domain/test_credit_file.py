"""Credit files: every wrong line has its sentence, whole files are refused before anything else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.credit import CreditRate, CreditRates
from service.domain.credit_file import (
    BadLine,
    CreditFileFault,
    CreditLine,
    CreditReader,
    Heading,
    Scope,
    read_heading,
    split,
)
from service.domain.money import FEN_MAX
from service.domain.number_set import NumberSet
from tests.credit_samples import HEADER, content, line, number

TODAY = date(2025, 3, 15)
WITH_AMOUNT = f"{HEADER},amount_fen"
RATES = CreditRates(
    employee=CreditRate(of="contribution", permille=1000),
    flexible=CreditRate(of="base", permille=20),
    retiree=CreditRate(of="pension_average", permille=20),
)


def read(file: bytes, *, rates: CreditRates | None = RATES) -> list[CreditLine | BadLine]:
    """What a file's lines come to, empty ones left out."""
    heading = read_heading(split([file]), today=TODAY)
    reader = CreditReader(heading, rates=rates, today=TODAY)
    found = [reader.read(each) for each in split([file]) if each.number > 1]
    return [each for each in found if each is not None]


def sentence(text: str) -> str:
    """What is wrong with `text`, which stands after a good line."""
    good, bad = read(content(line(1), text))
    assert isinstance(good, CreditLine)
    assert isinstance(bad, BadLine)
    assert bad.line == 3
    return bad.sentence


def test_a_good_line_is_a_credit() -> None:
    assert read(content(line(7, name=" 测试甲 ", category="flexible", base_fen="123475"))) == [
        CreditLine(
            line=2,
            id_number=number(7),
            name="测试甲",
            category="flexible",
            base_fen=123475,
            amount_fen=2470,
        )
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"area": "5104"}, "统筹区应为六位数字"),
        ({"area": "５１０４００"}, "统筹区应为六位数字"),
        ({"area": "510300"}, "统筹区与前面的行不同"),
        ({"month": "2025-1"}, "月份应写成"),
        ({"month": "2025-13"}, "月份应写成"),
        ({"month": "0000-01"}, "月份应写成"),
        ({"month": "2025-02"}, "月份与前面的行不同"),
        ({"month": "2025-04"}, "月份还没有到"),
        ({"id_number": "51040219900101"}, "应为 18 位"),
        ({"id_number": "510402199013011234"}, "出生日期不存在"),
        ({"id_number": number(3)[:17] + "XX0123"[number(3)[17] == "X"]}, "有一位填错了"),
        ({"id_number": "5.10402E+17"}, "应为 18 位"),
        ({"name": "甲"}, "姓名不合规范"),
        ({"name": "甲2"}, "姓名不合规范"),
        ({"category": "resident"}, "人员类别应为"),
        ({"category": ""}, "人员类别应为"),
        ({"base_fen": "0"}, "基数应为正整数"),
        ({"base_fen": "-5"}, "基数应为正整数"),
        ({"base_fen": "100.00"}, "基数应为正整数"),
        ({"base_fen": "１００"}, "基数应为正整数"),
        ({"base_fen": str(FEN_MAX + 1)}, "基数应为正整数"),
        ({"category": "retiree", "base_fen": "24"}, "不足一分"),
    ],
)
def test_a_wrong_line_has_its_sentence(changes: dict[str, str], words: str) -> None:
    assert words in sentence(line(3, **changes))


def test_an_endless_line_refuses_the_file() -> None:
    for file in (content(line(3, base_fen="9" * 5000)), content("9" * 5000).rstrip()):
        with pytest.raises(CreditFileFault, match="过长"):
            read(file)


@pytest.mark.parametrize("text", ["510400", f"{line(3)},1", f'"{line(3)}', '"', line(3)[:-6]])
def test_another_number_of_columns_is_told(text: str) -> None:
    assert sentence(text) == "应有 6 列，用英文逗号隔开。"


def test_sentences_tell_nothing_of_the_person() -> None:
    told = sentence(line(3, name="测试2")) + sentence(line(3, base_fen="1234567890123456"))
    assert not [part for part in (number(3), "测试", "1234567890123456") if part in told]


def test_a_person_counts_once_and_a_bad_line_does_not_count() -> None:
    found = read(content(line(1, base_fen="x"), line(1), line(2), line(1, base_fen="5"), line(1)))
    assert [isinstance(each, CreditLine) for each in found] == [False, True, True, False, False]
    assert found[4] == BadLine(6, "此人在本文件里出现过，本行没有入账。")


def test_a_small_letter_is_the_same_person() -> None:
    ends_in_x = next(place for place in range(100) if number(place).endswith("X"))
    again = line(ends_in_x, id_number=number(ends_in_x).lower())
    assert isinstance(read(content(line(ends_in_x), again))[1], BadLine)


@pytest.mark.parametrize(
    ("stated", "rates", "amount"),
    [
        ("", RATES, 10_000),
        ("10000", RATES, 10_000),
        ("9999", RATES, "与按政策算得的不同"),
        ("x", RATES, "金额应为正整数"),
        ("0", RATES, "金额应为正整数"),
        ("321", None, 321),
        ("", None, "按文件所载金额入账"),
        ("0", None, "金额应为正整数"),
    ],
)
def test_the_amount_is_the_policys_or_else_the_files(
    stated: str, rates: CreditRates | None, amount: int | str
) -> None:
    [found] = read(content(f"{line(1)},{stated}", header=WITH_AMOUNT), rates=rates)
    if isinstance(found, BadLine):
        assert str(amount) in found.sentence
    else:
        assert found.amount_fen == amount


def test_without_a_policy_and_the_column_nothing_is_credited() -> None:
    [found] = read(content(line(1)), rates=None)
    assert isinstance(found, BadLine)
    assert "amount_fen" in found.sentence


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_marks_and_line_ends_do_not_matter(end: str, mark: bytes) -> None:
    file = mark + content(line(1), "", '"' + line(2).replace(",", '","') + '"', end=end)
    assert [type(each) for each in read(file)] == [CreditLine, CreditLine]
    assert [type(each) for each in read(file.rstrip())] == [CreditLine, CreditLine]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-16", "utf-16-le"])
def test_another_encoding_refuses_the_file(encoding: str) -> None:
    file = content(*(line(place) for place in range(50))).decode().encode(encoding)
    with pytest.raises(CreditFileFault, match=r"没有读入任何内容|首行应为"):
        read(file)


def test_one_line_in_another_encoding_refuses_the_file() -> None:
    file = content(line(1), line(2)) + f"{line(3)}\n".encode("gbk")
    with pytest.raises(CreditFileFault, match="UTF-8"):
        read_heading(split([file]), today=TODAY)


@pytest.mark.parametrize(
    "file",
    [b"", b"\n", line().encode(), content(header=f"{HEADER},"), content(header=HEADER.upper())],
)
def test_without_its_heading_a_file_is_refused(file: bytes) -> None:
    with pytest.raises(CreditFileFault, match="首行应为 area,month"):
        read(file)


def test_a_county_is_no_pooling_area() -> None:
    with pytest.raises(CreditFileFault, match="市级代码"):
        read(content(line(1, area="510402")))


def test_the_scope_is_the_first_possible_lines() -> None:
    lines = [line(1, area="x"), line(1, month="2025-04"), "", line(2), line(3, area="610100")]
    heading = read_heading(split([content(*lines)]), today=TODAY)
    assert heading.scope == Scope(area="510400", month=date(2025, 1, 1))
    nothing = read_heading(split([content(*lines[:2])]), today=TODAY)
    assert nothing == Heading(columns=6)
    assert all(isinstance(each, BadLine) for each in read(content(*lines[:2])))


@given(st.binary(max_size=200), st.lists(st.integers(1, 9), max_size=40))
def test_lines_do_not_depend_on_the_pieces(file: bytes, sizes: list[int]) -> None:
    pieces, rest = [], file
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    lines = list(split([*pieces, rest]))
    assert lines == list(split([file]))
    assert [each.number for each in lines] == list(range(1, len(lines) + 1))
    assert not lines or lines[-1].end == len(file)


@given(st.lists(st.integers(1, 2**64 - 1) | st.integers(1, 50), max_size=2000))
def test_a_number_set_is_a_set(numbers: list[int]) -> None:
    ours, known = NumberSet(), set[int]()
    for each in numbers:
        assert ours.add(each) == (each not in known)
        known.add(each)


def test_a_number_set_grows() -> None:
    ours = NumberSet()
    assert all(ours.add(each) for each in range(1, 5000))
    assert not any(ours.add(each) for each in range(1, 5000))
