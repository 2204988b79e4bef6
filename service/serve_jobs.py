"""The worker in this process, until SIGTERM or SIGINT."""

import asyncio
import signal

from service.jobs import work
from service.settings import Settings
from service.world import open_world


async def serve_jobs(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_world(settings) as world:
        await work(world, stop=stop)
