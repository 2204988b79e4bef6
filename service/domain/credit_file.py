"""A credit file (划账文件): one CSV of one area and month, read line by line.

Sentences name neither person nor amount: the line's number is enough to find it.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple, cast, get_args

from msgspec import Struct

from service.domain.credit import CreditCategory, CreditRates
from service.domain.enrolment import pooling_area
from service.domain.money import FEN_MAX
from service.domain.number_set import NumberSet
from service.domain.person import ID_NUMBER_FAULT_TEXT, IdNumber, parse_id_number, parse_name

COLUMNS = ("area", "month", "id_number", "name", "category", "base_fen")
STATED = "amount_fen"
"""The column with the amount to credit, in fen: needed where no policy says how much."""

PAID_OTHERWISE = "此人这个月已按另一金额入账，本行没有入账。"
NO_POLICY = "文件所写的统筹区在那个月没有政策，没有读入任何内容。"
_ENCODING = "文件不是 UTF-8 编码（可能是 GBK），没有读入任何内容：请另存为 UTF-8 的 CSV 后重试。"
_LONG = "文件里有过长的行，不是按行的 CSV，没有读入任何内容。"
_HEADING = "首行应为 " + ",".join(COLUMNS) + f"，后面可以再有 {STATED} 一列。"
_LINE_BYTES_MAX = 4096
_BOM = b"\xef\xbb\xbf"
_AREA = re.compile(r"[0-9]{6}")
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_FEN = re.compile(r"[1-9][0-9]{0,12}")
_ID_DIGITS = 17


class CreditFileFault(Exception):
    """The file as a whole cannot be taken, in one sentence. Nothing of it was credited."""


class Line(NamedTuple):
    """`number` counts from 1, `end` is where the line ends in the file, in bytes."""

    number: int
    end: int
    content: bytes


class BadLine(NamedTuple):
    line: int
    sentence: str


class CreditLine(Struct, frozen=True, kw_only=True):
    """One person's credit; `amount_fen` by the area's policy, or as the file states it."""

    line: int
    id_number: str
    name: str
    category: CreditCategory
    base_fen: int
    amount_fen: int


class Scope(Struct, frozen=True, kw_only=True):
    """Whose credits a file holds: a pooling area's, for a month, told by its first day."""

    area: str
    month: date


class Heading(Struct, frozen=True, kw_only=True):
    """How many columns there are, and the scope of the first line that tells a possible one."""

    columns: int
    scope: Scope | None = None


def split(chunks: Iterable[bytes]) -> Iterator[Line]:
    """The lines of a file given in pieces of any length. Raises CreditFileFault."""
    number, end, rest = 0, 0, b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for content in whole:
            number, end = number + 1, end + len(content) + 1
            yield _line(number, end, content)
        if len(rest) > _LINE_BYTES_MAX:
            raise CreditFileFault(_LONG)
    if rest:
        yield _line(number + 1, end + len(rest), rest)


def _line(number: int, end: int, content: bytes) -> Line:
    if len(content) > _LINE_BYTES_MAX:
        raise CreditFileFault(_LONG)
    return Line(number, end, content.removeprefix(_BOM) if number == 1 else content)


def read_heading(lines: Iterable[Line], *, today: date) -> Heading:
    """Go through the whole file, before anything of it is credited. Raises CreditFileFault."""
    heading: Heading | None = None
    for line in lines:
        fields = _fields(line)
        if heading is None:
            if tuple(fields) not in (COLUMNS, (*COLUMNS, STATED)):
                raise CreditFileFault(_HEADING)
            heading = Heading(columns=len(fields))
        elif heading.scope is None and len(fields) == heading.columns:
            heading = Heading(columns=heading.columns, scope=_scope(*fields[:2], today=today))
    if heading is None:
        raise CreditFileFault(_HEADING)
    if heading.scope and pooling_area(heading.scope.area) != heading.scope.area:
        raise CreditFileFault("统筹区应写市级代码（末两位是 00），没有读入任何内容。")
    return heading


