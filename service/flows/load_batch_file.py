"""Read an operator's batch file: each good line becomes a plan for its year; bad ones are told.

Every chunk is one transaction and a plan is unique per payer, relative and year: a file may be
loaded again after a crash, or by two processes at once, and nothing is planned twice.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from itertools import islice
from uuid import UUID

from msgspec import Struct

from service.crypto import sm3_of
from service.database import Tx
from service.domain.calendar import business_date
from service.domain.credit_file import BadLine, split
from service.domain.payable import open_window
from service.domain.premium_file import (
    PremiumFileFault,
    PremiumFileReader,
    Scope,
    Wanted,
    read_scope,
)
from service.domain.refusal import Refusal
from service.flows.audit import OPERATOR, audit
from service.flows.plan_lines import plan_lines
from service.world import World

_CHUNK = 500

Source = Callable[[], Iterable[bytes]]
"""Opens the file: its bytes in pieces of any length. Called several times, each from the start."""


class Loaded(Struct, frozen=True, kw_only=True):
    """`scope` None: no line tells an area and a year. `planned` are new plans."""

    scope: Scope | None
    planned: int
    bad: list[BadLine]


async def load_batch_file(
    world: World, source: Source, *, by: str, report: Callable[[int], None]
) -> Loaded:
    """`by`: the login of who vouches that the payers agreed. `report(bytes read)` after each chunk.
    Raises PremiumFileFault, and nothing was planned."""
    scope = read_scope(split(source()))
    if scope is None:
        return Loaded(scope=None, planned=0, bad=[])
    today = business_date(world.clock())
    _check_scope(world, scope, today=today)
    reader = PremiumFileReader(scope, today=today)
    lines, planned, bad = split(source()), 0, list[BadLine]()
    while chunk := list(islice(lines, _CHUNK)):
        read = [reader.read(line) for line in chunk if line.number > 1]
        wrong = [found for found in read if isinstance(found, BadLine)]
        wanted = [found for found in read if isinstance(found, Wanted)]
        if wanted:
            work = partial(plan_lines, world=world, scope=scope, wanted=wanted)
            refused = await world.database.transact(work)
            planned += len(wanted) - len(refused)
            wrong += refused
        bad += sorted(wrong)
        report(chunk[-1].end)
    file_id = UUID(bytes=sm3_of(source())[:16])
    done = Loaded(scope=scope, planned=planned, bad=bad)
    await world.database.transact(partial(_audit, world=world, file_id=file_id, done=done, by=by))
    return done


def _check_scope(world: World, scope: Scope, *, today: date) -> None:
    rules = world.policies.at(today, scope.area)
    if rules is None:
        raise PremiumFileFault("文件里的统筹区没有开通，没有读入任何内容。")
    if not rules.premium_by_account.value:
        raise PremiumFileFault("文件里的统筹区不能用个人账户代缴，没有读入任何内容。")
    if scope.year < today.year:
        raise PremiumFileFault("文件里的年度已经过去，没有读入任何内容。")
    opened = open_window(rules, year=scope.year, today=today)
    if isinstance(opened, Refusal) and opened.code == "premium.window_closed":
        raise PremiumFileFault("文件里年度的缴费时间已过，没有读入任何内容。")


async def _audit(tx: Tx, *, world: World, file_id: UUID, done: Loaded, by: str) -> None:
    assert done.scope is not None
    await audit(
        tx,
        world,
        "premium_plans.loaded",
        actor=OPERATOR,
        subject=("premium_file", file_id),
        detail={
            "area": done.scope.area,
            "year": done.scope.year,
            "planned": done.planned,
            "bad": len(done.bad),
            "by": by,
        },
    )
