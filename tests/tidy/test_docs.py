"""What the documents say is there is there, and what is there is said."""

import re
from pathlib import Path

import pytest
from msgspec import structs

from service.settings import Settings
from tests.tidy.sources import ROOT, tracked

READMES = ("README.md", "README.zh-CN.md")
SETTINGS = [f"GONGJI_{name.upper()}" for name in Settings.__struct_fields__]
TREE = re.compile(r"<!-- tree -->(.*?)<!-- /tree -->", re.DOTALL)
HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)
FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2[ ]*$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
IMAGE_OR_LINK_ADDRESS = re.compile(r"(?i)[a-z][a-z0-9+.-]*:|//|#")
HOME = re.compile(r"(?<![\w.~)\]}/*-])/(?:work|root|home|Users)(?=[/\s\"'`,;:)\]]|$)", re.MULTILINE)
REGISTRY = re.compile(
    r"\b(?:pypi\.(?:org|python|tuna)|test\.pypi|files\.pythonhosted|registry\.(?:npmjs|yarnpkg)"
    r"|registry\.npmmirror|mirrors?\.[a-z0-9-]+\.(?:com|cn|edu|org)|proxy\.golang|repo1?\.maven)",
    re.IGNORECASE,
)
TARGET = re.compile(r"^([A-Za-z][A-Za-z0-9_-]*):(?!=)(.*)$", re.MULTILINE)
NOT_SHOWN = ("__pycache__", "node_modules")
"""Neither are names with a dot before them: they configure tools, and the tools name them."""


def read(name: str) -> str:
    path = ROOT / name
    if not path.exists():
        pytest.fail(f"{name} is missing")
    return path.read_text()


def shown_tree() -> list[str]:
    """The paths of the README's tree; what follows two spaces is a comment."""
    block = TREE.search(read("README.md"))
    assert block is not None, "README.md has no tree between its markers"
    lines = [line for line in block[1].splitlines() if line.strip()[:3] not in ("```", "~~~", "")]
    return [re.split(r" {2,}", line.strip())[0] for line in lines]


def readable(path: Path) -> str:
    """The text of a file; nothing for one that is not text."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode(errors="replace")


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def visible(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.iterdir()) if p.name[0] != "." and p.name not in NOT_SHOWN]


@pytest.mark.parametrize("readme", READMES)
def test_every_setting_is_explained(readme: str) -> None:
    text = read(readme)
    missing = [name for name in SETTINGS if not re.search(rf"\b{name}\b", text)]
    assert not missing, f"{readme} does not explain {missing}"


@pytest.mark.parametrize("readme", READMES)
def test_no_setting_is_explained_that_is_gone(readme: str) -> None:
    named = set(re.findall(r"\bGONGJI_[A-Z_]*[A-Z]\b", read(readme)))
    excused = {f"{name}_FILE" for name in SETTINGS} | {"GONGJI_NAME", "GONGJI_NAME_FILE"}
    excused |= {"GONGJI_FUZZ_EXAMPLES"}
    unknown = named - set(SETTINGS) - excused
    assert not unknown, f"{readme} explains {sorted(unknown)}"


@pytest.mark.parametrize("readme", READMES)
def test_the_defaults_are_told_as_they_are(readme: str) -> None:
    rows = dict(re.findall(r"^\| `(GONGJI_\w+)` \|.*\| *(.*?) *\|$", read(readme), re.MULTILINE))
    defaults = {
        f"GONGJI_{name.upper()}": value for name, value in structs.asdict(Settings()).items()
    }
    wrong = {
        name: (rows.get(name), _text(value))
        for name, value in defaults.items()
        if rows.get(name) != _text(value)
    }
    assert not wrong, f"{readme} tells other defaults: {wrong}"


def _text(value: object) -> str:
    """A default as the table shows it."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`" if value not in ("", ()) else ""


def test_the_tree_shows_what_exists() -> None:
    gone = [path for path in shown_tree() if not (ROOT / path).exists()]
    assert not gone, f"README.md shows {gone}"


def test_the_tree_shows_what_there_is() -> None:
    packages = [path for path in visible(ROOT / "service") if (path / "__init__.py").exists()]
    there = {path.relative_to(ROOT).as_posix() for path in [*visible(ROOT), *packages]}
    shown = [f"{path.rstrip('/')}/" for path in shown_tree()]
    missing = {path for path in there if not any(line.startswith(f"{path}/") for line in shown)}
    assert not missing, f"README.md does not show {sorted(missing)}"


def test_nothing_is_shown_twice() -> None:
    shown = [path.rstrip("/") for path in shown_tree()]
    twice = sorted({path for path in shown if shown.count(path) > 1})
    assert not twice, f"README.md shows {twice} twice"


def test_both_languages_have_the_same_sections() -> None:
    """In the same order: told by what is between them, code and links, not by their words."""
    english, chinese = (HEADING.findall(FENCE.sub("", read(name))) for name in READMES)
    assert len(english) == len(chinese), f"{english} / {chinese}"
    shapes = [[_shape(part) for part in _sections(read(name))] for name in READMES]
    different = [f"{e} / {c}" for e, c, one, other in zip(english, chinese, *shapes, strict=True)
                 if one != other]  # fmt: skip
    assert not different, f"sections that differ in commands: {different}"


def _sections(text: str) -> list[str]:
    """What stands under each heading, code kept."""
    hidden = FENCE.sub(lambda match: match[0].replace("\n##", "\n\0"), text)
    return re.split(r"^## ", hidden, flags=re.MULTILINE)[1:]


def _shape(section: str) -> list[str]:
    return sorted(set(re.findall(r"make [a-z]+|python -m service [a-z-]+", section)))


def test_no_place_of_one_machine_is_written_down() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        for match in HOME.finditer(readable(path))
    ]
    assert not found, found


def test_no_registry_is_written_down() -> None:
    """Which one is asked is a matter of the machine's own configuration."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        for match in REGISTRY.finditer(readable(path))
    ]
    assert not found, found


def test_relative_links_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in tracked()
        if path.suffix == ".md"
        for target in LINK.findall(without_code(path.read_text()))
        if not IMAGE_OR_LINK_ADDRESS.match(target)
        and not (path.parent / target.partition("#")[0]).exists()
    ]
    assert not broken, broken


def test_every_target_of_make_says_what_it_does() -> None:
    text = read("Makefile")
    silent = [name for name, rest in TARGET.findall(text) if "## " not in rest]
    assert not silent, f"without help: {silent}"
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony is not None
    assert phony[1].split() == [name for name, _ in TARGET.findall(text)]


def test_the_documents_name_targets_that_exist() -> None:
    targets = {name for name, _ in TARGET.findall(read("Makefile"))}
    for path in tracked():
        if path.suffix == ".md":
            named = set(re.findall(r"(?:`|^\$? *)make ([a-z]+)", path.read_text(), re.MULTILINE))
            gone = sorted(named - targets)
            assert not gone, f"{path.relative_to(ROOT)} names make {gone}"
