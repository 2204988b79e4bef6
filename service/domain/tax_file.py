"""The tax bureau's daily file as amounts to compare: a line per payment and per refund.

The format is ours (docs/tax-gateway.md): payments by the number of the order, refunds by their own.
"""

import csv
import re
from datetime import date, datetime

from msgspec import Struct

from service.domain.calendar import SHANGHAI
from service.domain.credit_file import BadLine
from service.domain.difference import Amount

COLUMNS = (
    "order_no", "refund_no", "kind", "receipt_no", "area", "year", "amount", "booked_at",
)  # fmt: skip
_NUMBER = re.compile("[0-9a-f]{32}")
_YUAN = re.compile(r"(0|[1-9][0-9]{0,9})\.([0-9]{2})")


class TaxFileFault(Exception):
    """The file as a whole cannot be compared, in one sentence."""


class TaxFile(Struct, frozen=True, kw_only=True):
    """The good lines, and those that are wrong."""

    amounts: list[Amount]
    bad: list[BadLine]


def read_tax_file(content: bytes, *, day: date, area: str, party: str) -> TaxFile:
    """Of one finished day and pooling area; `party` is who the amounts are said to come from.
    Raises TaxFileFault."""
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise TaxFileFault(
            "文件不是 UTF-8 编码（可能是 GBK），没有对账：请另存为 UTF-8 的 CSV 后重试。"
        ) from None
    if tuple(_cells(lines[0])) != COLUMNS:
        raise TaxFileFault("首行应为 " + ",".join(COLUMNS) + "，没有对账。")
    amounts: dict[str, Amount] = {}
    bad = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip(", \t\r"):
            continue
        found = _amount(_cells(line), day=day, area=area, party=party)
        if isinstance(found, Amount) and found.message_id not in amounts:
            amounts[found.message_id] = found
        else:
            twice = "这一笔在本文件里出现过。"
            bad.append(BadLine(number, found if isinstance(found, str) else twice))
    return TaxFile(amounts=list(amounts.values()), bad=bad)


def _cells(line: str) -> list[str]:
    """None where a quotation mark has no partner."""
    try:
        [cells] = csv.reader([line.rstrip("\r")], strict=True)
    except (csv.Error, ValueError):
        return []
    return [cell.strip() for cell in cells]


def _amount(cells: list[str], *, day: date, area: str, party: str) -> Amount | str:
    """What the line says, or what is wrong with it."""
    if len(cells) != len(COLUMNS):
        return f"应有 {len(COLUMNS)} 列，用英文逗号隔开。"
    order_no, refund_no, kind, _, of_area, _, amount, booked_at = cells
    number = refund_no if kind == "refund" else order_no
    yuan = _YUAN.fullmatch(amount)
    if kind not in ("payment", "refund") or not _NUMBER.fullmatch(number):
        return "类型应为 payment 或 refund，编号应为 32 位。"
    if of_area != area:
        return "统筹区不是要对账的统筹区。"
    if yuan is None:
        return "金额应写成 400.00 的样子，以元为单位。"
    if _day(booked_at) != day:
        return "入账时间不在要对账的这一天。"
    fen = int(yuan[1] + yuan[2])
    return Amount(
        institution_code=party,
        message_id=number,
        account_fen=fen if kind == "payment" else 0,
        refunded_fen=fen if kind == "refund" else 0,
    )


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).date()
    except ValueError:
        return None
