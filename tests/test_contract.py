"""schemathesis against the running service: no 5xx, no answer that the description does not tell.

Every operation is called by who may call it with generated good and bad input. `make fuzz` runs
it longer.
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import httpx

from service.settings import Settings
from tests.counter_scenes import HOSPITAL, institution
from tests.people import Cast
from tests.running import running
from tests.tidy.sources import ROOT

EXAMPLES = os.environ.get("GONGJI_FUZZ_EXAMPLES")
# Signing out would end the session that the other calls need; it has tests of its own.
CITIZEN = "^/v1/(?!hall|counter|sessions/end|sessions$)"
CLERK = "^/v1/hall/(bindings|reviews)"
COUNTER = "^/v1/counter/"
ENVELOPE = "^/fsi/"
PUBLIC = "^/(v1/sessions$|v1/hall/sessions$|v1/policies|v1/certificates|health)"


async def test_no_breach_of_the_contract(settings: Settings, cast: Cast, tmp_path: Path) -> None:
    signing = {
        "GONGJI_COUNTER_CODE": HOSPITAL,
        "GONGJI_COUNTER_SECRET": await institution(cast.world),
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": "tests.contract_hooks",
    }
    async with running(settings) as url:
        results = await asyncio.gather(
            _called_by("citizen", url, cast, CITIZEN, tmp_path),
            _called_by("clerk", url, cast, CLERK, tmp_path),
            _called_by("public", url, cast, PUBLIC, tmp_path),
            _called_at_counter("counter", url, signing, COUNTER, tmp_path),
            _called_at_counter("envelope", url, signing, ENVELOPE, tmp_path),
        )
    breaches = [output for code, output in results if code]
    assert not breaches, "\n".join(breaches)


async def _called_by(who: str, url: str, cast: Cast, paths: str, folder: Path) -> tuple[int, str]:
    arguments = ["--include-path-regex", paths]
    if who != "public":
        arguments += ["--header", f"Authorization: Bearer {await _token(cast, who)}"]
    own_folder = folder / who
    own_folder.mkdir()
    return await _schemathesis(url, arguments, own_folder)


async def _called_at_counter(
    who: str, url: str, signing: dict[str, str], paths: str, folder: Path
) -> tuple[int, str]:
    """The hook signs every call, so a call without a signature is a matter of other tests. What is
    wrong with an envelope is told by its infcode, not by the HTTP status."""
    skipped = ["ignored_auth", "missing_required_header"]
    if who == "envelope":
        skipped.append("negative_data_rejection")
    own_folder = folder / who
    own_folder.mkdir()
    return await _schemathesis(
        url, ["--include-path-regex", paths], own_folder, skipped=skipped, environment=signing
    )


async def _token(cast: Cast, who: str) -> str:
    """A session of the same database and Redis as the running service's."""
    if who == "clerk":
        return (await cast.clerk("both", "intake", "review", area="510400")).token
    phone = await cast.confirmed("zhaotong_donor")
    await cast.bound(phone, "zhaotong_spouse", "12")
    return phone.token


def _extent() -> list[str]:
    """Boundary cases of every field by default; random input too when asked for."""
    if EXAMPLES is None:
        return ["--phases", "examples,coverage"]
    return ["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES]


async def _schemathesis(
    url: str,
    arguments: list[str],
    folder: Path,
    *,
    skipped: Sequence[str] = (),
    environment: Mapping[str, str] = MappingProxyType({}),
) -> tuple[int, str]:
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{url}/docs/openapi.json")).status_code == 200
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "schemathesis"),
        "run",
        f"{url}/docs/openapi.json",
        "--exclude-checks",
        # A well-formed application may still be refused by a rule: that is the product.
        ",".join(["positive_data_acceptance", *skipped]),
        *_extent(),
        "--seed",
        "20261121",
        "--no-color",
        *arguments,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()
