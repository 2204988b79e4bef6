"""The repository as text and syntax trees, for the tests that look at it."""

import ast
import functools
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

ROOT = Path(__file__).parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module(Struct, frozen=True):
    """`path` is relative to the root, with slashes; `name` is dotted."""

    path: str
    text: str
    tree: ast.Module

    def __repr__(self) -> str:
        return self.path

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def functions(self) -> Iterator[Function]:
        """Every function, nested ones too."""
        return (n for n in ast.walk(self.tree) if isinstance(n, Function))

    @property
    def public_functions(self) -> list[str]:
        """Those of the module's own level that other modules may call."""
        return [n.name for n in self.tree.body if isinstance(n, Function) and n.name[0] != "_"]

    @property
    def imports(self) -> set[str]:
        """Full dotted names of what is imported."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
        return found


@functools.cache
def modules(*folders: str) -> tuple[Module, ...]:
    """The Python modules under these folders, sorted by path."""
    return tuple(
        _module(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))
    )


@functools.cache
def _module(path: Path) -> Module:
    text = path.read_text()
    return Module(path=path.relative_to(ROOT).as_posix(), text=text, tree=ast.parse(text))


def stems(folder: str, ending: str) -> set[str]:
    """The names of a folder's files without their ending, `__init__` left out."""
    return {path.stem for path in (ROOT / folder).glob(f"*.{ending}")} - {"__init__"}


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute, else nothing."""
    if isinstance(node, ast.Attribute | ast.Name):
        return ast.unparse(node)
    return ""


def tracked() -> list[Path]:
    """The files git knows or is about to. Skips the test without git or outside a checkout."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
