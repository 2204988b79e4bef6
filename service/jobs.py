"""Scheduled and background work, by PgQueuer: jobs carry ids, rows hold the truth.

Every job may run twice and have one effect. Trouble with a platform puts the job off, longer each
time; a job that fails otherwise is kept as failed for a person to look at.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job, Schedule

from service.database import DatabaseAway
from service.flows.check_kinship import check_kinship
from service.flows.close_day import close_day
from service.flows.expire_bindings import expire_bindings
from service.flows.plan_due_batches import plan_due_batches
from service.flows.purge_requests import purge_requests
from service.flows.send_message import send_message
from service.flows.tell_counter_events import tell_counter_events
from service.flows.tell_premiums import tell_premiums
from service.flows.work_premiums import work_premiums
from service.flows.work_refunds import work_refunds
from service.gateways import GatewayTrouble
from service.sessions import SessionsAway
from service.world import World

log = structlog.get_logger()

_LONGEST = timedelta(minutes=30)
_KINSHIP_TRIES = 20
"""About six hours of asking; after that a clerk looks at it."""
_POLL = timedelta(seconds=5)
_TELL_SECONDS = 1.0
_PAY_SECONDS = 0.5
_RECONNECT_SECONDS = 3.0
_LOST = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a connection says that was cut in the middle of a call
)


def register(queue: PgQueuer, world: World) -> None:
    """Every job and schedule. Cron expressions are UTC; Asia/Shanghai is eight hours ahead."""

    @queue.entrypoint("check_kinship", concurrency_limit=8, on_failure="hold")
    async def _check_kinship(job: Job) -> None:
        last = job.attempts >= _KINSHIP_TRIES
        await _work(job, lambda subject: check_kinship(world, subject, last_try=last))

    @queue.entrypoint("send_message", concurrency_limit=8, on_failure="hold")
    async def _send_message(job: Job) -> None:
        await _work(job, lambda subject: send_message(world, subject))

    # Every minute: midnight in Shanghai is not far, and a pair may be bound anew right after.
    @queue.schedule("expire_bindings", "* * * * *")
    async def _expire_bindings(_: Schedule) -> None:
        if count := await expire_bindings(world):
            log.info("bindings_expired", count=count)

    # At 00:15 in Shanghai, and every hour, so that a worker that was away catches up.
    @queue.schedule("close_day", "15 * * * *")
    async def _close_day(_: Schedule) -> None:
        if count := await close_day(world):
            log.info("days_closed", count=count)

    # Wherever a collection window is open: just after midnight in Shanghai, when it opens, and
    # every hour for plans made since.
    @queue.schedule("plan_due_batches", "5 * * * *")
    async def _plan_due_batches(_: Schedule) -> None:
        if count := await plan_due_batches(world):
            log.info("premiums_planned", count=count)

    @queue.schedule("purge_requests", "30 * * * *")
    async def _purge_requests(_: Schedule) -> None:
        log.info("requests_purged", count=await purge_requests(world))


async def work(world: World, *, stop: asyncio.Event) -> None:
    """Work until `stop`; a lost database is waited for."""
    async with asyncio.TaskGroup() as together:
        together.create_task(_pay(world, stop))  # at the end its chunk under way is finished
        together.create_task(_work_queue(world, stop))


async def _work_queue(world: World, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await _work_connected(world, stop)
        except _LOST as fault:
            log.warning("worker_reconnects", kind=type(fault).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)


async def _work_connected(world: World, stop: asyncio.Event) -> None:
    settings = world.settings
    connection = await asyncpg.connect(
        settings.database_url, timeout=5, statement_cache_size=settings.database_statement_cache
    )
    try:
        queue = PgQueuer.from_asyncpg_connection(connection)
        register(queue, world)
        running = asyncio.create_task(
            queue.run(dequeue_timeout=_POLL, shutdown_on_listener_failure=True)
        )
        stopping = asyncio.create_task(stop.wait())
        telling = asyncio.create_task(_tell(world))
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        queue.shutdown.set()
        stopping.cancel()
        telling.cancel()
        await running
    finally:
        await connection.close(timeout=5)


async def _tell(world: World) -> None:
    """What happened at counters, told within moments: its rows are an outbox of their own, since a
    queue row and its notification would slow every settlement."""
    while True:
        try:
            while await tell_counter_events(world) + await tell_premiums(world):
                pass
        except Exception as fault:  # citizens wait to be told: a fault must be seen, not be the end
            log.error("telling_put_off", kind=type(fault).__name__)
        await asyncio.sleep(_TELL_SECONDS)


async def _pay(world: World, stop: asyncio.Event) -> None:
    """Premiums that are due, in several lanes: while one waits for the bureau, another computes.
    One more is for citizens' own orders and refunds: they do not queue behind a batch."""

    async def lane(step: Callable[[], Awaitable[int]]) -> None:
        while not stop.is_set():
            try:
                busy = await step()
            except Exception as fault:  # rows are leased and found again: a fault must be seen
                away = isinstance(fault, DatabaseAway | SessionsAway)
                tell = log.warning if away else log.error
                tell("premiums_put_off", kind=type(fault).__name__)
                busy = 0
            if not busy:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _PAY_SECONDS)

    async def own() -> int:
        return await work_premiums(world, only="citizens") + await work_refunds(world)

    lanes = (lane(lambda: work_premiums(world)) for _ in range(world.settings.premium_lanes))
    await asyncio.gather(lane(own), *lanes)


async def _work(job: Job, flow: Callable[[UUID], Awaitable[object]]) -> None:
    assert job.payload is not None
    try:
        outcome = await flow(UUID(bytes=job.payload))
    except (GatewayTrouble, DatabaseAway) as fault:
        log.warning("job_put_off", job=job.entrypoint, attempt=job.attempts, reason=str(fault))
        delay = min(_LONGEST, timedelta(seconds=5 * 2 ** min(job.attempts, 10)))
        raise RetryRequested(delay=delay) from fault
    log.info("job_done", job=job.entrypoint, outcome=str(outcome))
