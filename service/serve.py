"""Serving the API: one process, or several that share the port."""

import asyncio
import signal
import sys

from service.app import create_app
from service.fast_path import FastPath
from service.lifeline import child_environment
from service.listening import listen_and_serve
from service.settings import Settings
from service.world import open_world


async def serve(settings: Settings) -> None:
    """The API in this process, until SIGTERM or SIGINT."""
    async with open_world(settings) as world:
        shared = settings.api_workers > 1
        await listen_and_serve(
            FastPath(create_app(world)), settings, settings.host, settings.port, shared=shared
        )


async def serve_many(settings: Settings) -> int:
    """`api_workers` processes of `serve`; when one dies, all end and the exit code tells."""
    command = [sys.executable, "-m", "service", "serve", "--in-process"]
    children = [
        await asyncio.create_subprocess_exec(*command, env=child_environment())
        for _ in range(settings.api_workers)
    ]

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
