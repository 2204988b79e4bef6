"""The commands about books and statements of other sides. Ids only: no personal data is told.

Imports stand inside the commands, as in `commands`.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from uuid import UUID

from service import console
from service.commands import CommandFault
from service.console import say
from service.domain.difference import Act, Difference, DifferenceKind
from service.settings import Settings

if TYPE_CHECKING:
    from service.store.differences import DifferenceRow

_PAGE = 500
_SHOWN = 20
_BY_LENGTH, _NOTE_LENGTH = 64, 500
_WHY = {
    "not_found": "There is no such difference.",
    "resolved_otherwise": "It is resolved already, by another act; nothing was changed.",
    "nobody_to_ask": "It is not about a premium: nobody can be asked; nothing was changed.",
    "still_differs": "Asked again, the other side does not say what this act needs.",
    "still_held": "Money waits for it: `asked_again`, `booked_as_theirs` or `voided` settles it.",
    "nothing_to_reverse": "Our books have no settlement under its message; nothing was changed.",
}

Command = Callable[[str, object, str], argparse.ArgumentParser]


def add_commands(command: Command) -> None:
    """`command(name, action, text)` adds one and answers its parser."""
    command("check-books", check_books, "go through all books: closed days, ledger, settlements")
    statement = command(
        "reconcile", reconcile, "compare the insurance platform's statement of a day with our books"
    )
    statement.add_argument("file", type=Path, help="CSV in UTF-8: a line per settlement")
    statement.add_argument("--day", type=console.day, required=True, help="YYYY-MM-DD")
    taxes = command(
        "reconcile-premiums",
        reconcile_taxes,
        "compare the tax bureau's file of a day with our books",
    )
    taxes.add_argument("--area", type=console.area, required=True, help="six-digit pooling area")
    taxes.add_argument("--day", type=console.day, required=True, help="YYYY-MM-DD")
    taxes.add_argument("--file", type=Path, help="a file at hand; else the bureau is asked")
    credited = command(
        "compare-enrolment", enrolment, "compare paid premiums with what is credited"
    )
    credited.add_argument("--area", type=console.area, required=True, help="six-digit pooling area")
    credited.add_argument("--year", type=console.year, required=True, help="premium year")
    listed = command("differences", differences, "list what statements of other sides differ in")
    listed.add_argument("--all", action="store_true", help="resolved ones too")
    resolved = command("resolve", resolve, "resolve a difference by a named act")
    resolved.add_argument("id", type=UUID)
    resolved.add_argument("--act", required=True, choices=get_args(Act))
    resolved.add_argument("--by", required=True, help="who decided it: a login, not a name")
    resolved.add_argument("--note", required=True, help="why; no personal data")


async def check_books(settings: Settings, _: argparse.Namespace) -> int:
    from service.flows.check_books import check_books as look
    from service.world import open_world

    async with open_world(settings) as world:
        done = await look(world, report=_report, progress=_progress)
    _progress("")
    if done.last:
        say(f"{done.days} days closed, the last {done.last.day} with {done.last.digest.hex()}")
    say(f"{done.faults} faults in the books")
    return 1 if done.faults else 0


async def reconcile(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.credit_files import DiskFile
    from service.domain.statement_file import StatementFault
    from service.flows.reconcile_day import reconcile_day
    from service.world import open_world

    try:
        file = DiskFile(arguments.file)
    except OSError as fault:
        raise CommandFault(f"{arguments.file}: {fault.strerror}") from None
    async with open_world(settings) as world:
        try:
            done = await reconcile_day(world, file, day=arguments.day)
        except StatementFault as fault:
            raise CommandFault(str(fault)) from None
    for bad in done.bad:
        say(f"line {bad.line}: {bad.sentence}")
    _tell(done.found)
    if done.withheld:
        say("What is missing there was not looked for: a bad line may be it.")
    kinds = get_args(DifferenceKind)
    counts = ", ".join(f"{kind} {sum(d.kind == kind for d in done.found)}" for kind in kinds)
    say(f"ours {done.ours}, theirs {done.theirs}, {counts}, new {done.new}, bad {len(done.bad)}")
    return 1 if done.found or done.bad else 0


async def reconcile_taxes(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.domain.tax_file import TaxFileFault
    from service.flows.reconcile_premiums import reconcile_premiums
    from service.world import open_world

    try:
        content = arguments.file.read_bytes() if arguments.file else None
    except OSError as fault:
        raise CommandFault(f"{arguments.file}: {fault.strerror}") from None
    async with open_world(settings) as world:
        try:
            done = await reconcile_premiums(
                world, area=arguments.area, day=arguments.day, content=content
            )
        except TaxFileFault as fault:
            raise CommandFault(str(fault)) from None
    for bad in done.bad:
        say(f"line {bad.line}: {bad.sentence}")
    _tell(done.found)
    say(f"ours {done.ours}, theirs {done.theirs}, differences {len(done.found)},"
         f" new {done.new}, bad {len(done.bad)}")  # fmt: skip
    return 1 if done.found or done.bad else 0


async def enrolment(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.flows.compare_enrolment import compare_enrolment
    from service.world import open_world

    async with open_world(settings) as world:
        done = await compare_enrolment(world, area=arguments.area, year=arguments.year)
    _tell(done.found)
    say(f"orders {done.looked_at}, differences {len(done.found)}, new {done.new}")
    return 1 if done.found else 0


async def differences(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.store import differences as store
    from service.world import open_world

    after, total = UUID(int=0), 0
    async with open_world(settings) as world:
        while True:
            async with world.database.read() as tx:
                rows = await store.page(tx, after=after, resolved_too=arguments.all, limit=_PAGE)
            for row in rows:
                say(f"{row.id}  {_line(row)}  {_fate(row)}")
            total += len(rows)
            if len(rows) < _PAGE:
                break
            after = rows[-1].id
    say(f"{total} differences")
    return 0


async def resolve(settings: Settings, arguments: argparse.Namespace) -> int:
    from service.domain.refusal import Refusal
    from service.flows.resolve_difference import resolve_difference
    from service.world import open_world

    by, note = arguments.by.strip(), arguments.note.strip()
    if not (0 < len(by) <= _BY_LENGTH and 0 < len(note) <= _NOTE_LENGTH):
        raise CommandFault(f"--by needs 1-{_BY_LENGTH} letters, --note 1-{_NOTE_LENGTH}.")
    async with open_world(settings) as world:
        outcome = await resolve_difference(world, arguments.id, act=arguments.act, by=by, note=note)
    if isinstance(outcome, Refusal):
        raise CommandFault(f"The refund was refused: {outcome.code}. Nothing was changed.")
    if outcome in _WHY:
        raise CommandFault(_WHY[outcome])
    say(f"{arguments.id} {'was resolved so before' if outcome == 'already' else 'is resolved'}")
    return 0


def _tell(found: Sequence[Difference]) -> None:
    for one in found[:_SHOWN]:
        say(_line(one))
    if len(found) > _SHOWN:
        say(f"… and {len(found) - _SHOWN} more: see `differences`")


def _line(one: Difference) -> str:
    amounts = f"ours {_fen(one.ours_fen)}, theirs {_fen(one.theirs_fen)}"
    where = f"{one.day}  {one.source}  {one.institution_code}  {one.message_id}"
    return f"{where}  {one.kind}  {amounts}"


def _fate(row: "DifferenceRow") -> str:
    return f"{row.act} by {row.resolved_by}" if row.act else "open"


def _fen(amount_fen: int | None) -> str:
    return "-" if amount_fen is None else f"{amount_fen} fen"


def _report(text: str) -> None:
    _progress("")
    say(text)


def _progress(text: str) -> None:
    """What is looked at, on a terminal; nothing wipes it."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
