"""The list of designated institutions as operators hand it in: CSV, read strictly, line by line.

One line is one institution. A line that is wrong is told with its number and left out; the others
are good. Columns with several values divide them by semicolons.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import cast

from msgspec import Struct

from service.domain.institution import (
    KIND_TEXT,
    LEVEL_TEXT,
    SERVICE_TEXT,
    Institution,
    InstitutionKind,
    InstitutionLevel,
    Service,
    area_prefix,
)

HEADER = (
    "code", "name", "kind", "level", "area", "address", "services", "patient_areas", "away",
    "open_from", "open_until",
)  # fmt: skip

_LINE_ENDS = re.compile(r"\r\n|\n|\r")
_DIVIDER = re.compile(r"\s*[;；]\s*")
_SEVERAL = ("services", "patient_areas")
_CODE = re.compile("[A-Z][0-9]{11}")
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_AREA = "[1-9][0-9](?:[0-9]{2}){0,2}"
_SERVICE = "(?:" + "|".join(SERVICE_TEXT) + ")"
_NOT_UTF8 = "文件不是 UTF-8 编码（可能是 GBK），整个文件没有读取，请另存为“CSV UTF-8”格式后再试。"
_SHAPES: dict[str, tuple[str, str]] = {
    "code": (_CODE.pattern, "应为一个大写字母加 11 位数字"),
    "name": (r"[^\x00-\x1f\x7f]{1,100}", "应为 1 到 100 个字"),
    "kind": ("|".join(KIND_TEXT), f"应为 {'、'.join(KIND_TEXT)} 之一"),
    "level": ("|".join(LEVEL_TEXT), f"应为 {'、'.join(LEVEL_TEXT)} 之一"),
    "area": ("[1-9][0-9]{5}", "应为六位地区代码"),
    "address": (r"[^\x00-\x1f\x7f]{1,200}", "应为 1 到 200 个字"),
    "services": (
        f"{_SERVICE}(?:;{_SERVICE})*",
        f"应为 {'、'.join(SERVICE_TEXT)} 中的一个或几个，用分号隔开",
    ),
    "patient_areas": (f"|{_AREA}(?:;{_AREA})*", "应不填，或为 2、4、6 位地区代码，用分号隔开"),
    "away": ("yes|no", "应为 yes 或 no"),
    "open_from": (_DATE, "应为日期，如 2025-01-01"),
    "open_until": (f"|{_DATE}", "应不填，或为日期，如 2025-12-31"),
}


class LineFault(Struct, frozen=True, kw_only=True):
    """What is wrong with a line, in a sentence. The header is line 1."""

    line: int
    message: str


class InstitutionFile(Struct, frozen=True, kw_only=True):
    """The good institutions, and the faults in the order of their lines, one for each bad line."""

    institutions: tuple[Institution, ...]
    faults: tuple[LineFault, ...]


def read_institutions(content: bytes) -> InstitutionFile:
    """A code that is there twice is wrong on all its lines: nobody can tell which one is meant."""
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as fault:
        return _unread(content.count(b"\n", 0, fault.start) + 1, _NOT_UTF8)
    header, *lines = _LINE_ENDS.split(text)
    if tuple(cell.strip().lower() for cell in _cells(header)) != HEADER:
        return _unread(1, f"第一行应为 {','.join(HEADER)}，整个文件没有读取。")
    read = {number: _line(line) for number, line in _filled(lines)}
    elsewhere = _repeated(lines)
    good, faults = [], []
    for number, result in read.items():
        if number in elsewhere:
            message = f"机构编号与第 {elsewhere[number]} 行重复，请只保留一行。"
            faults.append(LineFault(line=number, message=message))
        elif isinstance(result, str):
            faults.append(LineFault(line=number, message=result))
        else:
            good.append(result)
    return InstitutionFile(institutions=tuple(good), faults=tuple(faults))


def _unread(line: int, message: str) -> InstitutionFile:
    return InstitutionFile(institutions=(), faults=(LineFault(line=line, message=message),))


def _filled(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; empty rows, as spreadsheets leave them, are passed over."""
    return ((number, line) for number, line in enumerate(lines, 2) if line.strip(", \t"))


def _repeated(lines: list[str]) -> dict[int, int]:
    """For each line whose code is on another one too: that other line."""
    first: dict[str, int] = {}
    found: dict[int, int] = {}
    for number, line in _filled(lines):
        code = line.partition(",")[0].strip(' "')
        if not _CODE.fullmatch(code):
            continue
        if first.setdefault(code, number) != number:
            found[number] = first[code]
            found.setdefault(first[code], number)
    return found


def _cells(line: str) -> list[str]:
    """None where a quotation mark has no partner or a cell is longer than any should be."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []


def _line(line: str) -> Institution | str:
    """The institution, or what is wrong in a sentence."""
    cells = _cells(line)
    if not cells:
        return "引号没有成对，或一格里的内容太长。"
    if len(cells) != len(HEADER):
        return f"应有 {len(HEADER)} 列，这一行有 {len(cells)} 列。"
    row = {name: cell.strip() for name, cell in zip(HEADER, cells, strict=True)}
    row |= {name: _DIVIDER.sub(";", row[name]).strip(";") for name in _SEVERAL}
    faults = [
        f"{name} {wanted}"
        for name, (shape, wanted) in _SHAPES.items()
        if not re.fullmatch(shape, row[name])
    ]
    return "；".join(faults) + "。" if faults else _institution(row)


def _institution(row: dict[str, str]) -> Institution | str:
    """From cells of the right shape."""
    try:
        open_from = date.fromisoformat(row["open_from"])
        open_until = date.fromisoformat(row["open_until"]) if row["open_until"] else None
    except ValueError:
        return "open_from 或 open_until 不是真实存在的日期。"
    if open_until is not None and open_until < open_from:
        return "open_until 不能早于 open_from。"
    return Institution(
        code=row["code"],
        name=row["name"],
        kind=cast(InstitutionKind, row["kind"]),
        level=cast(InstitutionLevel, row["level"]),
        area=row["area"],
        address=row["address"],
        services=cast(tuple[Service, ...], _several(row["services"])),
        patient_areas=tuple(dict.fromkeys(map(area_prefix, _several(row["patient_areas"])))),
        away=row["away"] == "yes",
        open_from=open_from,
        open_until=open_until,
    )


def _several(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell.split(";"))) if cell else ()
