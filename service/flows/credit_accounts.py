"""Credit personal accounts from a month's file (划账): each person once, whatever happens.

Every chunk is one transaction and a credit is unique per person, area and month, so a file may be
loaded again after a crash, or by two processes at once: nothing is posted twice.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from uuid import UUID

from msgspec import Struct

from service.crypto import sm3_of
from service.database import Tx
from service.domain.calendar import business_date
from service.domain.credit import CreditRates
from service.domain.credit_file import (
    NO_POLICY,
    BadLine,
    CreditFileFault,
    CreditLine,
    CreditReader,
    Scope,
    read_heading,
    split,
)
from service.domain.policy import PolicyFault
from service.flows.audit import OPERATOR, audit
from service.flows.post_credits import post_credits
from service.store import credits  # noqa: A004
from service.world import World

_CHUNK = 500

Source = Callable[[], Iterable[bytes]]
"""Opens the file: its bytes in pieces of any length. Called several times, each from the start."""


class CreditReport(Struct, frozen=True, kw_only=True):
    """`posted` now, `already` credited with the same amount before, and lines that are wrong."""

    posted: int
    already: int
    bad: list[BadLine]


async def credit_accounts(
    world: World, source: Source, *, report: Callable[[int], None]
) -> CreditReport:
    """Credit what is right and answer what is not; `report(bytes read)` after each chunk.

    Raises CreditFileFault, before anything is credited, when the file as a whole cannot be taken.
    """
    today = business_date(world.clock())
    heading = read_heading(split(source()), today=today)
    rates = _rates(world, heading.scope) if heading.scope else None
    file_id = await _begin(world, heading.scope, source) if heading.scope else None
    reader, lines = CreditReader(heading, rates=rates, today=today), split(source())
    posted, already, bad = 0, 0, list[BadLine]()
    while chunk := list(islice(lines, _CHUNK)):
        read = [reader.read(line) for line in chunk if line.number > 1]
        good = [found for found in read if isinstance(found, CreditLine)]
        wrong = [found for found in read if isinstance(found, BadLine)]
        if good:
            assert heading.scope, "no line is good in a file without a scope"
            assert file_id
            work = partial(post_credits, world=world, scope=heading.scope, file_id=file_id)
            new, refused = await world.database.transact(partial(work, lines=good))
            posted, already = posted + new, already + len(good) - new - len(refused)
            wrong += refused
        bad += sorted(wrong)
        report(chunk[-1].end)
    done = CreditReport(posted=posted, already=already, bad=bad)
    if file_id:
        await world.database.transact(partial(_finish, world, file_id, done))
    return done


def _rates(world: World, scope: Scope) -> CreditRates | None:
    try:
        rules = world.policies.at(scope.month, scope.area)
    except PolicyFault:
        rules = None
    if rules is None:
        raise CreditFileFault(NO_POLICY)
    return rules.account_credits.value


async def _begin(world: World, scope: Scope, source: Source) -> UUID:
    """The file's row, found again by its digest when it is loaded again."""
    new_id, digest = world.new_id(), sm3_of(source())

    async def work(tx: Tx) -> UUID:
        if await credits.insert_file(
            tx,
            id=new_id,
            area=scope.area,
            month=scope.month,
            digest=digest,
            at=world.clock(),
        ):
            await audit(tx, world, "credits.begun", actor=OPERATOR, subject=("credit_file", new_id))
        row = await credits.find_file(tx, digest=digest)
        return row.id

    return await world.database.transact(work)


async def _finish(world: World, file_id: UUID, done: CreditReport, tx: Tx) -> None:
    await audit(
        tx,
        world,
        "credits.loaded",
        actor=OPERATOR,
        subject=("credit_file", file_id),
        detail={"posted": done.posted, "already": done.already, "bad": len(done.bad)},
    )
