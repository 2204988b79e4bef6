"""The insurance platform's statement of a day as a CSV file, a line per settlement.

No public interface for it exists; this is ours. The file of a day names every settlement that was
settled on the day, and earlier ones of which something went back to accounts on the day.
`account_fen` is what personal accounts paid of it (own and mutual aid), `refunded_fen` what went
back to them on the day.
"""

import csv
import re
from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from service.domain.credit_file import BadLine, CreditFileFault, Line, split
from service.domain.difference import Amount
from service.domain.money import FEN_MAX

COLUMNS = (
    "institution_code", "message_id", "settled_on", "total_fen", "account_fen", "refunded_fen",
)  # fmt: skip

UNKNOWN_INSTITUTION = "机构编号不在我们的定点机构名单里，该机构的各行都没有对账。"
_HEADING = "首行应为 " + ",".join(COLUMNS) + "，没有对账。"
_ENCODING = "文件不是 UTF-8 编码（可能是 GBK），没有对账：请另存为 UTF-8 的 CSV 后重试。"
_LONG = "文件里有过长的行，不是按行的 CSV，没有对账。"
_CODE = re.compile("[A-Z][0-9]{11}")
_MESSAGE = re.compile(r"[\x21-\x7e]{1,64}")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FEN = re.compile("0|[1-9][0-9]{0,12}")


class StatementFault(Exception):
    """The file as a whole cannot be compared, in one sentence."""


class Statement(Struct, frozen=True, kw_only=True):
    """The good lines by institution and message, where each institution first stands in the file,
    and the lines that are wrong."""

    amounts: dict[str, dict[str, Amount]]
    first_lines: dict[str, int]
    bad: list[BadLine]


def read_statement(chunks: Iterable[bytes], *, day: date) -> Statement:
    """The statement of `day`, from a file in pieces of any length. Raises StatementFault."""
    statement = Statement(amounts={}, first_lines={}, bad=[])
    heading = None
    try:
        for line in split(chunks):
            if heading is None:
                heading = tuple(_cells(line))
                if heading != COLUMNS:
                    raise StatementFault(_HEADING)
            elif line.content.strip(b", \t\r"):
                _add(statement, line, day)
    except CreditFileFault:
        raise StatementFault(_LONG) from None
    except UnicodeDecodeError:
        raise StatementFault(_ENCODING) from None
    if heading is None:
        raise StatementFault(_HEADING)
    return statement


def _add(statement: Statement, line: Line, day: date) -> None:
    found = _amount(_cells(line), day)
    if isinstance(found, Amount):
        known = statement.amounts.setdefault(found.institution_code, {})
        if found.message_id not in known:
            known[found.message_id] = found
            statement.first_lines.setdefault(found.institution_code, line.number)
            return
        found = "这一笔在本文件里出现过，本行没有对账。"
    statement.bad.append(BadLine(line.number, found))


def _cells(line: Line) -> list[str]:
    """None where a quotation mark has no partner. Raises UnicodeDecodeError."""
    try:
        [cells] = csv.reader([line.content.decode().rstrip("\r")], strict=True)
    except csv.Error:
        return []
    except ValueError as fault:
        if isinstance(fault, UnicodeDecodeError):
            raise
        return []
    return [cell.strip() for cell in cells]


def _amount(cells: list[str], day: date) -> Amount | str:
    """What the line says, or what is wrong with it."""
    if len(cells) != len(COLUMNS):
        return f"应有 {len(COLUMNS)} 列，用英文逗号隔开。"
    code, message, settled, *amounts = cells
    if not _CODE.fullmatch(code):
        return "机构编号应为一个大写字母加 11 位数字。"
    if not _MESSAGE.fullmatch(message):
        return "报文编号应为 1 到 64 个字母、数字或符号。"
    settled_on = _date(settled)
    if settled_on is None:
        return "结算日期应写成 2026-01-05 的样子。"
    if not all(_FEN.fullmatch(text) and int(text) <= FEN_MAX for text in amounts):
        return "金额应为非负整数，以分为单位，不超过一百亿元。"
    total_fen, account_fen, refunded_fen = map(int, amounts)
    if not refunded_fen <= account_fen <= total_fen:
        return "退回不能多于账户支付，账户支付不能多于总额。"
    if settled_on > day or (settled_on < day and not refunded_fen):
        return "这一笔既不是当天结算的，当天也没有退回，不属于这一天。"
    return Amount(
        institution_code=code,
        message_id=message,
        total_fen=total_fen,
        account_fen=account_fen,
        refunded_fen=refunded_fen,
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
