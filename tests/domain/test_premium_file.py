"""Batch files: every wrong line has its sentence, whole files are refused before anything else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.credit_file import BadLine, Line, split
from service.domain.money import FEN_MAX
from service.domain.premium_file import (
    COLUMNS,
    PremiumFileFault,
    PremiumFileReader,
    Scope,
    Wanted,
    read_scope,
)
from tests.credit_samples import number

TODAY = date(2025, 11, 20)
HEADER = "area,year,payer_id_number,relative_id_number,most_fen"
SCOPE = Scope(area="610100", year=2026)


def line(place: int = 0, **changes: str) -> str:
    """An employee who pays for a relative, 400 yuan at most; every place is another family."""
    values = {
        "area": "610100",
        "year": "2026",
        "payer_id_number": number(2 * place),
        "relative_id_number": number(2 * place + 1),
        "most_fen": "40000",
    }
    assert tuple(values) == COLUMNS
    return ",".join((values | changes).values())


def content(*lines: str, header: str = HEADER, end: str = "\n") -> bytes:
    return "".join(f"{text}{end}" for text in (header, *lines)).encode()


def read(file: bytes) -> list[Wanted | BadLine]:
    """What a file's lines come to, empty ones left out."""
    scope = read_scope(split([file]))
    reader = PremiumFileReader(scope or SCOPE, today=TODAY)
    found = [reader.read(each) for each in split([file]) if each.number > 1]
    return [each for each in found if each is not None]


def sentence(text: str) -> str:
    """What is wrong with `text`, which stands between good lines."""
    before, bad, after = read(content(line(1), text, line(2)))
    assert isinstance(before, Wanted)
    assert isinstance(after, Wanted)
    assert isinstance(bad, BadLine)
    assert bad.line == 3
    return bad.sentence


def test_a_good_line_is_wanted() -> None:
    spaced = line(7, most_fen=" 38000 ", area=" 610100")
    assert read(content(spaced)) == [
        Wanted(line=2, payer=number(14), relative=number(15), most_fen=38_000)
    ]


OTHER = "一个文件只装一个统筹区、一个年度"
MOST = "最高金额应为正整数"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"area": "610300"}, OTHER),
        ({"area": "6101"}, OTHER),
        ({"area": "６１０１００"}, OTHER),
        ({"year": "2027"}, OTHER),
        ({"year": "26"}, OTHER),
        ({"year": ""}, OTHER),
        ({"payer_id_number": "51040219900101"}, "缴费人：身份证号码应为 18 位"),
        ({"payer_id_number": "5.10402E+17"}, "缴费人：身份证号码应为 18 位"),
        ({"payer_id_number": "51040219900101123一"}, "缴费人：身份证号码只能是半角数字"),
        ({"relative_id_number": ""}, "家人：身份证号码应为 18 位"),
        ({"relative_id_number": "510402199013011234"}, "家人：身份证号码里的出生日期不存在"),
        (
            {"relative_id_number": number(6)[:17] + "XX0123"[number(6)[17] == "X"]},
            "家人：身份证号码有一位填错了",
        ),
        ({"relative_id_number": number(6)}, "缴费人和家人是同一个人。"),
        ({"most_fen": "0"}, MOST),
        ({"most_fen": "-1"}, MOST),
        ({"most_fen": "400.00"}, MOST),
        ({"most_fen": "４００００"}, MOST),
        ({"most_fen": ""}, MOST),
        ({"most_fen": str(FEN_MAX + 1)}, MOST),
        ({"relative_id_number": number(3)}, "这位家人在本文件里出现过"),
        ({"relative_id_number": f" {number(3).lower()} "}, "这位家人在本文件里出现过"),
    ],
)
def test_a_wrong_line_has_its_sentence(changes: dict[str, str], words: str) -> None:
    told = sentence(line(3, **changes))
    assert words in told
    assert told.endswith("。")


@pytest.mark.parametrize(
    "text", ["610100", f"{line(3)},1", f'"{line(3)}', '"', line(3)[:-6], line(3, most_fen='"4"0')]
)
def test_another_number_of_columns_is_told(text: str) -> None:
    assert sentence(text) == "应有 5 列，用英文逗号隔开。"


