"""The platform's statement: every wrong line has its sentence, whole files are refused first."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.difference import Amount
from service.domain.statement_file import Statement, StatementFault, read_statement

DAY = date(2026, 1, 5)
HEADER = b"institution_code,message_id,settled_on,total_fen,account_fen,refunded_fen\n"
GOOD = b"H53060200001,message-0001,2026-01-05,1000,600,0\n"


def read(*content: bytes) -> Statement:
    return read_statement(content, day=DAY)


@pytest.mark.parametrize(
    "content",
    [
        HEADER + GOOD,
        b"\xef\xbb\xbf" + HEADER + GOOD,
        HEADER.replace(b"\n", b"\r\n") + GOOD.replace(b"\n", b"\r\n"),
        HEADER + b"\n,,,,,\n" + GOOD.rstrip(),
        HEADER + GOOD.replace(b",", b" , "),
        HEADER + GOOD.replace(b"message-0001", b'"message-0001"'),
    ],
)
def test_a_good_line_is_an_amount(content: bytes) -> None:
    statement = read(content)
    assert statement.amounts == {
        "H53060200001": {
            "message-0001": Amount(
                institution_code="H53060200001",
                message_id="message-0001",
                total_fen=1000,
                account_fen=600,
                refunded_fen=0,
            )
        }
    }
    assert statement.bad == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"H53060200001,m,2026-01-05,1000,600", "6 列"),
        (b'H53060200001,"m,2026-01-05,1000,600,0', "6 列"),
        (b"h53060200001,m,2026-01-05,1000,600,0", "机构编号"),
        (b"H53060200001,,2026-01-05,1000,600,0", "报文编号"),
        ("H53060200001,测试甲,2026-01-05,1000,600,0".encode(), "报文编号"),
        (b"H53060200001,m,20260105,1000,600,0", "结算日期"),
        (b"H53060200001,m,2026-02-30,1000,600,0", "结算日期"),
        (b"H53060200001,m,2026-01-05,10.00,600,0", "以分为单位"),
        (b"H53060200001,m,2026-01-05,1000,-600,0", "以分为单位"),
        (b"H53060200001,m,2026-01-05,9999999999999,600,0", "以分为单位"),
        (b"H53060200001,m,2026-01-05,1000,1001,0", "不能多于总额"),
        (b"H53060200001,m,2026-01-05,1000,600,601", "退回不能多于"),
        (b"H53060200001,m,2026-01-06,1000,600,0", "不属于这一天"),
        (b"H53060200001,m,2026-01-04,1000,600,0", "不属于这一天"),
        (b"H53060200001,message-0001,2026-01-05,1,1,0", "出现过"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(line: bytes, words: str) -> None:
    statement = read(HEADER + GOOD + line + b"\n" + GOOD.replace(b"message-0001", b"message-0002"))
    assert [bad.line for bad in statement.bad] == [3]
    assert words in statement.bad[0].sentence
    assert "测试甲" not in statement.bad[0].sentence
    assert statement.first_lines == {"H53060200001": 2}


def test_an_earlier_settlement_belongs_to_the_day_something_went_back() -> None:
    line = b"H53060200001,m,2025-12-31,1000,600,600\n"
    assert read(HEADER + line).amounts["H53060200001"]["m"].net_fen == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "首行"),
        (GOOD, "首行"),
        (HEADER + GOOD + "测试".encode("gbk") + b"\n", "UTF-8"),
        (HEADER + b"1" * 5000, "过长"),
        (HEADER.decode().encode("utf-16"), "UTF-8"),
    ],
)
def test_what_is_no_statement_is_refused_whole(content: bytes, words: str) -> None:
    with pytest.raises(StatementFault, match=words):
        read(content)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_no_bytes_break_it_however_they_are_cut(rest: bytes, piece: int) -> None:
    content = HEADER + rest
    try:
        whole = read(content)
    except StatementFault:
        return
    cut = [content[at : at + piece] for at in range(0, len(content), piece)]
    assert read(*cut) == whole
