"""The table of problems is whole: it has all that is raised, and all that it has is raised."""

import ast
import re
import typing
from collections.abc import Iterator

import pytest
from msgspec import Struct

from service.constraint_table import BUG, CONSTRAINTS
from service.gateways import PlatformName
from service.problem_table import ROWS, Row
from tests.tidy.sources import Module, dotted, modules

CODE = re.compile(r"[a-z_]+(\.[a-z_]+)+")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
STATUSES = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
RETRIED = (409, 429, 500, 503)
ENDINGS = ("。", "！", "。”", "！”")
TABLES = ("_BY_STATUS", "_LEVEL_PROBLEM")
"""Dicts of handlers whose values are raised as problems."""

SERVICE = [module for module in modules("service") if module.path != "service/problem_table.py"]
each_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


class Saying(Struct, frozen=True):
    """A code in the source. `facts` are the names given with it, None where not seen."""

    code: str
    place: str
    facts: frozenset[str] | None = None


def _calls(module: Module, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in names:
            yield node


def _texts(node: ast.AST) -> Iterator[str]:
    """The strings an expression may be; the f-string of a platform is every platform's."""
    if isinstance(node, ast.JoinedStr):
        prefix = node.values[0]
        assert isinstance(prefix, ast.Constant)
        yield from (f"{prefix.value!s}{name}" for name in typing.get_args(PlatformName))
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


def _facts(call: ast.Call) -> frozenset[str] | None:
    facts = _keyword(call, "facts")
    if facts is None:
        return frozenset()
    if not isinstance(facts, ast.Dict):
        return None
    return frozenset(ast.literal_eval(key) for key in facts.keys if key is not None)


def _refused(module: Module) -> Iterator[Saying]:
    for call in _calls(module, "Refusal"):
        code = _keyword(call, "code")
        assert code is not None, f"{module.path}:{call.lineno}"
        for text in _texts(code):
            yield Saying(text, f"{module.path}:{call.lineno}", _facts(call))


def _raised(module: Module) -> Iterator[Saying]:
    names = ("Problem", "cls") if module.path == "service/problems.py" else ("Problem",)
    for call in _calls(module, *names):
        for text in (text for argument in call.args[:1] for text in _texts(argument)):
            yield Saying(text, f"{module.path}:{call.lineno}", _facts(call))


def _tabled(module: Module) -> Iterator[Saying]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and dotted(node.targets[0]) in TABLES:
            assert isinstance(node.value, ast.Dict)
            for value in node.value.values:
                for text in _texts(value):
                    yield Saying(text, f"{module.path}:{node.lineno}")


def _documented(module: Module) -> Iterator[Saying]:
    """Arguments of `documented`, and the tuples of codes that are spread there."""
    for call in _calls(module, "documented"):
        for text in (text for part in call.args for text in _texts(part)):
            yield Saying(text, f"{module.path}:{call.lineno}")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            for text in (text for part in node.value.elts for text in _texts(part)):
                if CODE.fullmatch(text):
                    yield Saying(text, f"{module.path}:{node.lineno}")


RAISED = [
    saying
    for module in SERVICE
    for reader in (_refused, _raised, _tabled)
    for saying in reader(module)
]
DOCUMENTED = [
    saying
    for module in SERVICE
    if module.path.startswith("service/handlers/")
    for saying in _documented(module)
]


def test_the_source_is_read_at_all() -> None:
    assert len(RAISED) > 60
    assert len(DOCUMENTED) > 60


def test_whatever_is_raised_or_documented_is_in_the_table() -> None:
    unknown = [f"{said.place}: {said.code}" for said in [*RAISED, *DOCUMENTED]
               if said.code not in ROWS]  # fmt: skip
    assert not unknown, unknown


@each_row
def test_a_row_is_raised_somewhere(row: Row) -> None:
    raised = {said.code for said in RAISED} | set(CONSTRAINTS.values())
    assert row.code in raised, f"nothing raises {row.code}"


@each_row
def test_a_row_is_documented_somewhere(row: Row) -> None:
    """A 405 belongs to no route: it says that there is none. The tax bureau is spoken to by workers
    only; should a route ever do, its trouble has its sentence."""
    documented = {said.code for said in DOCUMENTED}
    documented |= {"request.method_not_allowed"}
    assert row.code in documented, f"no route tells of {row.code}"


@each_row
def test_sentences_are_whole(row: Row) -> None:
    assert row.detail.endswith(ENDINGS), f"{row.code}: {row.detail}"
    assert row.next_step.endswith(ENDINGS), f"{row.code}: {row.next_step}"
    assert not row.title.endswith(("。", "！", "，")), f"{row.code}: a title is no sentence"


@each_row
def test_only_the_detail_is_filled_with_facts(row: Row) -> None:
    assert not PLACEHOLDER.search(row.title + row.next_step), row.code


@each_row
def test_code_status_and_retry_make_sense(row: Row) -> None:
    assert CODE.fullmatch(row.code)
    assert row.status in STATUSES, f"{row.code}: {row.status}"
    assert row.retry == "never" or row.status in RETRIED, f"{row.code}: retry a {row.status}?"
    assert row.retry != "never" or row.status not in (429, 500, 503), f"{row.code}: say when"


def test_no_code_is_there_twice() -> None:
    (table,) = (m for m in modules("service") if m.path == "service/problem_table.py")
    codes = [ast.literal_eval(call.args[0]) for call in _calls(table, "Row")]
    assert len(codes) == len(set(codes)) == len(ROWS)


def test_the_facts_fill_the_sentence() -> None:
    """Where they are written out; best effort, since a flow may hand them on."""
    for said in RAISED:
        if said.facts is not None and said.code in ROWS:
            needed = set(PLACEHOLDER.findall(ROWS[said.code].detail))
            assert said.facts == needed, f"{said.place}: {said.code} needs {needed or 'no facts'}"


def test_constraints_stand_for_problems_of_the_table() -> None:
    unknown = {n: code for n, code in CONSTRAINTS.items() if code != BUG and code not in ROWS}
    assert not unknown, unknown
    filled = {n for n, code in CONSTRAINTS.items() if code and "{" in ROWS[code].detail}
    assert not filled, f"a constraint has no facts to give: {filled}"
