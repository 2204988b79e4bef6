"""The same noun bears the same file name everywhere, and a flow is the verb it is named for."""

import ast
import importlib

import pytest

from service.app import ROUTERS
from tests.tidy.sources import Module, modules, stems

FLOW_LINES_MAX = 120

STORES_WITHOUT_STATEMENTS = {
    "jobs": "PgQueuer has its own statements; ours is only in which transaction they run",
}
HANDLERS_WITHOUT_URLS = {
    "access": "who may call what, for all routes",
    "bodies": "JSON bodies read strictly, for all routes",
    "answers": "idempotent answers and documented problems, for all routes",
    "applications": "what citizens and clerks both say in an application",
    "failures": "exceptions as problems, for all routes",
    "fields": "what citizens type, read strictly",
    "fsi_codes": "the numbers and answers of the national envelope",
    "fsi_people": "transactions of the national envelope about people",
    "fsi_receipts": "answers of the national envelope about settlements and refunds",
    "fsi_reversals": "transactions of the national envelope after a settlement",
    "fsi_setlinfo": "a bill in the words of the national interface",
    "fsi_settlements": "transactions of the national envelope that settle",
    "fsi_statements": "transactions of the national envelope that compare books",
    "fsi_wire": "the national envelope, read strictly",
    "methods": "which methods a path supports",
    "counter_views": "what counters send and see",
    "premium_views": "what answers show of premiums and plans",
    "views": "what answers show of bindings and people",
}
LONG_FLOWS = {
    "rotate_keys": "one step per sealed table, all of the same shape, none of use alone",
}
MORE_THAN_THE_VERB = {
    "audit": {"actor_of": "who acts, from a session: written in every audit row"},
    "know_person": {"find_person": "the reading half, where nobody may be added"},
    "open_session": {"owner_tag": "the slot of a session, which linking changes"},
    "prepare_commitment": {
        "rules_of": "the rules a binding stands under",
        "documents_missing": "the refusal that names the rule's age",
        "identities": "both parties in clear",
        "donor_of": "one of them",
        "beneficiary_of": "the other",
    },
}

FLOWS = [module for module in modules("service/flows") if module.name != "service.flows"]
each_flow = pytest.mark.parametrize("flow", FLOWS, ids=lambda module: module.name)


def _verb(flow: Module) -> str:
    return flow.name.rpartition(".")[2]


def test_a_noun_has_statements_and_functions_under_one_name() -> None:
    statements, functions = stems("sql/queries", "sql"), stems("service/store", "py")
    assert not statements - functions, f"no store module: {sorted(statements - functions)}"
    assert functions - statements == set(STORES_WITHOUT_STATEMENTS)


def test_a_handler_module_has_a_router_or_a_reason() -> None:
    named = stems("service/handlers", "py") - set(HANDLERS_WITHOUT_URLS)
    found = {name: importlib.import_module(f"service.handlers.{name}") for name in named}
    unmounted = {name for name, module in found.items() if module.router not in ROUTERS}
    assert not unmounted, f"not mounted in service/app.py: {sorted(unmounted)}"
    assert len(ROUTERS) == len(found)


@pytest.mark.parametrize("name", HANDLERS_WITHOUT_URLS)
def test_a_handler_helper_has_no_urls(name: str) -> None:
    module = importlib.import_module(f"service.handlers.{name}")
    assert not hasattr(module, "router"), f"{name} has routes: take it off the list"


@each_flow
def test_a_flow_is_the_verb_of_its_file(flow: Module) -> None:
    verb = _verb(flow)
    expected = {verb, *MORE_THAN_THE_VERB.get(verb, {})}
    assert set(flow.public_functions) == expected, (
        f"{flow.path} offers {sorted(flow.public_functions)}: split it, or give the reason"
    )


@each_flow
def test_a_flow_does_and_does_not_only_compute(flow: Module) -> None:
    verb = next(n for n in flow.tree.body if getattr(n, "name", "") == _verb(flow))
    allowed = ast.AsyncFunctionDef, ast.FunctionDef if _verb(flow) == "prepare_commitment" else ()
    assert isinstance(verb, allowed), f"{flow.path}: {_verb(flow)} awaits nothing: is it domain?"


@each_flow
def test_a_flow_is_short(flow: Module) -> None:
    lines = len(flow.lines)
    if _verb(flow) in LONG_FLOWS:
        assert lines > FLOW_LINES_MAX, f"{flow.path} is short again: take it off the list"
    else:
        assert lines <= FLOW_LINES_MAX, f"{flow.path} has {lines} lines"


def test_a_module_says_what_it_is_for() -> None:
    silent = [module.path for module in modules("service") if not ast.get_docstring(module.tree)]
    assert not silent, f"without a docstring: {silent}"
