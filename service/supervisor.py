"""`run`: everything on one machine, from an empty folder to a service with people in it."""

import asyncio
import contextlib
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
from msgspec.structs import replace

from service import development, embedded
from service.console import say
from service.lifeline import child_environment
from service.migrations import migrate
from service.settings import Settings, is_secret

SEEDED = "seeded"
"""The file that says a data folder has its population."""

_PASSWORD = re.compile(r"(://[^:/@]*:)[^@]*@")
_READY_SECONDS = 60
_STOP_SECONDS = 15
_WATCH_SECONDS = 2
_MISSES_MAX = 5


class RunTrouble(Exception):
    """Why it cannot run, in one sentence."""


async def run(settings: Settings) -> int:
    """Run until Ctrl-C, SIGTERM, or the death of a part. Raises RunTrouble, EmbeddedTrouble."""
    begun = time.monotonic()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    folder = settings.data_folder
    _make_folder(folder)
    for port in (settings.port, settings.sandbox_port):
        _check_port(port)
    async with contextlib.AsyncExitStack() as stack:
        completed = development.complete(settings)
        processes = {"sandbox": await stack.enter_async_context(_process("sandbox", completed))}
        completed = await _with_servers(completed, stack)
        await migrate(completed.database_url)
        for name in ("serve", "work"):
            processes[name] = await stack.enter_async_context(_process(name, completed))
        api = f"http://{completed.host}:{completed.port}"
        sandboxes = f"http://127.0.0.1:{completed.sandbox_port}"
        await _answers(f"{sandboxes}/_switches", processes, stop)
        await _answers(f"{api}/health/ready", processes, stop)
        if not stop.is_set():
            await _seed(completed, api=api, sandboxes=sandboxes)
            development.write_environment(settings.data_folder / "environment", completed)
            say(_banner(completed, seconds=time.monotonic() - begun))
        embedded_servers = not (settings.database_url and settings.redis_url)
        ready = f"{api}/health/ready" if embedded_servers else None
        return await _watch(processes, stop, ready=ready)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise RunTrouble(f"The data folder {folder} cannot be made: {fault.strerror}.") from None


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise RunTrouble(
                f"Port {port} on 127.0.0.1 is in use: stop what listens there, or choose others"
                " with GONGJI_PORT and GONGJI_SANDBOX_PORT."
            ) from None


async def _seed(settings: Settings, *, api: str, sandboxes: str) -> None:
    """A fresh data folder gets its population; what that needs is loaded only then."""
    mark = settings.data_folder / SEEDED
    if mark.exists():
        return
    from service.seed import seed
    from service.world import open_world

    async with open_world(settings) as world:
        await seed(world, settings.data_folder, api=api, sandboxes=sandboxes)
    mark.touch()


async def _with_servers(settings: Settings, stack: contextlib.AsyncExitStack) -> Settings:
    """Embedded servers for those that no URL names."""
    folder = settings.data_folder.resolve()
    if not settings.database_url:
        url = await stack.enter_async_context(embedded.postgres(folder / "postgres"))
        settings = replace(settings, database_url=url)
    if not settings.redis_url:
        url = await stack.enter_async_context(embedded.valkey(folder / "valkey"))
        settings = replace(settings, redis_url=url)
    return settings


@contextlib.asynccontextmanager
async def _process(name: str, settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """One of our own commands in a process, its log in the data folder; stopped at the end."""
    with open(settings.data_folder / f"{name}.log", "ab") as log:  # noqa: ASYNC230
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "service",
            name,
            env=child_environment(**development.environment(settings)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _answers(
    url: str, processes: Mapping[str, asyncio.subprocess.Process], stop: asyncio.Event
) -> None:
    """Wait until `url` answers 200."""
    deadline = time.monotonic() + _READY_SECONDS
    async with httpx.AsyncClient(trust_env=False) as client:
        while not stop.is_set():
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(url, timeout=2)).status_code == 200:
                    return
            for name, process in processes.items():
                if process.returncode is not None:
                    raise RunTrouble(f"The {name} process died at the start; see {name}.log.")
            if time.monotonic() > deadline:
                raise RunTrouble(f"{url} did not answer in {_READY_SECONDS} seconds.")
            await asyncio.sleep(0.03)


async def _watch(
    processes: Mapping[str, asyncio.subprocess.Process], stop: asyncio.Event, *, ready: str | None
) -> int:
    """Wait for the end; 1 when a part died by itself. `ready` tells of embedded servers."""
    ends = {asyncio.create_task(process.wait()): name for name, process in processes.items()}
    if ready is not None:
        ends[asyncio.create_task(_servers_gone(ready))] = "PostgreSQL or Redis-compatible server"
    stopping = asyncio.create_task(stop.wait())
    done, pending = await asyncio.wait({*ends, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    if stop.is_set():
        say("Stopping.")
        return 0
    say(f"The {ends[done.pop()]} process died; stopping. See its log in the data folder.")
    return 1


async def _servers_gone(url: str) -> int:
    """Returns when the service has not been ready for a while."""
    missed = 0
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        while missed < _MISSES_MAX:
            await asyncio.sleep(_WATCH_SECONDS)
            with contextlib.suppress(httpx.HTTPError):
                answered = (await client.get(url)).status_code == 200
                missed = 0 if answered else missed + 1
    return missed


def _banner(settings: Settings, *, seconds: float) -> str:
    api, sandboxes = f"http://{settings.host}:{settings.port}", settings.sandbox_port
    lines = [
        f"Gongji is ready ({seconds:.1f} s). Press Ctrl-C to stop.",
        f"  API          {api}/v1",
        f"  API page     {api}/docs",
        f"  Sandboxes    http://127.0.0.1:{sandboxes}  (/wechat /alipay /platform /tax, switches)",
        f"  PostgreSQL   {settings.database_url.rpartition('@')[2] or settings.database_url}",
        f"  Redis        {settings.redis_url.rpartition('@')[2] or settings.redis_url}",
        f"  Logs         {settings.data_folder}/serve.log work.log sandbox.log",
        f"  Hall clerks  {settings.data_folder}/clerks.txt",
        f"  Counters     {settings.data_folder}/counters.txt  (institution code, secret)",
        "  Try it       make demo  (in another terminal)",
        f"  Commands     . {settings.data_folder}/environment  (then python -m service ...)",
        "Settings:",
    ]
    return "\n".join(lines + settings_lines(settings))


def settings_lines(settings: Settings) -> list[str]:
    """Every setting with its value; secrets only as set or not, passwords in addresses never."""
    lines = []
    for name in Settings.__struct_fields__:
        value = str(getattr(settings, name))
        shown = ("(set)" if value else "") if is_secret(name) else _PASSWORD.sub(r"\1***@", value)
        lines.append(f"  GONGJI_{name.upper()}={shown}")
    return lines
