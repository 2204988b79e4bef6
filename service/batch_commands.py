"""The commands about batches of premiums. Ids only: no personal data is told.

Imports stand inside the commands, as in `commands`.
"""

import argparse
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from service import console
from service.commands import CommandFault
from service.console import say
from service.settings import Settings

if TYPE_CHECKING:
    from service.domain.premium_batch import Batch, Mode
    from service.domain.refusal import Refusal
    from service.world import World

_BY_LENGTH = 64
_STEERING = (
    ("pause", "paused", "move nothing until `resume`"),
    ("resume", "running", "go on"),
    ("drain", "draining", "hold no new money, bring what is under way to its end"),
)

Command = Callable[[str, object, str], argparse.ArgumentParser]


def add_commands(command: Command) -> None:
    """`command(name, action, text)` adds one and answers its parser."""
    batch = command("batch", _no_verb, "premium batches: plan, run, status, report, steer, upload")
    verbs = batch.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(
        name: str, action: object, text: str, *, scoped: bool = True
    ) -> argparse.ArgumentParser:
        parser = verbs.add_parser(name, help=text, description=text)
        parser.set_defaults(action=action)
        if scoped:
            _scope(parser)
        return parser

    planned = verb("plan", plan, "turn all due plans into orders; safe to repeat")
    planned.add_argument("--paused", action="store_true", help="a new batch waits for `resume`")
    ran = verb("run", run, "plan, then work until nothing is left to do now")
    ran.add_argument("--lanes", type=_lanes, default=2, help="chunks under way at once (2)")
    ran.add_argument("--again", action="store_true", help="take up what was set aside, too")
    verb("status", status, "how far a batch is")
    reported = verb("report", report, "every order's end state as CSV, with sums of the ledger")
    reported.add_argument("--output", type=Path, help="a file; else the CSV is printed")
    for name, mode, text in _STEERING:
        verb(name, steer, text).set_defaults(mode=mode)
    uploaded = verb("upload", upload, "plans for one year from a CSV file", scoped=False)
    uploaded.add_argument("file", type=Path, help="CSV in UTF-8: one area, one year")
    uploaded.add_argument(
        "--by", required=True, help="who vouches that the payers agreed: a login, not a name"
    )


