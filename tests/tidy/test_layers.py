"""Who may know what (rules 1, 2, 3, 4 and 7), beside the contracts of import-linter."""

import ast
import re
import sys

import pytest

from tests.tidy.sources import ROOT, Module, dotted, modules

SERVICE = modules("service")
DOMAIN, FLOWS, HANDLERS = (modules(f"service/{layer}") for layer in ("domain", "flows", "handlers"))
STORE = {module.path for module in modules("service/store")}
CLIENTS = tuple(
    module for module in modules("service/gateways") if module.path.endswith("/client.py")
)

KNOW_POSTGRESQL = {
    "service/database.py": "the pool and the transactions",
    "service/migrations.py": "applies the files",
    "service/jobs.py": "PgQueuer wants a connection of its own",
}
KNOW_HTTP = {
    **{module.path: "speaks to a platform" for module in CLIENTS},
    "service/gateways/http.py": "makes the connections of the platforms' clients",
    "service/phone.py": "a user of our own API",
    "service/seed.py": "a user of our own API",
    "service/till.py": "a user of our own API",
    "service/demo.py": "a user of our own API",
    "service/demo_counter.py": "a user of our own API",
    "service/demo_premium.py": "a user of our own API",
    "service/supervisor.py": "asks our own API whether it is ready",
}
READ_THE_ENVIRONMENT = {
    "service/__main__.py": "reads the settings once",
    "service/settings.py": "says how they are read",
    "service/supervisor.py": "hands them on to the processes it starts",
    "service/embedded.py": "PATH for the servers it starts; no setting of ours",
    "service/lifeline.py": "which process started this one; no setting of ours",
}
HAVE_SQL = {
    "service/database.py": "pings, and sets the time-outs of a connection",
    "service/migrations.py": "the table of what was applied, before any migration",
    "service/embedded.py": "makes the database itself",
}

IMPURE = {
    "asyncio", "ctypes", "glob", "http", "io", "logging", "multiprocessing", "os", "pathlib",
    "random", "secrets", "shutil", "signal", "socket", "ssl", "subprocess", "sys", "tempfile",
    "threading", "time", "urllib.request",
}  # fmt: skip
"""Modules of the standard library that read or write, or answer differently each time."""

THE_PRESENT = {
    "date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.monotonic",
    "time.perf_counter", "time.time", "time.time_ns", "uuid.uuid1", "uuid.uuid4", "uuid1", "uuid4",
}  # fmt: skip
"""Calls that a clock or an id given from outside replaces."""

STATEMENT = re.compile(
    r"\s*(SELECT\b.+\bFROM|INSERT INTO|UPDATE\b.+\bSET|DELETE FROM|CREATE|ALTER|DROP|TRUNCATE)\b",
    re.DOTALL,
)

each_domain_module = pytest.mark.parametrize("module", DOMAIN, ids=lambda module: module.path)
each_client = pytest.mark.parametrize("module", CLIENTS, ids=lambda module: module.path)


def importers(*packages: str) -> set[str]:
    return {m.path for m in SERVICE if {i.partition(".")[0] for i in m.imports} & set(packages)}


def callers(module: Module, names: set[str]) -> list[str]:
    """`line: name` of every use of these dotted names."""
    return [
        f"{node.lineno}: {dotted(node)}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute | ast.Name) and dotted(node) in names
    ]


def test_only_the_database_and_the_store_know_postgresql() -> None:
    strangers = importers("asyncpg") - set(KNOW_POSTGRESQL) - STORE
    assert not strangers, f"asyncpg is imported by {sorted(strangers)}"


def test_only_clients_of_platforms_know_http() -> None:
    strangers = importers("httpx", "requests", "aiohttp", "urllib3") - set(KNOW_HTTP)
    assert not strangers, f"an HTTP client is imported by {sorted(strangers)}"


def test_settings_are_read_in_one_place() -> None:
    readers = {m.path for m in SERVICE if callers(m, {"os.environ", "os.getenv", "environ"})}
    strangers = readers - set(READ_THE_ENVIRONMENT)
    assert not strangers, f"the environment is read by {sorted(strangers)}"


@pytest.mark.parametrize("path", [*KNOW_POSTGRESQL, *KNOW_HTTP, *READ_THE_ENVIRONMENT, *HAVE_SQL])
def test_nothing_is_listed_that_is_gone(path: str) -> None:
    assert (ROOT / path).exists()


@each_domain_module
def test_the_domain_imports_the_standard_library_and_msgspec(module: Module) -> None:
    allowed = sys.stdlib_module_names | {"msgspec"}
    strangers = {
        name
        for name in module.imports
        if name.partition(".")[0] not in allowed and not name.startswith("service.domain")
    }
    assert not strangers, f"{module.path} imports {sorted(strangers)}"
    impure = {n for n in module.imports if n in IMPURE or n.rpartition(".")[0] in IMPURE}
    assert not impure, f"{module.path} imports {sorted(impure)}"


@each_domain_module
def test_the_domain_neither_waits_nor_opens(module: Module) -> None:
    waits = [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
        or (isinstance(node, ast.Call) and dotted(node.func) in ("open", "input"))
    ]
    assert not waits, f"{module.path}, lines {waits}"


@pytest.mark.parametrize("module", [*DOMAIN, *FLOWS], ids=lambda module: module.path)
def test_time_and_chance_come_from_outside(module: Module) -> None:
    used = callers(module, THE_PRESENT)
    assert not used, f"{module.path}: {used}: take it as an argument, or from the world"
    chance = {name for name in module.imports if name.partition(".")[0] == "random"}
    assert not chance, f"{module.path} imports {sorted(chance)}"


def test_nothing_prints() -> None:
    prints = {module.path: callers(module, {"print"}) for module in SERVICE}
    assert not any(prints.values()), {path: lines for path, lines in prints.items() if lines}


def test_the_sandbox_is_behind_the_wire() -> None:
    """Production code has no word for it, so it cannot ask whether it speaks to one."""
    mentions = [
        f"{module.path}:{number}"
        for module in (*HANDLERS, *FLOWS, *DOMAIN, *CLIENTS)
        for number, line in enumerate(module.lines, 1)
        if "sandbox" in line.lower()
    ]
    assert not mentions, mentions


@each_client
def test_a_client_refuses_to_be_called_in_a_transaction(module: Module) -> None:
    methods = [
        method
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and node.name.endswith("Gateway")
        for method in node.body
        if isinstance(method, ast.AsyncFunctionDef) and method.name[0] != "_"
    ]
    assert methods, f"{module.path} has no gateway class"
    for method in methods:
        calls = [dotted(n.func) for n in ast.walk(method) if isinstance(n, ast.Call)]
        guarded = "assert_outside_transaction" in calls or method.name == "close"
        assert guarded, f"{module.path}: {method.name} does not call assert_outside_transaction"


def test_handlers_read_and_leave_writing_to_flows() -> None:
    writes = [
        f"{module.path}:{node.lineno}"
        for module in HANDLERS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == "transact"
    ]
    assert not writes, f"a transaction is opened in {writes}"


def test_sql_stands_in_sql_files() -> None:
    found = {
        f"{module.path}:{node.lineno}"
        for module in SERVICE
        if module.path not in HAVE_SQL
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and STATEMENT.match(node.value)
    }
    assert not found, f"statements outside sql/: {sorted(found)}"
