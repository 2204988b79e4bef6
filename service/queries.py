"""Statements as they stand in `sql/queries`, read by aiosql."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql
from aiosql.adapters.asyncpg import AsyncPGAdapter

SQL_FOLDER = Path(__file__).parent.parent / "sql"


class Query:
    """One named statement: its text with numbered parameters, and their names in order."""

    def __init__(self, name: str, sql: str, parameters: Sequence[str]) -> None:
        self.name, self.sql, self.parameters = name, sql, tuple(parameters)


class Queries:
    """Statements of one file by name."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._queries = dict(queries)

    def __getattr__(self, name: str) -> Query:
        try:
            return self._queries[name]
        except KeyError:
            raise AttributeError(name) from None

    def __iter__(self) -> Iterator[Query]:
        return iter(self._queries.values())


def load_queries(noun: str) -> Queries:
    """The statements of `sql/queries/{noun}.sql`, read by aiosql."""
    adapter: Any = AsyncPGAdapter()  # type: ignore[no-untyped-call]
    path = SQL_FOLDER / "queries" / f"{noun}.sql"
    loaded = aiosql.from_path(path, lambda *_, **__: adapter)
    names = [name for name in loaded.available_queries if not name.endswith("_cursor")]
    return Queries(
        {name: Query(name, getattr(loaded, name).sql, adapter.var_sorted[name]) for name in names}
    )