def _scope(area: str, month: str, *, today: date) -> Scope | None:
    first_day = _month(month)
    if not _AREA.fullmatch(area) or first_day is None or first_day > today:
        return None
    return Scope(area=area, month=first_day)


def _fields(line: Line) -> list[str]:
    """Without outer spaces; none for an empty line or one whose quotes do not match."""
    try:
        text = line.content.decode()
        [fields] = csv.reader([text.rstrip("\r")], strict=True)
    except UnicodeDecodeError:
        raise CreditFileFault(_ENCODING) from None
    except (csv.Error, ValueError):
        return []
    return [field.strip() for field in fields]


def _month(text: str) -> date | None:
    found = _MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def _fen(text: str) -> int | None:
    return int(text) if _FEN.fullmatch(text) and int(text) <= FEN_MAX else None


class CreditReader:
    """Reads the lines after the heading; remembers who was there, in 16 to 32 bytes a person."""

    def __init__(self, heading: Heading, *, rates: CreditRates | None, today: date) -> None:
        self._heading, self._rates, self._today = heading, rates, today
        self._seen = NumberSet()

    def read(self, line: Line) -> CreditLine | BadLine | None:
        """None for an empty line. Of a person's several lines the first good one counts."""
        if not line.content.strip():
            return None
        fields = _fields(line)
        if len(fields) != self._heading.columns:
            sentence = f"应有 {self._heading.columns} 列，用英文逗号隔开。"
            return BadLine(line.number, sentence)
        found = self._credit(line.number, fields)
        return BadLine(line.number, found) if isinstance(found, str) else found

    def _credit(self, number: int, fields: list[str]) -> CreditLine | str:
        area, month, id_text, name_text, category, base = fields[:6]
        id_number = parse_id_number(id_text, today=self._today)
        name, base_fen = parse_name(name_text), _fen(base)
        if wrong := self._wrong_place(area, month):
            return wrong
        if not isinstance(id_number, IdNumber):
            return ID_NUMBER_FAULT_TEXT[id_number]
        if name is None:
            return "姓名不合规范：应为 2 到 50 个文字。"
        if category not in get_args(CreditCategory):
            return "人员类别应为 employee、flexible 或 retiree。"
        if base_fen is None:
            return "基数应为正整数，以分为单位，不超过一百亿元。"
        known = cast(CreditCategory, category)
        amount_fen = self._amount(known, base_fen, stated=fields[6] if len(fields) > 6 else "")
        if isinstance(amount_fen, str):
            return amount_fen
        if not self._seen.add(int(id_number.text[:_ID_DIGITS])):
            return "此人在本文件里出现过，本行没有入账。"
        return CreditLine(
            line=number,
            id_number=id_number.text,
            name=name,
            category=known,
            base_fen=base_fen,
            amount_fen=amount_fen,
        )

    def _wrong_place(self, area: str, month: str) -> str | None:
        first_day = _month(month)
        if not _AREA.fullmatch(area):
            return "统筹区应为六位数字。"
        if first_day is None:
            return "月份应写成 2025-01 的样子。"
        if first_day > self._today:
            return "月份还没有到。"
        if self._heading.scope is None or area != self._heading.scope.area:
            return "统筹区与前面的行不同：一个文件只装一个统筹区。"
        if first_day != self._heading.scope.month:
            return "月份与前面的行不同：一个文件只装一个月。"
        return None

    def _amount(self, category: CreditCategory, base_fen: int, *, stated: str) -> int | str:
        """The amount in fen, or what is wrong."""
        stated_fen = _fen(stated)
        if stated and stated_fen is None:
            return "金额应为正整数，以分为单位，不超过一百亿元。"
        if self._rates is None:
            return stated_fen or f"当地没有公布划入办法，应有 {STATED} 一列，按文件所载金额入账。"
        by_policy_fen = self._rates.credit_fen(category, base_fen)
        if by_policy_fen == 0:
            return "按政策算得不足一分，没有入账。"
        if stated_fen not in (None, by_policy_fen):
            return "文件所载金额与按政策算得的不同，没有入账。"
        return by_policy_fen
