"""The tables of scenarios next to each shipped policy file: who may be bound, who pays what."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from service.domain.policy import Policies
from tests.domain.policy_samples import file
from tests.domain.shipped import POLICY_FILES

T = TypeVar("T")
TABLES = sorted((Path(__file__).parent / "policies").glob("*.toml"))
KINDS = {"scenario": 12, "split": 8, "premium": 3}
"""Of each kind, how many rows at least where a table has any."""
SILENT = "990000"
"""A province of our own making that has announced nothing: what the nation's table is about."""


@cache
def policies_and_silence() -> Policies:
    """The shipped policies and the province that adds nothing to the nation's."""
    texts = {path.name: path.read_text("utf-8") for path in POLICY_FILES}
    return Policies.read({**texts, "99-silent.toml": file(SILENT)})


def rows_of(path: Path, kind: str, row: type[T]) -> list[T]:
    """The rows of one kind in one table, none where it has none; any other key is a mistake."""
    table = tomllib.loads(path.read_text("utf-8"))
    assert table.keys() <= KINDS.keys(), f"{path.name}: {sorted(table.keys() - KINDS.keys())}"
    return msgspec.convert(table.get(kind, []), list[row], str_keys=True)  # type: ignore[valid-type]


def each_row(kind: str, row: type[T]) -> list[Any]:
    """The rows of one kind in every table, for `parametrize`."""
    return [
        pytest.param(found, id=f"{path.stem}: {found.name}")  # type: ignore[attr-defined]
        for path in TABLES
        for found in rows_of(path, kind, row)
    ]


def tables_with(kind: str) -> list[Any]:
    """The tables that have rows of a kind, for `parametrize`."""
    return [
        pytest.param(path, id=path.stem)
        for path in TABLES
        if kind in tomllib.loads(path.read_text("utf-8"))
    ]


def kinds_due(path: Path) -> set[str]:
    """The kinds of rows a table needs: those about the parameters its policy file sets. Nobody is
    bound by the nation's rules alone, so that its table has no scenarios."""
    [policy] = [found for found in POLICY_FILES if found.name == path.name]
    keys = tomllib.loads(policy.read_text("utf-8")).keys() - {"area", "names"}
    due = {"premium"} if any(key.startswith("premium_") for key in keys) else set()
    if any(not key.startswith("premium_") for key in keys):
        due |= {"split"} if path.name == "cn.toml" else {"scenario", "split"}
    return due


def prefix_of(path: Path) -> str:
    """What the areas of a table's rows begin with."""
    return SILENT[:2] if path.stem == "cn" else path.stem.partition("-")[0]
