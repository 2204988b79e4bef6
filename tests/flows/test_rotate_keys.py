"""Keys are changed while the service runs: nothing is lost, nobody is known twice."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from service.app import create_app
from service.crypto import CryptoFault, key_id, sm3, verify_sm2
from service.domain.evidence import EvidenceFile, faults
from service.flows import rotate_keys as rotation
from service.flows.rotate_keys import rotate_keys
from service.personal import phone_purpose
from service.settings import Settings
from service.world import open_world
from tests.conftest import Clock
from tests.people import Cast, Clerk
from tests.scenes import application_for, code_of, family, picture, rows

SEALED = {
    "person": ("id_number_index", "id_number_sealed", "name_sealed"),
    "channel_account": ("subject_index", "subject_sealed"),
    "clerk": ("totp_sealed",),
    "binding": ("phone_sealed",),
    "document": ("image_sealed",),
    "commitment": ("pack_sealed", "image_sealed"),
    "certificate": ("content_sealed",),
}
CHILD, SPOUSE = ("panzhihua_child", "20"), ("panzhihua_spouse", "12")
PROOF = {"kind": "household_register"}


class Story:
    """Everything that is sealed, made once, and looked at through one world after another."""

    def __init__(self, cast: Cast, clerk: Clerk, made: dict[str, Any]) -> None:
        self.cast, self.clerk, self.made = cast, clerk, made

    @classmethod
    async def make(cls, cast: Cast, database: str) -> "Story":
        """Under the first key."""
        phone = await cast.confirmed("panzhihua_donor")
        body = cast.application(*CHILD)
        body["beneficiary"]["phone"] = "13900001234"
        binding_id = (await phone.post("/v1/bindings", body)).json()["id"]
        await phone.upload(f"/v1/bindings/{binding_id}/documents", PROOF, picture())
        signed = (await phone.sign(binding_id)).json()
        assert signed["state"] == "under_review"
        donor = await cast.confirmed("xian_donor", channel="alipay")
        active = await cast.bound(donor, "xian_wife", "12")
        (await donor.get(f"/v1/bindings/{active}/certificate")).raise_for_status()
        clerk = await cast.clerk("reviewer", "review", area="510400")
        path = f"/v1/commitments/{signed['commitment_id']}/evidence"
        made = {"binding": binding_id, "evidence": path, "file": (await phone.get(path)).content}
        [row] = await rows(database, "SELECT document.id, number FROM document, certificate")
        made["check"] = f"/v1/certificates/{row['number']}"
        made["image"] = f"/v1/hall/reviews/{binding_id}/documents/{row['id']}"
        return cls(cast, clerk, made)

    async def holds(self, cast: Cast, clock: Clock, database: str) -> None:
        """In this world everybody is found and everything is readable, and nobody is new."""
        known = await _ids(database)
        phone = await cast.phone("panzhihua_donor").enter()
        assert (await phone.sign_in()).json()["level"] == 2
        alipay = cast.phone("xian_donor", channel="alipay")
        assert (await alipay.sign_in()).json()["level"] == 2

        view = (await phone.get(f"/v1/bindings/{self.made['binding']}")).json()
        assert view["relative"]["name"] == "**震"
        twice = await phone.post("/v1/bindings/checks", cast.application(*CHILD))
        assert code_of(twice) == (409, "binding.exists")

        evidence = await phone.get(self.made["evidence"])
        assert evidence.content == self.made["file"]
        file = msgspec.json.decode(evidence.content, type=EvidenceFile)
        assert faults(file, digest=sm3, key_id=key_id, verify=_by(file.public_key)) == []

        assert (await cast.api.get(self.made["check"])).json()["valid"] is True
        clerk = Clerk(cast.api, cast.world, self.clerk.added)
        clock.move(seconds=31)
        assert (await clerk.sign_in()).status_code == 201
        [waiting] = (await clerk.get("/v1/hall/reviews")).json()["items"]
        assert waiting["binding"]["id"] == self.made["binding"]
        assert (await clerk.get(self.made["image"])).content.startswith(b"\xff\xd8")
        binding = "SELECT id, phone_sealed FROM binding WHERE id = $1::text::uuid"
        [sealed] = await rows(database, binding, self.made["binding"])
        opened = cast.world.vault.open_text(
            sealed["phone_sealed"], purpose=phone_purpose(sealed["id"])
        )
        assert opened == "13900001234"
        assert await _ids(database) == known


async def _ids(database: str) -> set[str]:
    union = "SELECT id FROM person UNION SELECT id FROM channel_account"
    return {str(row["id"]) for row in await rows(database, union)}


def _by(public_key: str) -> Any:
    return lambda signature, data: verify_sm2(signature, data, public_key_pem=public_key)


@contextlib.asynccontextmanager
async def _serving(
    settings: Settings, sandboxes: httpx.AsyncClient, clock: Clock
) -> AsyncIterator[Cast]:
    """Another process with these settings."""
    async with open_world(settings, clock=clock) as world:
        transport: Any = httpx.ASGITransport(app=create_app(world))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as api:
            yield Cast(api, sandboxes, world)


@pytest.fixture
def both_keys(settings: Settings) -> Settings:
    return replace(
        settings,
        data_keys=f"{settings.data_keys},2:{secrets.token_hex(16)}",
        index_keys=f"{settings.index_keys},2:{secrets.token_hex(32)}",
    )


@pytest.fixture
def second_key(both_keys: Settings) -> Settings:
    data, index = both_keys.data_keys.split(",")[1], both_keys.index_keys.split(",")[1]
    return replace(both_keys, data_keys=data, index_keys=index)


async def _keys_in_use(database: str) -> dict[str, set[int]]:
    """Under which key numbers the rows of a table are."""
    found = {}
    for table, columns in SEALED.items():
        picked = ", ".join(columns)
        stored = await rows(database, f"SELECT {picked} FROM {table}")
        found[table] = {value[0] for row in stored for value in row if value is not None}
    return found


def _all_under(key: int) -> dict[str, set[int]]:
    return {table: {key} for table in SEALED}


def _quiet(table: str, done: int) -> None:
    """Nobody watches."""


async def test_nothing_is_lost_when_keys_change(
    cast: Cast,
    own_database: str,
    both_keys: Settings,
    second_key: Settings,
    sandboxes: httpx.AsyncClient,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = await Story.make(cast, own_database)
    assert await _keys_in_use(own_database) == _all_under(1)

    async with _serving(both_keys, sandboxes, clock) as serving:
        await story.holds(serving, clock, own_database)
        newcomer = await serving.confirmed("panzhihua_father")
        await serving.applied(newcomer, "panzhihua_mother", "12")
        phone = await serving.confirmed("panzhihua_donor")
        await serving.bound(phone, *SPOUSE)
        assert (await _keys_in_use(own_database))["person"] == {1, 2}

        monkeypatch.setattr(rotation, "_CHUNK", 2)
        touched: list[tuple[str, int]] = []
        total = await rotate_keys(
            serving.world, progress=lambda table, done: touched.append((table, done))
        )
        assert await _keys_in_use(own_database) == _all_under(2)
        last = dict(touched)
        assert list(last) == list(SEALED)
        assert sum(last.values()) == total
        assert touched[:2] == [("person", 2), ("person", min(4, last["person"]))]
        assert await rotate_keys(serving.world, progress=_quiet) == 0
        await story.holds(serving, clock, own_database)

    async with _serving(second_key, sandboxes, clock) as serving:
        await story.holds(serving, clock, own_database)
        phone = await serving.confirmed("panzhihua_donor")
        more = application_for(family("panzhihua", 0)["child"], "20")
        assert (await phone.post("/v1/bindings", more)).status_code == 201
        [chain] = await rows(own_database, "SELECT count(DISTINCT donor_id) AS n FROM commitment")
        assert chain["n"] == 2


async def test_a_rotation_that_was_stopped_goes_on(
    cast: Cast,
    own_database: str,
    both_keys: Settings,
    sandboxes: httpx.AsyncClient,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Stopped(Exception):
        """The operator pressed Ctrl-C."""

    def stop(table: str, done: int) -> None:
        raise Stopped

    story = await Story.make(cast, own_database)
    monkeypatch.setattr(rotation, "_CHUNK", 1)
    async with _serving(both_keys, sandboxes, clock) as serving:
        stops = 0
        while (await _keys_in_use(own_database))["person"] != {2}:
            with pytest.raises(Stopped):
                await rotate_keys(serving.world, progress=stop)
            stops += 1
        await story.holds(serving, clock, own_database)
        [people] = await rows(own_database, "SELECT count(*) AS n FROM person")
        assert stops == people["n"] == 4
        await rotate_keys(serving.world, progress=_quiet)
        assert await _keys_in_use(own_database) == _all_under(2)


async def test_a_rotation_does_not_forget_whom_alipay_certified(
    cast: Cast, both_keys: Settings, sandboxes: httpx.AsyncClient, clock: Clock
) -> None:
    """Neither in a session from before it nor after signing in anew."""
    someone = cast.phone("xian_wife").id_number
    signed_in = cast.phone("xian_donor", channel="alipay")
    await signed_in.sign_in()
    async with _serving(both_keys, sandboxes, clock) as serving:
        assert await rotate_keys(serving.world, progress=_quiet) == 1
        phone = serving.phone("xian_donor", channel="alipay")
        phone.token, phone.id_number = signed_in.token, someone
        assert code_of(await phone.link()) == (403, "credential.other_person")
        await phone.sign_in()
        assert code_of(await phone.link()) == (403, "credential.other_person")


async def test_without_the_old_key_and_without_a_rotation_nothing_opens(
    cast: Cast, second_key: Settings, sandboxes: httpx.AsyncClient, clock: Clock
) -> None:
    """So the key did seal: data is not readable without it."""
    phone = await cast.linked("panzhihua_donor")
    async with _serving(second_key, sandboxes, clock) as serving:
        vault = serving.world.vault
        with pytest.raises(CryptoFault):
            vault.open(cast.world.vault.seal("x", purpose="p"), purpose="p")
        lost = serving.phone("panzhihua_donor")
        lost.token = phone.token
        assert (await lost.get("/v1/me")).status_code == 500
