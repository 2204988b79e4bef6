"""A population for a fresh machine: hall clerks, institutions with counter keys, and families
bound over the API like everyone."""

import asyncio
import os
from pathlib import Path

import httpx

from service.development import YUNNAN_WECHAT
from service.domain.institution_file import read_institutions
from service.flows.add_clerk import add_clerk
from service.flows.load_institutions import load_institutions
from service.flows.make_counter_key import make_counter_key
from service.gateways.platform.population import families
from service.gateways.platform.synthetic import SandboxPerson
from service.phone import Phone
from service.seed_credits import seed_credits
from service.supervisor import RunTrouble
from service.world import World

SEEDED_FAMILIES = 6
CREDITED_FAMILIES = 60
"""So many have money on their accounts; those beyond the seeded ones play the demo's premiums."""
_INSTITUTIONS = Path(__file__).parent / "seed_institutions.csv"
_CLERKS = {
    "intake-530600": ("intake", "530600"),
    "review-530600": ("review", "530600"),
    "intake-510400": ("intake", "510400"),
    "review-510400": ("review", "510400"),
    "intake-610100": ("intake", "610100"),
}


async def seed(world: World, folder: Path, *, api: str, sandboxes: str) -> None:
    """Stopped halfway, the next call goes on where it was. Raises RunTrouble."""
    added = await asyncio.gather(
        *(
            add_clerk(world, login, roles=[role], area=area)
            for login, (role, area) in _CLERKS.items()
        )
    )
    for clerk in filter(None, added):
        line = f"{clerk.login} password={clerk.password} totp_secret={clerk.totp_secret}\n"
        _hand_over(folder / "clerks.txt", line)
    await _institutions(world, folder / "counters.txt")
    people = families(SEEDED_FAMILIES)
    await seed_credits(world, families(CREDITED_FAMILIES))
    async with (
        httpx.AsyncClient(base_url=api, trust_env=False, timeout=15) as api_client,
        httpx.AsyncClient(base_url=sandboxes, trust_env=False, timeout=15) as sandbox_client,
    ):
        try:
            await asyncio.gather(
                *(
                    _bind(api_client, sandbox_client, donor, wife)
                    for donor, wife in zip(people[::4], people[1::4], strict=True)
                )
            )
        except httpx.HTTPError as fault:
            raise RunTrouble(f"The population could not be seeded: {fault}.") from fault


async def _institutions(world: World, keys: Path) -> None:
    """The shipped institutions, and a counter key for each whose secret is not yet in `keys`."""
    content = _INSTITUTIONS.read_bytes()
    await load_institutions(world, content, progress=lambda stored, total: None)
    known = {line.split()[0] for line in _lines(keys)}
    for institution in read_institutions(content).institutions:
        if institution.code not in known:
            made = await make_counter_key(world, institution.code)
            assert made is not None
            _hand_over(keys, f"{made.institution_code} {made.secret}\n")


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _hand_over(path: Path, line: str) -> None:
    """What a real operator hands over in person stands in a private file here."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a") as file:
        file.write(line)


async def _bind(
    api: httpx.AsyncClient, sandboxes: httpx.AsyncClient, donor: SandboxPerson, wife: SandboxPerson
) -> None:
    phone = Phone(
        api,
        sandboxes,
        channel="wechat",
        app_id=YUNNAN_WECHAT,
        phone=f"seed-{donor.id_number}",
        id_number=donor.id_number,
    )
    await phone.enter()
    relative = {"name": wife.name, "id_number": wife.id_number, "relation": "12"}
    applied = await phone.post("/v1/bindings", {"beneficiary": relative})
    if applied.status_code == 409:
        return
    applied.raise_for_status()
    (await phone.confirm()).raise_for_status()
    (await phone.sign(applied.json()["id"])).raise_for_status()