def _scope(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--area", type=console.area, required=True, help="six-digit pooling area")
    parser.add_argument("--year", type=console.year, required=True, help="premium year")


def _lanes(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 16:
        raise argparse.ArgumentTypeError("1 to 16")
    return int(text)


async def _no_verb(_: Settings, __: argparse.Namespace) -> int:
    raise AssertionError("a verb is required")


async def plan(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.domain.refusal import Refusal
    from service.world import open_world

    async with open_world(settings) as world:
        mode: Mode = "paused" if arguments.paused else "running"
        batch = await _plan(world, arguments, mode=mode)
        if isinstance(batch, Refusal):
            raise CommandFault(_sentence(batch))
        say(f"batch {batch.area} {batch.year} is {batch.mode}")
    return 0


async def _plan(
    world: "World", arguments: argparse.Namespace, *, mode: "Mode"
) -> "Batch | Refusal":
    from service.batch_progress import show_planned
    from service.domain.refusal import Refusal
    from service.flows.plan_batch import plan_batch

    planned = await plan_batch(
        world, area=arguments.area, year=arguments.year, mode=mode, report=show_planned
    )
    if isinstance(planned, Refusal):
        return planned
    say(f"{planned.orders} orders planned")
    return planned.batch


async def run(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.batch_progress import run_batch
    from service.world import open_world

    async with open_world(settings) as world:
        if arguments.again:
            say(f"{await _take_up_again(world, arguments)} orders taken up again")
        batch = await _plan_or_find(world, arguments)
        if batch.mode == "paused":
            raise CommandFault("The batch is paused; `batch resume` lets it go on.")
        progress, stopped = await run_batch(world, batch, lanes=arguments.lanes)
    say(progress.sentence)
    if stopped:
        _tell("Stopped before the end; what is left goes on with the next run.")
    return 1 if stopped or progress.set_aside else 0


async def _plan_or_find(world: "World", arguments: argparse.Namespace) -> "Batch":
    """After the window closes nothing new is planned, and what is under way comes to its end."""
    from service.domain.refusal import Refusal
    from service.store import premium_batches

    planned = await _plan(world, arguments, mode="running")
    if not isinstance(planned, Refusal):
        return planned
    async with world.database.read() as tx:
        batch = await premium_batches.find(tx, area=arguments.area, year=arguments.year)
    if batch is None:
        raise CommandFault(_sentence(planned))
    _tell(f"Nothing new is planned. {_sentence(planned)}")
    return batch


async def _take_up_again(world: "World", arguments: argparse.Namespace) -> int:
    from service.flows.take_up_orders import take_up_orders

    return await take_up_orders(world, area=arguments.area, year=arguments.year)


async def status(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.flows.read_progress import read_progress
    from service.world import open_world

    async with open_world(settings) as world:
        batch = await _find(world, arguments)
        (progress,) = await read_progress(world, [batch])
    say(f"{batch.area} {batch.year}: {batch.mode}\n{progress.sentence}")
    return 0


async def _find(world: "World", arguments: argparse.Namespace) -> "Batch":
    from service.store import premium_batches

    async with world.database.read() as tx:
        batch = await premium_batches.find(tx, area=arguments.area, year=arguments.year)
    if batch is None:
        raise CommandFault(f"There is no batch of {arguments.area} for {arguments.year}.")
    return batch


async def report(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.flows.report_batch import report_batch
    from service.world import open_world

    async with open_world(settings) as world:
        try:
            with _output(arguments.output) as file:
                done = await report_batch(
                    world, area=arguments.area, year=arguments.year, write=file.write
                )
        except OSError as fault:
            place = arguments.output or "standard output"
            raise CommandFault(f"{place}: {fault.strerror}") from None
        if not done.orders:  # else there are citizens' own orders, batch or not
            await _find(world, arguments)
    orders = ", ".join(f"{state} {count}" for state, count in sorted(done.orders.items()))
    _tell(f"orders: {orders or 'none'}")
    _tell(f"paid {done.paid_fen} fen, held {done.held_fen} fen; the ledger says"
          f" {done.ledger_paid_fen} and {done.ledger_held_fen}")  # fmt: skip
    return 0 if done.agrees else 1


async def steer(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.flows.steer_batch import steer_batch
    from service.world import open_world

    async with open_world(settings) as world:
        batch = await steer_batch(
            world, area=arguments.area, year=arguments.year, mode=arguments.mode
        )
    if batch is None:
        raise CommandFault(f"There is no batch of {arguments.area} for {arguments.year}.")
    say(f"batch {batch.area} {batch.year} is {batch.mode}")
    return 0


async def upload(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.credit_files import DiskFile
    from service.domain.premium_file import PremiumFileFault
    from service.flows.load_batch_file import load_batch_file
    from service.world import open_world

    by = arguments.by.strip()
    if not 0 < len(by) <= _BY_LENGTH:
        raise CommandFault(f"--by needs 1-{_BY_LENGTH} letters.")
    try:
        file = DiskFile(arguments.file)
    except OSError as fault:
        raise CommandFault(f"{arguments.file}: {fault.strerror}") from None
    async with open_world(settings) as world:
        try:
            done = await load_batch_file(world, file, by=by, report=file.show)
        except PremiumFileFault as fault:
            raise CommandFault(str(fault)) from None
    for bad in done.bad:
        say(f"line {bad.line}: {bad.sentence}")
    say(f"planned {done.planned}, bad {len(done.bad)}")
    return 1 if done.bad else 0


def _output(path: Path | None) -> contextlib.AbstractContextManager[TextIO]:
    if path is None:
        return contextlib.nullcontext(sys.stdout)
    return path.open("w", encoding="utf-8", newline="")


def _sentence(refusal: "Refusal") -> str:
    from service.problems import Problem

    problem = Problem.of(refusal).body
    return f"{problem.title}：{problem.detail}"


def _tell(text: str) -> None:
    """Beside a CSV that may go to standard output."""
    sys.stderr.write(text + "\n")
