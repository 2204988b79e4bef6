"""The secrets of counters: made once, shown once, sealed, revoked at once, kept over a rotation."""

import re
import secrets
from argparse import Namespace

import pytest
import pytest_asyncio
from msgspec.structs import replace

from service import commands, seed
from service.flows.load_institutions import load_institutions
from service.flows.make_counter_key import make_counter_key
from service.flows.revoke_counter_keys import revoke_counter_keys
from service.flows.rotate_keys import rotate_keys
from service.settings import Settings
from service.world import World, open_world
from tests.scenes import acts, rows

CODE, OTHER = "H53060200001", "P53060200001"


@pytest_asyncio.fixture
async def listed(world: World) -> World:
    """With institutions, none of which has a key."""
    content = seed._INSTITUTIONS.read_bytes()
    await load_institutions(world, content, progress=lambda stored, total: None)
    return world


async def secrets_of(world: World, code: str) -> tuple[str, ...]:
    """What the service believes a counter signs with."""
    counter = await world.counters._registry(code)
    assert counter is not None
    return counter.keys


async def test_a_key_is_sealed_and_known_to_the_service(listed: World, own_database: str) -> None:
    made = await make_counter_key(listed, CODE)
    assert made is not None
    assert re.fullmatch("[0-9a-f]{64}", made.secret)
    assert await secrets_of(listed, CODE) == (made.secret,)
    assert await secrets_of(listed, OTHER) == ()
    [row] = await rows(own_database, "SELECT secret_sealed FROM counter_key")
    assert made.secret.encode() not in row["secret_sealed"]
    assert await acts(own_database, str(made.key_id)) == [("operator", "counter_key.made")]
    [audited] = await rows(own_database, "SELECT detail FROM audit WHERE act = 'counter_key.made'")
    assert made.secret not in audited["detail"]


async def test_a_new_key_stands_beside_the_old_one_until_all_are_revoked(
    listed: World, own_database: str
) -> None:
    made = [await make_counter_key(listed, CODE) for _ in range(2)]
    kept = await make_counter_key(listed, OTHER)
    assert await secrets_of(listed, CODE) == tuple(key.secret for key in reversed(made) if key)
    assert await revoke_counter_keys(listed, CODE) == 2
    assert await secrets_of(listed, CODE) == ()
    assert kept is not None
    assert await secrets_of(listed, OTHER) == (kept.secret,)
    for key in made:
        assert key is not None
        assert await acts(own_database, str(key.key_id)) == [
            ("operator", "counter_key.made"),
            ("operator", "counter_key.revoked"),
        ]
    assert await revoke_counter_keys(listed, CODE) == 0
    newest = await make_counter_key(listed, CODE)
    assert newest is not None
    assert await secrets_of(listed, CODE) == (newest.secret,)


async def test_an_unknown_institution_gets_no_key(listed: World, own_database: str) -> None:
    assert await make_counter_key(listed, "H99999999999") is None
    assert await rows(own_database, "SELECT FROM counter_key") == []


async def test_the_command_shows_the_secret_once(
    listed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = listed.settings
    assert await commands.counter_key(settings, Namespace(code=CODE, revoke=False)) == 0
    shown = re.fullmatch(r"key id  \S{36}\nsecret  (\w{64})\n", capsys.readouterr().out)
    assert shown is not None
    assert await secrets_of(listed, CODE) == (shown[1],)
    assert await commands.counter_key(settings, Namespace(code=CODE, revoke=True)) == 0
    assert capsys.readouterr().out == f"keys of {CODE} revoked: 1\n"
    for revoke in (True, False):
        unknown = Namespace(code="H99999999999", revoke=revoke)
        with pytest.raises(commands.CommandFault, match="There is no"):
            await commands.counter_key(settings, unknown)


async def test_a_rotation_of_the_data_keys_keeps_the_secrets(
    listed: World, settings: Settings, own_database: str
) -> None:
    made = await make_counter_key(listed, CODE)
    assert made is not None
    second = f"2:{secrets.token_hex(16)}"
    both = replace(settings, data_keys=f"{settings.data_keys},{second}")
    async with open_world(both) as world:
        await rotate_keys(world, progress=lambda table, done: None)
    [row] = await rows(own_database, "SELECT secret_sealed FROM counter_key")
    assert row["secret_sealed"][0] == 2
    async with open_world(replace(settings, data_keys=second)) as world:
        assert await secrets_of(world, CODE) == (made.secret,)