def test_sentences_tell_nothing_of_people_and_amounts() -> None:
    wrong = [
        line(3, most_fen="12345678.9"),
        line(3, relative_id_number=number(6)),
        line(3, payer_id_number=number(6)[:17]),
        line(3, relative_id_number=number(3)),
    ]
    told = "".join(map(sentence, wrong))
    secrets = (number(6)[:17], number(3), number(7), "12345678")
    assert not [part for part in secrets if part in told]


def test_a_relative_counts_once_and_a_bad_line_does_not_count() -> None:
    another = line(5, relative_id_number=number(3))
    found = read(content(line(1, most_fen="x"), line(1), another, line(2)))
    assert [isinstance(each, Wanted) for each in found] == [False, True, False, True]
    assert found[2] == BadLine(4, "这位家人在本文件里出现过，本行没有读入。")


def test_a_payer_pays_for_several_and_may_be_paid_for() -> None:
    same = line(2, payer_id_number=number(2))
    turned = line(3, relative_id_number=number(2))
    assert all(isinstance(each, Wanted) for each in read(content(line(1), same, turned)))


def test_the_highest_amount() -> None:
    [found] = read(content(line(most_fen=str(FEN_MAX))))
    assert isinstance(found, Wanted)
    assert found.most_fen == FEN_MAX


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["bare", "with-bom"])
def test_marks_line_ends_and_empty_lines_do_not_matter(end: str, mark: bytes) -> None:
    quoted = '"' + line(2).replace(",", '","') + '"'
    file = mark + content(line(1), "", " ", quoted, "", end=end)
    found = read(file)
    assert [each.line for each in found if isinstance(each, Wanted)] == [2, 5]
    assert len(found) == 2
    assert read(file.rstrip()) == found


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-16", "utf-16-le"])
def test_another_encoding_refuses_the_file(encoding: str) -> None:
    file = content(*map(line, range(50)), "备注").decode().encode(encoding)
    with pytest.raises(PremiumFileFault, match=r"没有读入任何内容"):
        read_scope(split([file]))


def test_one_line_in_another_encoding_refuses_the_file() -> None:
    file = content(line(1), line(2)) + "备注,,,,\n".encode("gbk")
    with pytest.raises(PremiumFileFault, match="UTF-8"):
        read_scope(split([file]))


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\n",
        line().encode(),
        b"\n" + content(line()),
        content(line(), header=f"{HEADER},"),
        content(line(), header=HEADER.upper()),
        content(line(), header="year,area,payer_id_number,relative_id_number,most_fen"),
    ],
)
def test_without_its_heading_a_file_is_refused(file: bytes) -> None:
    with pytest.raises(PremiumFileFault, match="首行应为 area,year"):
        read_scope(split([file]))


def test_an_endless_line_refuses_the_file() -> None:
    for file in (content(line(most_fen="9" * 5000)), content("9" * 5000).rstrip(), b"9" * 5000):
        with pytest.raises(PremiumFileFault, match="过长"):
            read_scope(split([file]))


def test_a_county_is_no_pooling_area() -> None:
    with pytest.raises(PremiumFileFault, match="市级代码"):
        read_scope(split([content(line(area="610116"))]))


def test_the_scope_is_the_first_possible_lines() -> None:
    lines = ["", line(1, area="x"), line(1, year="1999"), "610300", line(2), line(area="610300")]
    assert read_scope(split([content(*lines)])) == SCOPE
    with pytest.raises(PremiumFileFault, match="没有一行写明"):
        read_scope(split([content(*lines[:4])]))
    assert read_scope(split([content()])) is None


@given(st.binary(max_size=200))
def test_no_bytes_break_it(rest: bytes) -> None:
    try:
        found = read(content(line(1)) + rest)
    except PremiumFileFault:
        return
    assert isinstance(found[0], Wanted)
    assert all(isinstance(each, BadLine) for each in found[1:])


def test_the_reader_takes_lines_one_by_one() -> None:
    reader = PremiumFileReader(SCOPE, today=TODAY)
    assert reader.read(Line(9, 0, b"\r")) is None
    found = reader.read(Line(9, 0, line().encode()))
    assert isinstance(found, Wanted)
    assert found.line == 9
