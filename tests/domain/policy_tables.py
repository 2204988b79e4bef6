"""The tables of scenarios next to each shipped policy file: who may be bound, who pays what."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

T = TypeVar("T")
TABLES = sorted((Path(__file__).parent / "policies").glob("*.toml"))
KINDS = {"scenario", "split"}


def rows_of(path: Path, kind: str, row: type[T]) -> list[T]:
    """The rows of one kind in one table, none where it has none; any other key is a mistake."""
    table = tomllib.loads(path.read_text("utf-8"))
    assert table.keys() <= KINDS, f"{path.name}: {sorted(table.keys() - KINDS)}"
    return msgspec.convert(table.get(kind, []), list[row], str_keys=True)  # type: ignore[valid-type]


def each_row(kind: str, row: type[T]) -> list[Any]:
    """The rows of one kind in every table, for `parametrize`."""
    return [
        pytest.param(found, id=f"{path.stem}: {found.name}")  # type: ignore[attr-defined]
        for path in TABLES
        for found in rows_of(path, kind, row)
    ]
