"""The policy files and texts as they ship."""

from functools import cache
from pathlib import Path

from service import domain
from service.domain.commitment import Template
from service.domain.policy import Policies

_DOMAIN = Path(domain.__file__).parent
TEXTS = _DOMAIN / "texts"
POLICY_FILES = sorted((_DOMAIN / "policies").glob("*.toml"))


@cache
def policies() -> Policies:
    return Policies.read({path.name: path.read_text("utf-8") for path in POLICY_FILES})


def versions() -> list[str]:
    return sorted({path.name.split(".")[0] for path in TEXTS.glob("*.txt")})


def template(version: str) -> Template:
    return Template(
        version=version,
        notice=(TEXTS / f"{version}.notice.txt").read_text("utf-8"),
        commitment=(TEXTS / f"{version}.commitment.txt").read_text("utf-8"),
    )
