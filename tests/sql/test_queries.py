"""Every statement, its typed function and the migrated schema agree (rule 4)."""

import ast
import importlib
import typing
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import UnionType
from uuid import UUID

import asyncpg
import pytest
from msgspec import Struct

from service import store
from service.database import SQL_FOLDER, Query, load_queries

STORE = Path(store.__file__).parent
NOUNS = sorted(path.stem for path in (SQL_FOLDER / "queries").glob("*.sql"))
STATEMENTS = [(noun, query) for noun in NOUNS for query in load_queries(noun)]
each_statement = pytest.mark.parametrize(
    ("noun", "query"), STATEMENTS, ids=[f"{noun}.{query.name}" for noun, query in STATEMENTS]
)

METHODS = {"^": ("one", "maybe"), "": ("many", "stream"), "!": ("run",)}
"""aiosql's mark behind a statement's name, and the calls of Tx that fit it."""

PYTHON_TYPES = {
    "bool": bool,
    "bytea": bytes,
    "date": date,
    "int2": int,
    "int4": int,
    "int8": int,
    "text": str,
    "text[]": list,
    "timestamptz": datetime,
    "uuid": UUID,
}


class Use(Struct, frozen=True):
    """One `tx.method(Type, Q.statement, parameter=…)` in a store function."""

    function: str
    method: str
    kind: str | None
    parameters: tuple[str | None, ...]


def mentions(noun: str, statement: str) -> list[str]:
    """The functions that say `Q.statement`, once for each time."""
    return [
        function.name
        for function in functions(noun)
        for node in ast.walk(function)
        if _names(node, statement)
    ]


def use(noun: str, statement: str) -> Use:
    """The one call that executes the statement."""
    found = [
        Use(function.name, node.func.attr, _kind(node), tuple(k.arg for k in node.keywords))
        for function in functions(noun)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and any(_names(argument, statement) for argument in node.args)
    ]
    assert len(found) == 1, f"{noun}.{statement} is executed {len(found)} times in its store module"
    return found[0]


def functions(noun: str) -> Iterator[ast.AsyncFunctionDef]:
    tree = ast.parse((STORE / f"{noun}.py").read_text())
    return (node for node in tree.body if isinstance(node, ast.AsyncFunctionDef))


def _names(node: ast.AST, statement: str) -> bool:
    return ast.unparse(node) == f"Q.{statement}" if isinstance(node, ast.Attribute) else False


def _kind(call: ast.Call) -> str | None:
    return ast.unparse(call.args[0]) if len(call.args) == 2 else None


def _mark(noun: str, statement: str) -> str:
    text = (SQL_FOLDER / "queries" / f"{noun}.sql").read_text()
    line = next(s for s in text.splitlines() if s.startswith(f"-- name: {statement}("))
    return line.rpartition(")")[2]


@each_statement
def test_is_used_once_by_the_function_of_its_name(noun: str, query: Query) -> None:
    users = mentions(noun, query.name)
    assert users == [query.name], f"{noun}.{query.name} is used by {users or 'nobody'}"


@each_statement
def test_is_called_with_exactly_its_parameters(noun: str, query: Query) -> None:
    given = use(noun, query.name).parameters
    assert sorted(map(str, given)) == sorted(query.parameters), (
        f"store/{noun}.py gives {query.name} {given}, the statement takes {query.parameters}"
    )


@each_statement
def test_is_executed_by_the_call_that_fits_its_mark(noun: str, query: Query) -> None:
    method, mark = use(noun, query.name).method, _mark(noun, query.name)
    assert method in METHODS[mark], f"{noun}.{query.name} is marked {mark!r} but run by tx.{method}"


@each_statement
async def test_prepares_and_its_columns_are_its_struct(
    noun: str, query: Query, schema: asyncpg.Connection
) -> None:
    prepared = await schema.prepare(query.sql)
    assert len(prepared.get_parameters()) == len(query.parameters)
    columns = {column.name: column.type.name for column in prepared.get_attributes()}
    called = use(noun, query.name)
    if called.kind is None:
        assert not columns, f"{noun}.{query.name} answers rows that nobody reads"
        return
    module = importlib.import_module(f"service.store.{noun}")
    hints = typing.get_type_hints(getattr(module, called.kind))
    assert set(columns) == set(hints), f"{noun}.{query.name} and {called.kind} differ"
    wrong = {
        name: (column, hints[name])
        for name, column in columns.items()
        if PYTHON_TYPES[column] is not _plain(hints[name])
    }
    assert not wrong, f"{noun}.{query.name}: columns of another type than {called.kind}: {wrong}"


def _plain(hint: object) -> object:
    """The class behind a field's type: without None, a Literal's own; a list's or tuple's."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, UnionType):
        (hint,) = (part for part in typing.get_args(hint) if part is not type(None))
        return _plain(hint)
    if origin is typing.Literal:
        return type(typing.get_args(hint)[0])
    return list if origin is tuple else origin or hint


@pytest.mark.parametrize("noun", NOUNS)
def test_a_store_function_executes_one_statement(noun: str) -> None:
    statements = {query.name for query in load_queries(noun)}
    extra = {function.name for function in functions(noun)} - statements
    assert not extra, f"store/{noun}.py has functions without a statement: {sorted(extra)}"


@pytest.mark.parametrize("noun", NOUNS)
def test_a_store_module_reads_the_file_of_its_noun(noun: str) -> None:
    assert f'Q = load_queries("{noun}")\n' in (STORE / f"{noun}.py").read_text()
