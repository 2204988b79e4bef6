"""The supervised servers: data outlives restarts and kills, and nothing is left running."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from service import embedded
from tests.embedded_world import (
    cut_tail,
    execute,
    hold,
    kill,
    lines,
    make_cluster,
    postmaster,
    servers,
    socket_folder,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cluster for all tests that only restart it: initdb takes the most time here."""
    return make_cluster(tmp_path_factory.mktemp("cluster") / "postgres")


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path) -> Iterator[None]:
    """Whatever a test does, no server on a folder of the tests outlives it."""
    yield
    assert not list(servers(tmp_path.parent))


async def test_a_fresh_cluster_is_ours_durable_and_private(tmp_path: Path) -> None:
    remains = tmp_path / "postgres.tmp-interrupted"
    remains.mkdir()
    (remains / "PG_VERSION").write_text("18\n")
    async with embedded.postgres(tmp_path / "postgres", settings={"work_mem": "5MB"}) as dsn:
        connection = await asyncpg.connect(dsn)
        shown = await connection.fetchrow(
            "SELECT current_user AS name, current_database() AS base,"
            " current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS sync,"
            " current_setting('listen_addresses') AS tcp, current_setting('work_mem') AS mem,"
            " current_setting('server_encoding') AS encoding, datlocprovider::text AS provider,"
            " datlocale AS locale FROM pg_database WHERE datname = current_database()"
        )
        assert shown
        assert dict(shown) == {
            "name": "gongji",
            "base": "gongji",
            "fsync": "on",
            "sync": "on",
            "tcp": "",
            "mem": "5MB",
            "encoding": "UTF8",
            "provider": "b",
            "locale": "C.UTF-8",
        }
        await connection.close()
        run = socket_folder(dsn)
        assert run.stat().st_mode & 0o777 == 0o700
    assert not run.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "postgres",
        "postgres.lock",
        "postgres.log",
    ]


async def test_postgres_keeps_its_data_over_a_restart(data: Path) -> None:
    async with embedded.postgres(data) as dsn:
        await execute(dsn, "INSERT INTO note VALUES ('stop')")
    async with embedded.postgres(data) as dsn:
        assert "stop" in await lines(dsn)


async def test_postgres_comes_back_after_its_postmaster_was_killed(data: Path) -> None:
    async with embedded.postgres(data) as dsn:
        await execute(dsn, "INSERT INTO note VALUES ('crash')")
        os.kill(postmaster(data), signal.SIGKILL)
    async with embedded.postgres(data) as dsn:
        assert "crash" in await lines(dsn)


async def test_postgres_left_by_a_killed_supervisor_is_replaced(data: Path) -> None:
    holder, address = hold("postgres", data)
    await execute(address, "INSERT INTO note VALUES ('orphan')")
    left = postmaster(data)
    kill(holder)
    assert left in servers(data)
    async with embedded.postgres(data) as dsn:
        assert "orphan" in await lines(dsn)
        assert left not in servers(data)
    assert not socket_folder(address).exists()


async def test_postgres_starts_after_it_and_its_supervisor_were_killed(data: Path) -> None:
    """Its workers may live a little longer, and init may be slow to reap the postmaster."""
    holder, address = hold("postgres", data)
    connection = await asyncpg.connect(address)
    busy = asyncio.create_task(connection.execute("SELECT pg_sleep(30)"))
    await asyncio.sleep(0.05)
    os.kill(postmaster(data), signal.SIGKILL)
    kill(holder)
    async with embedded.postgres(data) as dsn:
        await execute(dsn, "SELECT 1")
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await busy


async def test_valkey_keeps_its_data_over_a_restart_and_kills(tmp_path: Path) -> None:
    data = tmp_path / "valkey"
    async with embedded.valkey(data) as url, redis.asyncio.from_url(url) as client:
        await client.set("stop", "kept")
        wanted = ("appendonly", "appendfsync", "save", "maxmemory-policy", "port")
        assert await client.config_get(*wanted) == {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "port": "0",
        }
    async with embedded.valkey(data) as url, redis.asyncio.from_url(url) as client:
        await client.set("kill", "kept")
        os.kill(next(servers(data)), signal.SIGKILL)
    cut_tail(data)
    async with embedded.valkey(data) as url, redis.asyncio.from_url(url) as client:
        assert await client.mget("stop", "kill") == [b"kept", b"kept"]


async def test_valkey_left_by_a_killed_supervisor_is_replaced(tmp_path: Path) -> None:
    holder, address = hold("valkey", tmp_path / "valkey")
    async with redis.asyncio.from_url(address) as client:
        await client.set("kill", "kept")
    [left] = servers(tmp_path)
    kill(holder)
    async with (
        embedded.valkey(tmp_path / "valkey") as url,
        redis.asyncio.from_url(url) as client,
    ):
        assert await client.get("kill") == b"kept"
        assert left not in servers(tmp_path)
    assert not socket_folder(address).exists()


async def test_a_cancelled_start_leaves_nothing_running(tmp_path: Path) -> None:
    async def start() -> None:
        async with embedded.postgres(tmp_path / "postgres"):
            raise AssertionError("the start was to be cancelled")

    starting = asyncio.create_task(start())
    await asyncio.sleep(0.2)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    async with embedded.postgres(tmp_path / "postgres") as dsn:
        await execute(dsn, "SELECT 1")


@pytest.mark.parametrize("kind", ["postgres", "valkey"])
def test_ctrl_c_ends_the_supervisor_and_its_server(kind: str, data: Path, tmp_path: Path) -> None:
    folder = data if kind == "postgres" else tmp_path / kind
    holder, address = hold(kind, folder)
    holder.send_signal(signal.SIGINT)
    holder.communicate(timeout=10)
    said = folder.with_suffix(".log").read_text().splitlines()[-1]
    assert "database system is shut down" in said or "ready to exit, bye bye" in said
    assert not socket_folder(address).exists()


async def test_a_living_server_stops_at_the_end_of_its_block(data: Path) -> None:
    began = time.monotonic()
    async with embedded.postgres(data) as dsn:
        idle = await asyncpg.connect(dsn)
        assert list(servers(data))
    assert not list(servers(data))
    assert time.monotonic() - began < 5
    idle.terminate()
