"""A batch file (批量代缴名单): one CSV of one area and premium year, a line per relative.

Whoever hands it in vouches that the payers agreed. Sentences name neither person nor amount: the
line's number is enough to find it.
"""

import csv
import re
from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from service.domain.credit_file import BadLine, CreditFileFault, Line
from service.domain.enrolment import pooling_area
from service.domain.money import FEN_MAX
from service.domain.number_set import NumberSet
from service.domain.person import ID_NUMBER_FAULT_TEXT, IdNumber, parse_id_number
from service.domain.premium_terms import FIRST_YEAR, LAST_YEAR

COLUMNS = ("area", "year", "payer_id_number", "relative_id_number", "most_fen")

NOT_BOUND = "两人之间没有生效的共济绑定，本行没有读入。"
ELSEWHERE = "这位家人登记在其他统筹区，本行没有读入。"
PLANNED_ALREADY = "这位家人这一年已有预约，本行没有读入。"
_HEADING = "首行应为 " + ",".join(COLUMNS) + "，没有读入任何内容。"
_ENCODING = "文件不是 UTF-8 编码（可能是 GBK），没有读入任何内容：请另存为 UTF-8 的 CSV 后重试。"
_NO_SCOPE = "没有一行写明六位统筹区和四位年度（如 610100,2027），没有读入任何内容。"
_LONG = "文件里有过长的行，不是按行的 CSV，没有读入任何内容。"
_AREA = re.compile(r"[0-9]{6}")
_YEAR = re.compile(r"[0-9]{4}")
_FEN = re.compile(r"[1-9][0-9]{0,12}")
_ID_DIGITS = 17


class PremiumFileFault(Exception):
    """The file as a whole cannot be taken, in one sentence. Nothing of it was read in."""


class Scope(Struct, frozen=True, kw_only=True):
    """Whose premiums a file is about."""

    area: str
    year: int


class Wanted(Struct, frozen=True, kw_only=True):
    """One line: who pays for whom, and at most how much (fen)."""

    line: int
    payer: str
    relative: str
    most_fen: int


def read_scope(lines: Iterable[Line]) -> Scope | None:
    """Go through the whole file before anything of it is taken: its encoding and heading, and the
    area and year of the first line that tells them; None when it has no lines. Raises
    PremiumFileFault."""
    heading, lines_seen, scope = False, False, None
    try:
        for line in lines:
            cells = _cells(line)
            if not heading:
                if tuple(cells) != COLUMNS:
                    raise PremiumFileFault(_HEADING)
                heading = True
                continue
            lines_seen = lines_seen or bool(cells)
            if scope is None and len(cells) == len(COLUMNS):
                scope = _scope(*cells[:2])
    except CreditFileFault:
        raise PremiumFileFault(_LONG) from None
    if not heading:
        raise PremiumFileFault(_HEADING)
    if lines_seen and scope is None:
        raise PremiumFileFault(_NO_SCOPE)
    if scope and pooling_area(scope.area) != scope.area:
        raise PremiumFileFault("统筹区应写市级代码（末两位是 00），没有读入任何内容。")
    return scope


def _scope(area: str, year: str) -> Scope | None:
    if not (_AREA.fullmatch(area) and _YEAR.fullmatch(year)):
        return None
    if FIRST_YEAR <= int(year) <= LAST_YEAR:
        return Scope(area=area, year=int(year))
    return None


def _cells(line: Line) -> list[str]:
    """Without outer spaces; none for an empty line or one whose quotes do not match."""
    try:
        [cells] = csv.reader([line.content.decode().rstrip("\r")], strict=True)
    except UnicodeDecodeError:
        raise PremiumFileFault(_ENCODING) from None
    except (csv.Error, ValueError):
        return []
    return [cell.strip() for cell in cells]


class PremiumFileReader:
    """Reads the lines after the heading; remembers whom they pay for, in 16 to 32 bytes each."""

    def __init__(self, scope: Scope, *, today: date) -> None:
        self._scope, self._today = scope, today
        self._seen = NumberSet()

    def read(self, line: Line) -> Wanted | BadLine | None:
        """None for an empty line. Of several lines about one relative the first good one counts."""
        if not line.content.strip():
            return None
        cells = _cells(line)
        if len(cells) != len(COLUMNS):
            return BadLine(line.number, f"应有 {len(COLUMNS)} 列，用英文逗号隔开。")
        found = self._wanted(line.number, *cells)
        return BadLine(line.number, found) if isinstance(found, str) else found

    def _wanted(
        self, number: int, area: str, year: str, payer: str, relative: str, most: str
    ) -> Wanted | str:
        if _scope(area, year) != self._scope:
            return "统筹区或年度与前面的行不同，或写得不对：一个文件只装一个统筹区、一个年度。"
        pays = parse_id_number(payer, today=self._today)
        if not isinstance(pays, IdNumber):
            return f"缴费人：{ID_NUMBER_FAULT_TEXT[pays]}"
        paid_for = parse_id_number(relative, today=self._today)
        if not isinstance(paid_for, IdNumber):
            return f"家人：{ID_NUMBER_FAULT_TEXT[paid_for]}"
        if pays == paid_for:
            return "缴费人和家人是同一个人。"
        if not _FEN.fullmatch(most) or int(most) > FEN_MAX:
            return "最高金额应为正整数，以分为单位，不超过一百亿元。"
        if not self._seen.add(int(paid_for.text[:_ID_DIGITS])):
            return "这位家人在本文件里出现过，本行没有读入。"
        return Wanted(line=number, payer=pays.text, relative=paid_for.text, most_fen=int(most))
