"""Serving: one process with uvicorn, or several that share the port."""

import asyncio
import os
import signal
import socket
import sys

import uvicorn
from litestar.types import ASGIApp

from service.app import create_app
from service.jobs import work
from service.sandboxes import create_sandboxes
from service.settings import Settings
from service.world import open_world


async def serve(settings: Settings) -> None:
    """The API in this process, until SIGTERM or SIGINT."""
    async with open_world(settings) as world:
        shared = settings.api_workers > 1
        await _serve(create_app(world), settings, settings.host, settings.port, shared=shared)


async def serve_sandboxes(settings: Settings) -> None:
    """The sandboxes in this process, on the loopback address only."""
    await _serve(create_sandboxes(settings), settings, "127.0.0.1", settings.sandbox_port)


async def serve_jobs(settings: Settings) -> None:
    """The worker in this process."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_world(settings) as world:
        await work(world, stop=stop)


async def serve_many(settings: Settings) -> int:
    """`api_workers` processes of `serve`; when one dies, all end and the exit code tells."""
    command = [sys.executable, "-m", "service", "serve", "--in-process"]
    children = [await asyncio.create_subprocess_exec(*command) for _ in range(settings.api_workers)]

    def stop() -> None:
        for child in children:
            if child.returncode is None:
                child.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    ended = [asyncio.create_task(child.wait()) for child in children]
    await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
    stop()
    return max(abs(code) for code in await asyncio.gather(*ended))


async def _serve(
    app: ASGIApp, settings: Settings, host: str, port: int, *, shared: bool = False
) -> None:
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        timeout_graceful_shutdown=10,
        backlog=2048,
    )
    with _listen(host, port, shared=shared) as listener:
        await uvicorn.Server(config).serve(sockets=[listener])


def _listen(host: str, port: int, *, shared: bool) -> socket.socket:
    """The listening socket; several processes may share a port, a stranger may not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared and hasattr(socket, "SO_REUSEPORT"):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    os.set_inheritable(listener.fileno(), False)
    return listener
