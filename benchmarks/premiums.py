"""P5: a batch of premiums in chunks, against the same orders one by one on eight connections.

Both do the whole path: taken under a lease, the platform asked, money held, submitted to the bureau
over HTTP, posted with the receipt, credited. They take turns on one batch of the same database.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGTERM

import asyncpg
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.cpu import cpu_of
from benchmarks.measure import Machine, Run, Sample
from benchmarks.premium_population import populate
from benchmarks.report import say
from benchmarks.servers import Servers, make_database
from service import development
from service.development_policies import AREA
from service.domain.calendar import business_date
from service.flows.plan_batch import Planned, plan_batch
from service.lifeline import child_environment
from service.settings import Settings
from service.world import open_world

LANES, CHUNK = 3, 500
ONE_BY_ONE = 8
_NAME = "premiums"
_PORT = 18_300
_READY_SECONDS = 30


class Memory(Struct):
    """Resident memory of a worker in MB: once it pays, the most, and in the end."""

    early: float = 0.0
    most: float = 0.0
    late: float = 0.0

    def look(self, pid: int) -> None:
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{pid}/status").read_text()
            kilobytes = next(line for line in text.splitlines() if line.startswith("VmRSS"))
            now = int(kilobytes.split()[1]) / 1024
            self.early, self.most, self.late = self.early or now, max(self.most, now), now


class Premiums:
    """One planned batch and the outside it is paid to."""

    def __init__(self, servers: Servers, settings: Settings, bureau: int, size_before: int) -> None:
        self.servers, self._settings, self._bureau = servers, settings, bureau
        self._size_before = size_before

    def runs(self) -> Mapping[str, Run]:
        return {
            "ours": lambda seconds: self._run("batch", LANES, CHUNK, seconds),
            "one by one": lambda seconds: self._run("one by one", ONE_BY_ONE, 1, seconds),
        }

    async def _run(self, subject: str, lanes: int, most: int, seconds: float) -> Sample:
        async with self._worker(lanes, most) as pid:
            await self._first()
            parts = {
                "app": pid,
                "postgres": self.servers.postgres_pid,
                "bureau": self._bureau,
            }
            begun, before, paid = time.monotonic(), cpu_of(parts), await self._paid()
            machine = Machine()
            await asyncio.sleep(seconds)
            after, took, foreign = cpu_of(parts), time.monotonic() - begun, machine.foreign()
            orders = await self._paid() - paid
            left = await self._count("state = 'planned'")
        each = max(1, orders)
        return Sample(
            subject=subject,
            per_second=orders / took,
            p50_ms=0.0,
            p99_ms=0.0,
            cpu_ms={name: (after[name] - before[name]) / each for name in parts},
            foreign=foreign,
            faults={},
            exhausted=not left,
        )

    async def finish(self) -> None:
        """The rest of the batch by one worker, with its memory."""
        memory, begun, before = Memory(), time.monotonic(), await self._paid()
        async with self._worker(LANES, CHUNK) as pid:
            await self._first()
            while await self._count("state IN ('planned', 'held', 'paid')"):
                memory.look(pid)
                await asyncio.sleep(1)
        took, orders = time.monotonic() - begun, await self._paid() - before
        total = await self._count("state = 'credited'")
        say(
            f"P5 the rest of the batch: {orders:,} orders in {took:.0f} s"
            f" ({orders / max(took, 0.1):.0f}/s), {total:,} credited in all; worker memory"
            f" {memory.early:.0f} MB at first, {memory.late:.0f} MB in the end,"
            f" {memory.most:.0f} MB at most; the database grew by"
            f" {(await self._size() - self._size_before) / max(1, total):.0f} bytes an order"
        )

    async def check(self) -> bool:
        """Every order is credited or still open, and the ledger says what the orders say."""
        connection = await asyncpg.connect(self._settings.database_url)
        try:
            faults = await connection.fetch("SELECT * FROM ledger.discrepancy LIMIT 5")
            paid = await connection.fetchval(
                "SELECT coalesce(sum(amount_fen), 0) FROM premium WHERE paid_at IS NOT NULL"
            )
            booked = await connection.fetchval(
                "SELECT coalesce(-sum(amount_fen), 0) FROM ledger.entry WHERE contra = $1",
                f"tax:{AREA}",
            )
        finally:
            await connection.close()
        right = not faults and paid == booked
        say(f"{'right' if right else 'WRONG'}: premiums {paid} fen, ledger {booked} fen")
        return right

    async def _first(self) -> None:
        """Until the worker has paid something: its start is not measured."""
        before = await self._paid()
        while await self._paid() == before and await self._count("state = 'planned'"):
            await asyncio.sleep(0.05)

    async def _paid(self) -> int:
        return await self._count("paid_at IS NOT NULL")

    async def _size(self) -> int:
        return await size_of(self._settings)

    async def _count(self, condition: str) -> int:
        connection = await asyncpg.connect(self._settings.database_url)
        try:
            found: int = await connection.fetchval(
                f"SELECT count(*) FROM premium WHERE {condition}"
            )
            return found
        finally:
            await connection.close()

    @contextlib.asynccontextmanager
    async def _worker(self, lanes: int, most: int) -> AsyncIterator[int]:
        command = ("-m", "benchmarks.premium_worker", str(lanes), str(most))
        async with _process(self._settings, *command) as process:
            yield process.pid


@contextlib.asynccontextmanager
async def open_premiums(servers: Servers, *, orders: int) -> AsyncIterator[Premiums]:
    """A database of its own with so many planned orders, and the outside running."""
    say(f"filling the premium books: {orders:,} payers with a plan each ...")
    settings = replace(
        servers.settings,
        database_url=await make_database(servers, _NAME),
        sandbox_port=_PORT,
        platform_url=f"http://127.0.0.1:{_PORT}/platform",
        tax_url=f"http://127.0.0.1:{_PORT}/tax",
        tax_orders_per_second=1_000_000,
        log_level="warning",
    )
    async with _process(settings, "-m", "benchmarks.bureau") as bureau:
        async with open_world(settings) as world:
            await populate(settings.database_url, world, orders=orders)
            size_before = await size_of(settings)
            begun = time.monotonic()
            year = business_date(datetime.now(UTC)).year + 1
            planned = await plan_batch(world, area=AREA, year=year)
            assert isinstance(planned, Planned)
            took = time.monotonic() - begun
            say(f"P5 planned {planned.orders:,} orders in {took:.1f} s"
                f" ({planned.orders / took:.0f}/s)")  # fmt: skip
        yield Premiums(servers, settings, bureau.pid, size_before)


async def size_of(settings: Settings) -> int:
    """Bytes of the database, its indexes too."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        size: int = await connection.fetchval("SELECT pg_database_size(current_database())")
        return size
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def _process(settings: Settings, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        env=child_environment(**development.environment(settings)),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(SIGTERM)
            await asyncio.wait_for(process.wait(), _READY_SECONDS)
