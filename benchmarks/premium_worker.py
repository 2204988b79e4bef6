"""`python -m benchmarks.premium_worker LANES MOST`: work the batch until SIGTERM, MOST at once."""

import asyncio
import os
import signal
import sys

import uvloop

from service.flows.work_premiums import work_premiums
from service.settings import read_settings
from service.store import premium_batches
from service.world import open_world


async def _work(lanes: int, most: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_world(read_settings(os.environ)) as world:
        async with world.database.read() as tx:
            (batch,) = await premium_batches.at_work(tx, year=0)

        async def lane() -> None:
            while not stop.is_set():
                if not await work_premiums(world, only=batch, most=most):
                    await asyncio.sleep(0.05)

        await asyncio.gather(*(lane() for _ in range(lanes)))


if __name__ == "__main__":
    uvloop.run(_work(int(sys.argv[1]), int(sys.argv[2])))
