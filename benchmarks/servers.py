"""The servers of a run: PostgreSQL and Valkey out of the wheels, our service, the peer."""

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from signal import SIGTERM
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx
import redis
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.population import Population
from service import development, embedded
from service.lifeline import child_environment
from service.settings import Settings

OURS = ("-m", "service", "serve")
PEER = ("-m", "benchmarks.peers.fastapi_sqlalchemy")
_POSTGRES = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "maintenance_work_mem": "512MB",
}
"""As an operator would set them; commits stay durable (fsync and synchronous_commit are on).
Checkpoints are rare enough to fall between rounds."""
_FIRST_PORT = 18_400
_READY_SECONDS = 60


class Servers(Struct, frozen=True, kw_only=True):
    """What every subject shares. `settings` have made-up secrets and both addresses."""

    folder: Path
    settings: Settings
    postgres_pid: int
    valkey_pid: int
    version: str

    @property
    def postgres_folder(self) -> str:
        """Where PostgreSQL's socket is."""
        return parse_qs(urlsplit(self.settings.database_url).query)["host"][0]

    @property
    def redis_socket(self) -> str:
        return self.settings.redis_url.removeprefix("unix://")

    def url_of(self, database: str) -> str:
        return self.settings.database_url.replace("/gongji?", f"/{database}?")


class Database(Struct, frozen=True, kw_only=True):
    name: str
    population: Population


class Server(Struct, frozen=True, kw_only=True):
    """A running subject: where it listens, its first process, whose database it serves."""

    name: str
    port: int
    pid: int
    database: Database


@contextlib.asynccontextmanager
async def open_servers(folder: Path) -> AsyncIterator[Servers]:
    """Both servers on this folder, until the end of the block."""
    data = folder / "postgres"
    async with (
        embedded.postgres(data, settings=_POSTGRES) as database_url,
        embedded.valkey(folder / "valkey") as redis_url,
    ):
        settings = development.complete(Settings(data_folder=folder))
        client = redis.from_url(redis_url)
        connection = await asyncpg.connect(database_url)
        yield Servers(
            folder=folder,
            settings=replace(settings, database_url=database_url, redis_url=redis_url),
            postgres_pid=int((data / "postmaster.pid").read_text().partition("\n")[0]),
            valkey_pid=client.info("server")["process_id"],
            version=await connection.fetchval("SHOW server_version"),
        )
        client.close()


async def make_database(servers: Servers, name: str) -> str:
    """An empty database; its URL."""
    connection = await asyncpg.connect(servers.settings.database_url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return servers.url_of(name)


@contextlib.asynccontextmanager
async def serving(
    servers: Servers,
    name: str,
    command: Sequence[str],
    database: Database,
    *,
    workers: int = 2,
    end: int = SIGTERM,
) -> AsyncIterator[Server]:
    """A subject in processes of its own, ready to answer."""
    port = next(port for port in range(_FIRST_PORT, _FIRST_PORT + 100) if _free(port))
    settings = replace(
        servers.settings,
        database_url=servers.url_of(database.name),
        port=port,
        api_workers=workers,
    )
    with (servers.folder / f"{name}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            env=child_environment(**development.environment(settings)),
            stderr=log,
            stdout=log,
        )
    try:
        await _ready(f"http://127.0.0.1:{port}/health/ready", process, log=Path(log.name))
        yield Server(name=name, port=port, pid=process.pid, database=database)
    finally:
        if process.returncode is None:
            process.send_signal(end)
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def _ready(url: str, process: asyncio.subprocess.Process, *, log: Path) -> None:
    """Wait for the first worker, then a little for the others."""
    deadline = time.monotonic() + _READY_SECONDS
    async with httpx.AsyncClient(trust_env=False) as client:
        while time.monotonic() < deadline:
            if process.returncode is not None:
                raise RuntimeError(f"{log.stem} died:\n{log.read_text()[-2000:]}")
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(url)).status_code == 200:
                    await asyncio.sleep(1.5)
                    return
            await asyncio.sleep(0.1)
    raise RuntimeError(f"{url} did not become ready:\n{log.read_text()[-2000:]}")
