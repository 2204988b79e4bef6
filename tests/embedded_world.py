"""What tests of the supervised servers share: a cluster, a supervisor to kill, a look around."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from service import embedded

HOLD = """
import asyncio, sys
from pathlib import Path
from service import embedded

async def hold() -> None:
    async with getattr(embedded, sys.argv[1])(Path(sys.argv[2])) as address:
        sys.stdout.write(address + "\\n")
        sys.stdout.flush()
        await asyncio.sleep(60)

asyncio.run(hold())
"""


def make_cluster(folder: Path) -> Path:
    """A cluster with an empty table `note`."""

    async def make() -> None:
        async with embedded.postgres(folder) as dsn:
            await execute(dsn, "CREATE TABLE note (line text)")

    asyncio.run(make())
    return folder


def servers(folder: Path) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")).is_relative_to(folder):
                yield int(process.name)
        except OSError:
            continue


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()


async def lines(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    found = await connection.fetch("SELECT line FROM note ORDER BY line")
    await connection.close()
    return [row["line"] for row in found]


def postmaster(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().split("\n")[0])


def socket_folder(address: str) -> Path:
    if address.startswith("unix://"):
        return Path(address.removeprefix("unix://")).parent
    return Path(address.partition("host=")[2].partition("&")[0])


def hold(kind: str, data: Path) -> tuple[subprocess.Popen[str], str]:
    """A supervisor in a process of its own, once its server is up."""
    argv = [sys.executable, "-c", HOLD, kind, str(data)]
    holder = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert holder.stdout
    address = holder.stdout.readline().strip()
    assert address
    return holder, address


def kill(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate()


def cut_tail(data: Path) -> None:
    """As a power cut leaves it: a command begun at the end of the append-only file."""
    with next(data.glob("appendonlydir/*.incr.aof")).open("ab") as tail:
        tail.write(b"*3\r\n$3\r\nSET\r\n$4\r\nto")
