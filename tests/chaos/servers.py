"""PostgreSQL, Valkey, two API processes, and for premiums two workers and the sandboxes, as real
child processes that are killed and come back.

Each server has a keeper that starts it again whenever it is gone, as an orchestrator would. The
folders and commands are those of `service.embedded`; only the supervisor is ours, since a socket
must stay where it is while its server dies. The sandboxes are never killed: they are the outside
world, and their books are in memory.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec.structs import replace

from service import development
from service.migrations import migrate
from service.settings import Settings
from tests.chaos import programs
from tests.chaos.server import Server
from tests.running import free_port

UP_SECONDS = 120.0
API_PROCESSES, WORKERS = 2, 2
GATEWAY_SECONDS = 1.0
"""The longest wait for the tax bureau: short, so that answers get lost often."""


class Stack:
    """All servers of a run. `settings` lead to them; `apis` are the base URLs."""

    def __init__(self, settings: Settings, servers: list[Server], apis: list[str]) -> None:
        self.settings, self.servers, self.apis = settings, servers, apis

    @property
    def sandboxes(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.settings.sandbox_port}"

    def kinds(self) -> set[str]:
        return {server.kind for server in self.servers}

    def alive(self, kind: str) -> list[Server]:
        return [s for s in self.servers if s.kind == kind and s.up.is_set()]

    async def all_up(self) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(UP_SECONDS):
            while not all(server.up.is_set() for server in self.servers):
                await asyncio.gather(*(server.up.wait() for server in self.servers))

    @property
    def own_deaths(self) -> list[str]:
        """Servers that died though nobody had killed them, with their last words."""
        return [death for server in self.servers for death in server.own_deaths]


@contextlib.asynccontextmanager
async def running_stack(
    folder: Path, *, apis: int = API_PROCESSES, premiums: bool = False
) -> AsyncIterator[Stack]:
    """Everything up in this folder, with a migrated, empty and durable database."""
    async with contextlib.AsyncExitStack() as stack:
        postgres, dsn = await programs.postgres(folder / "postgres", stack)
        valkey, url = await programs.valkey(folder / "valkey", stack)
        ports = [free_port() for _ in range(apis)]
        given = Settings(
            data_folder=folder,
            database_url=dsn,
            redis_url=url,
            log_level="warning",
            sandbox_port=free_port(),
            gateway_timeout_seconds=GATEWAY_SECONDS,
            premium_checks_per_hour=1_000_000,  # a few phones stand for a city
        )
        settings = await asyncio.to_thread(development.complete, given)
        first = [postgres, valkey]
        if premiums:  # the bureau's callbacks go to a real API
            first.append(programs.sandbox(replace(settings, port=ports[0])))
        then = [programs.api(settings, port) for port in ports]
        then += [programs.worker(settings, n) for n in range(WORKERS if premiums else 0)]
        for server in first:
            await _kept(server, stack)
        async with asyncio.timeout(UP_SECONDS):
            await asyncio.gather(postgres.up.wait(), valkey.up.wait())
        await migrate(settings.database_url)
        for server in then:
            await _kept(server, stack)
        made = Stack(settings, first + then, [f"http://127.0.0.1:{port}" for port in ports])
        await made.all_up()
        yield made


async def _kept(server: Server, stack: contextlib.AsyncExitStack) -> None:
    keeper = asyncio.create_task(server.keep())

    async def end() -> None:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)

    stack.push_async_callback(end)
