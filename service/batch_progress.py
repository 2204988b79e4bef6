"""Work one batch in the foreground, with a bar in a terminal and lines in a log.

Ctrl-C and SIGTERM let the chunks under way come to their end; so does `batch pause` from anywhere.
"""

import asyncio
import contextlib
import signal
import sys
import time

from service.database import DatabaseAway
from service.domain.premium_batch import Batch, Progress
from service.domain.premium_pace import LEASE
from service.flows.read_progress import read_progress
from service.flows.work_premiums import work_premiums
from service.sessions import SessionsAway
from service.store import premium_batches
from service.world import World

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_BAR = 30
_LOOK_SECONDS = 1.0
_LINE_SECONDS = 10.0
_SOON_SECONDS = LEASE.total_seconds() + 10
"""What is due later than this is left to the next run, or to the workers. Longer than a lease: what
a killed worker had is still brought to its end."""
_RARELY = 10
"""Counting takes at most this part of the time: millions of orders are counted in seconds."""


async def run_batch(world: World, batch: Batch, *, lanes: int) -> tuple[Progress, bool]:
    """Until nothing is left that can be decided soon, or the batch is paused; where it stands, and
    whether it was stopped before that."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        async with asyncio.TaskGroup() as together:
            for _ in range(lanes):
                together.create_task(_lane(world, batch, stop))
            stopped = await _watch(world, batch, stop)
            stop.set()
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
    (progress,) = await read_progress(world, [batch])
    return progress, stopped


async def _lane(world: World, batch: Batch, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            now = await _find(world, batch)
            busy = now.mode != "paused" and await work_premiums(world, only=now)
        except (DatabaseAway, SessionsAway):  # orders are leased: found again when it is back
            busy = 0
        if not busy:
            await _pause(stop, _LOOK_SECONDS)


async def _watch(world: World, batch: Batch, stop: asyncio.Event) -> bool:
    """Whether it was stopped, or paused, before the end."""
    told = 0.0
    while True:
        began = time.monotonic()
        try:
            (progress,), now = await read_progress(world, [batch]), await _find(world, batch)
        except DatabaseAway:
            if stop.is_set():
                return True
            await _pause(stop, _LOOK_SECONDS)
            continue
        took = time.monotonic() - began
        told = _show(progress, told)
        over = _over(world, now, progress)
        if over or stop.is_set() or now.mode == "paused":
            _show(progress, 0.0)
            if sys.stderr.isatty():
                sys.stderr.write("\n")
            return not over
        await _pause(stop, max(_LOOK_SECONDS, took * _RARELY))


async def _find(world: World, batch: Batch) -> Batch:
    async with world.database.read() as tx:
        found = await premium_batches.find(tx, area=batch.area, year=batch.year)
    assert found is not None
    return found


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def _over(world: World, batch: Batch, progress: Progress) -> bool:
    """Nothing under way, and nothing that comes due soon."""
    if batch.mode == "draining":
        return not progress.held
    if progress.next_try_at is None:
        return True
    return (progress.next_try_at - world.clock()).total_seconds() > _SOON_SECONDS


def _show(progress: Progress, told: float) -> float:
    """When it was told last: a bar each time on a terminal, a line now and then elsewhere."""
    now = time.monotonic()
    if sys.stderr.isatty():
        bar = "#" * int(_BAR * progress.percent / 100)
        sys.stderr.write(f"\r\x1b[K[{bar:<{_BAR}}] {progress.percent:5.1f} %  {_counts(progress)}")
    elif now - told >= _LINE_SECONDS:
        sys.stderr.write(f"{progress.percent:5.1f} %  {_counts(progress)}\n")
    else:
        return told
    sys.stderr.flush()
    return now


def _counts(progress: Progress) -> str:
    done = progress.paid + progress.credited
    return f"{done} paid of {progress.total}, {progress.paid_per_minute}/min"


def show_planned(orders: int) -> None:
    """While a batch is planned, on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{orders} orders planned")
        sys.stderr.flush()
