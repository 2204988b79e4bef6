"""What is installed is pinned, hashed, and the same in the container as in the tests."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT

LOCKS = ("requirements.lock", "deploy/requirements.lock", "benchmarks/requirements.lock")
PIN = re.compile(r"(?P<name>[a-z0-9._-]+)(\[[a-z0-9,._-]+\])?==(?P<version>[^ ;\\]+)(?P<rest>.*)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

each_lock = pytest.mark.parametrize("lock", LOCKS)


def blocks(lock: str) -> list[str]:
    """Each requirement with its continued lines; comments left out."""
    lines = (ROOT / lock).read_text().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return [block for block in text.replace("\\\n", " ").split("\n") if block.strip()]


def pins(lock: str) -> dict[str, str]:
    """Version by name."""
    found = [PIN.match(block) for block in blocks(lock)]
    return {match["name"]: match["version"] for match in found if match is not None}


def names(requirements: list[str]) -> set[str]:
    """Normalised names of requirements as pyproject.toml has them."""
    bare = (re.split(r"[\[<>=!~; ]", requirement)[0] for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in bare}


@each_lock
def test_every_package_is_pinned_to_one_version(lock: str) -> None:
    loose = [block[:60] for block in blocks(lock) if not PIN.match(block)]
    assert not loose, f"{lock}: {loose}"
    assert len(pins(lock)) == len(blocks(lock)), f"{lock} has a package twice"


@each_lock
def test_every_package_has_hashes(lock: str) -> None:
    bare = [block[:60] for block in blocks(lock) if not HASH.search(block)]
    assert not bare, f"{lock}: {bare}"


@each_lock
def test_no_package_comes_from_an_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text, f"{lock} names a URL"
    options = [b for b in blocks(lock) if b.startswith("-")]
    assert not options, f"{lock} has options: {options}"


def test_the_container_has_the_versions_that_were_tested() -> None:
    tested, deployed = pins(LOCKS[0]), pins(LOCKS[1])
    other = {
        name: (version, tested.get(name))
        for name, version in deployed.items()
        if tested.get(name) != version
    }
    assert not other, f"deployed and tested versions: {other}"


def test_the_locks_hold_what_the_project_asks_for() -> None:
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *extras["embedded"], *extras["dev"]]
    missing = names(asked) - set(pins(LOCKS[0]))
    assert not missing, f"{LOCKS[0]} lacks {sorted(missing)}: make lock"
    missing = names(PROJECT["dependencies"]) - set(pins(LOCKS[1]))
    assert not missing, f"{LOCKS[1]} lacks {sorted(missing)}: make lock"
    missing = names([*PROJECT["dependencies"], *extras["bench"]]) - set(pins(LOCKS[2]))
    assert not missing, f"{LOCKS[2]} lacks {sorted(missing)}: make lock"


def test_the_container_has_no_tools_of_development() -> None:
    only_here = names(PROJECT["optional-dependencies"]["embedded"])
    only_here |= {"pytest", "mypy", "ruff", "hypothesis", "schemathesis"}
    extra = only_here & set(pins(LOCKS[1]))
    assert not extra, f"{LOCKS[1]} has {sorted(extra)}"


def test_the_container_installs_its_own_lock() -> None:
    dockerfile = Path(ROOT / "deploy/Dockerfile").read_text()
    assert LOCKS[1] in dockerfile
    assert "--require-hashes" in dockerfile
