"""Batches of premiums as Prometheus gauges, counted anew at most every quarter of a minute."""

import time

from prometheus_client import Gauge

from service.domain.calendar import business_date
from service.domain.premium_batch import Progress
from service.flows.read_progress import read_progress
from service.store import premium_batches
from service.world import World

ORDERS = Gauge(
    "gongji_premium_batch_orders", "Orders of a batch by state", ["area", "year", "state"]
)
RATE = Gauge(
    "gongji_premium_batch_paid_per_minute", "Receipts of the last minute", ["area", "year"]
)
_EVERY_SECONDS = 15.0
_STATES = (
    "planned", "held", "paid", "credited", "declined", "skipped", "refunded", "set_aside",
)  # fmt: skip
_looked_at = -_EVERY_SECONDS


async def show_batches(world: World) -> None:
    """Of all of this year and later that are not paused. Counting millions of orders takes a while:
    not for each scrape. Raises DatabaseAway."""
    global _looked_at
    if time.monotonic() - _looked_at < _EVERY_SECONDS:
        return
    _looked_at = time.monotonic()
    async with world.database.read() as tx:
        year = business_date(world.clock()).year
        batches = await premium_batches.at_work(tx, year=year)
    for batch, progress in zip(batches, await read_progress(world, batches), strict=True):
        _show(batch.area, str(batch.year), progress)


def _show(area: str, year: str, progress: Progress) -> None:
    for state in _STATES:
        ORDERS.labels(area, year, state).set(getattr(progress, state))
    RATE.labels(area, year).set(progress.paid_per_minute)
