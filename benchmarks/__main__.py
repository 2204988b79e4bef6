"""`python -m benchmarks`: alternating rounds, a table, and a check of the books."""

import argparse
import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from signal import SIGTERM

from msgspec.structs import replace

from benchmarks.checks import check
from benchmarks.measure import Bench
from benchmarks.population import populate
from benchmarks.premiums import Premiums, open_premiums
from benchmarks.profiling import profile
from benchmarks.report import TARGETS, Stages, machine, say, table
from benchmarks.servers import Database, Servers, make_database, open_servers
from benchmarks.stages import Options, run_stages
from service.world import open_world

_KEYS = tuple(target.key for target in TARGETS)


def main() -> int:
    """0: measured and the books are right; 1: they are not. Speed never fails a run."""
    arguments = _parser().parse_args()
    unknown = set(arguments.only) - set(_KEYS)
    if unknown:
        sys.stderr.write(f"no such measurement: {', '.join(sorted(unknown))}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="gongji-bench-") as folder:
        try:
            return asyncio.run(_measure(Path(folder), arguments))
        except (KeyboardInterrupt, asyncio.CancelledError):
            return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=3, help="alternating rounds of each measurement")
    add("--seconds", type=float, default=5, help="length of one run")
    add("--only", type=lambda text: text.upper().split(","), default=list(_KEYS),
        metavar="P1,P3", help=f"of {', '.join(_KEYS)}")  # fmt: skip
    add("--connections", type=int, default=128, help="of P1, P2, P3, P6, P9")
    add("--accounts", type=int, default=10_000, help="accounts in the small books")
    add("--large", type=int, default=5_000_000, help="accounts in the large books of P6")
    add("--orders", type=int, default=100_000, help="premium orders in the batch of P5")
    add("--profile", action="store_true", help="cProfile of one worker instead of measurements")
    return parser


async def _measure(folder: Path, arguments: argparse.Namespace) -> int:
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(SIGTERM, this.cancel)  # and so clean up
    async with open_servers(folder) as servers, AsyncExitStack() as stack:
        bench = Bench(servers)
        small = await _database(servers, "small", arguments.accounts)
        databases, right = [small], True
        if arguments.profile:
            await profile(bench, small, arguments.connections, arguments.seconds)
        else:
            large = None
            if "P6" in arguments.only:
                large = await _database(servers, "large", arguments.large)
                databases.append(large)
            options = Options(
                keys=arguments.only,
                rounds=arguments.rounds,
                seconds=arguments.seconds,
                connections=arguments.connections,
            )
            premiums = await _premiums(servers, stack, arguments)
            stages = await run_stages(
                bench, stack, options, small=small, large=large, premiums=premiums
            )
            right = await _finished(premiums)
            _tell(servers, stages, arguments)
        await stack.aclose()
        return 0 if all([await check(bench, db) for db in databases]) and right else 1


async def _premiums(
    servers: Servers, stack: AsyncExitStack, arguments: argparse.Namespace
) -> Premiums | None:
    if "P5" not in arguments.only:
        return None
    return await stack.enter_async_context(open_premiums(servers, orders=arguments.orders))


async def _finished(premiums: Premiums | None) -> bool:
    """Whether the batch, brought to its end, is right."""
    if premiums is None:
        return True
    await premiums.finish()
    return await premiums.check()


async def _database(servers: Servers, name: str, accounts: int) -> Database:
    say(f"filling the {name} books: {accounts:,} accounts, {4 * accounts:,} entries ...")
    url = await make_database(servers, name)
    async with open_world(replace(servers.settings, database_url=url)) as world:
        population = await populate(url, world, accounts=accounts, progress=say)
    return Database(name=name, population=population)


def _tell(servers: Servers, stages: Stages, arguments: argparse.Namespace) -> None:
    books = f"small books {arguments.accounts:,} accounts"
    if "P6" in arguments.only:
        books += f", large books {arguments.large:,} accounts and {4 * arguments.large:,} entries"
    rounds = f"{arguments.rounds} rounds of {arguments.seconds:g} s"
    say(f"\n{machine(servers.version)}; {rounds}; {books}")
    say("\n" + table(stages, arguments.only) + "\n")


if __name__ == "__main__":
    sys.exit(main())
