"""Compare the insurance platform's statement of a day with our books; keep what differs.

A difference is one per institution, day, message and kind: comparing again adds nothing twice.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import date
from functools import partial

from msgspec import Struct

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.credit_file import BadLine
from service.domain.difference import Amount, Difference, compare
from service.domain.statement_file import (
    UNKNOWN_INSTITUTION,
    Statement,
    StatementFault,
    read_statement,
)
from service.store import differences
from service.world import World

_CHUNK = 1000

Source = Callable[[], Iterable[bytes]]
"""Opens the file: its bytes in pieces of any length."""


class Reconciled(Struct, frozen=True, kw_only=True):
    """How many lines each side has, what differs (`new` of it was not known), and bad lines.

    `withheld`: what is missing there was not looked for, since a bad line may well be it.
    """

    ours: int
    theirs: int
    found: list[Difference]
    new: int
    bad: list[BadLine]
    withheld: bool


async def reconcile_day(world: World, source: Source, *, day: date) -> Reconciled:
    """Raises StatementFault, and nothing was compared."""
    if day >= business_date(world.clock()):
        raise StatementFault("这一天还没有结束，没有对账。")
    statement = read_statement(source(), day=day)
    withheld = bool(statement.bad)
    await _set_strangers_aside(world, statement)
    theirs = sum(map(len, statement.amounts.values()))
    ours, found = await _compare(world, statement, day)
    if withheld:
        found = [one for one in found if one.kind != "missing_there"]
    new = 0
    for start in range(0, len(found), _CHUNK):
        keep = partial(_keep, world, found[start : start + _CHUNK])
        new += await world.database.transact(keep)
    return Reconciled(
        ours=ours, theirs=theirs, found=found, new=new, bad=sorted(statement.bad), withheld=withheld
    )


async def _set_strangers_aside(world: World, statement: Statement) -> None:
    """Institutions we do not know: nothing of theirs can be in our books."""
    async with world.database.read() as tx:
        known = await differences.known_institutions(tx, codes=list(statement.amounts))
    for code in statement.amounts.keys() - {row.code for row in known}:
        del statement.amounts[code]
        statement.bad.append(BadLine(statement.first_lines[code], UNKNOWN_INSTITUTION))


async def _compare(world: World, statement: Statement, day: date) -> tuple[int, list[Difference]]:
    """How many settlements we have, and what differs."""
    total, found, theirs = 0, list[Difference](), dict(statement.amounts)
    against = partial(compare, day=day, source="platform", new_id=world.new_id)
    async with world.database.survey() as tx:
        async for ours in _by_institution(tx, day):
            total += len(ours)
            found += against(ours, theirs.pop(ours[0].institution_code, {}).values())
    for amounts in theirs.values():
        found += against([], amounts.values())
    return total, found


async def _by_institution(tx: Tx, day: date) -> AsyncIterator[list[Amount]]:
    """What our books say, never more at once than one institution's day."""
    together = list[Amount]()
    async for amount in differences.ours(tx, day=day):
        if together and together[0].institution_code != amount.institution_code:
            yield together
            together = []
        together.append(amount)
    if together:
        yield together


async def _keep(world: World, found: Sequence[Difference], tx: Tx) -> int:
    return await differences.insert_many(tx, found=found, at=world.clock())
