"""Small enough to read: modules, functions and lines."""

import re
import statistics

import pytest

from tests.tidy.sources import Function, Module, modules

MODULE_LINES_MAX = 250
MEDIAN_LINES = 100
FUNCTION_LINES_MAX = 50
LINE_MAX = 100
EXEMPT = {
    "service/problem_table.py": "a table of sentences, not code: a row per problem",
}

PRAGMA = re.compile(r"  # (type: ignore|noqa).*")
"""What a checker asks for at the end of a line does not count."""

CODE = [module for module in modules("service", "tests") if module.path not in EXEMPT]
each_module = pytest.mark.parametrize("module", CODE, ids=lambda module: module.path)


@each_module
def test_a_module_is_short(module: Module) -> None:
    assert len(module.lines) <= MODULE_LINES_MAX, f"{module.path} has {len(module.lines)} lines"


@each_module
def test_a_function_is_short(module: Module) -> None:
    long = {f.name: _length(f) for f in module.functions if _length(f) > FUNCTION_LINES_MAX}
    assert not long, f"{module.path}: {long}"


@each_module
def test_a_line_is_short(module: Module) -> None:
    long = [n for n, line in enumerate(module.lines, 1) if len(PRAGMA.sub("", line)) > LINE_MAX]
    assert not long, f"{module.path}, lines {long}"


def test_most_modules_are_much_shorter() -> None:
    middle = statistics.median(len(module.lines) for module in modules("service"))
    assert middle < MEDIAN_LINES, f"the median module has {middle} lines"


def test_nothing_is_exempt_that_is_gone() -> None:
    assert set(EXEMPT) <= {module.path for module in modules("service", "tests")}


def _length(function: Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1
