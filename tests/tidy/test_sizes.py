"""Small enough to read: modules, functions and lines."""

import re
import statistics

from tests.tidy.sources import Function, modules

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


def test_modules_are_short() -> None:
    long = {m.path: len(m.lines) for m in CODE if len(m.lines) > MODULE_LINES_MAX}
    assert not long, f"longer than {MODULE_LINES_MAX} lines: {long}"


def test_functions_are_short() -> None:
    long = {
        f"{module.path} {function.name}": _length(function)
        for module in CODE
        for function in module.functions
        if _length(function) > FUNCTION_LINES_MAX
    }
    assert not long, f"longer than {FUNCTION_LINES_MAX} lines: {long}"


def test_lines_are_short() -> None:
    long = [
        f"{module.path}:{number}"
        for module in CODE
        for number, line in enumerate(module.lines, 1)
        if len(PRAGMA.sub("", line)) > LINE_MAX
    ]
    assert not long, f"longer than {LINE_MAX} characters: {long}"


def test_most_modules_are_much_shorter() -> None:
    middle = statistics.median(len(module.lines) for module in modules("service"))
    assert middle < MEDIAN_LINES, f"the median module has {middle} lines"


def test_nothing_is_exempt_that_is_gone() -> None:
    assert set(EXEMPT) <= {module.path for module in modules("service", "tests")}


def _length(function: Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1
