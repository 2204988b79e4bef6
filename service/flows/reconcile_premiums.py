"""Compare the tax bureau's file of a day with our books; keep what differs until it is resolved.

A difference is one per order, day and kind: comparing again adds nothing twice.
"""

from datetime import date, timedelta
from functools import partial

from msgspec import Struct

from service.domain.calendar import business_date, start_of
from service.domain.credit_file import BadLine
from service.domain.difference import Amount, Difference, compare
from service.domain.premium import contra
from service.domain.tax_file import TaxFileFault, read_tax_file
from service.gateways import GatewayTrouble
from service.gateways.tax import Closed
from service.store import differences, premiums
from service.world import World

_CHUNK = 1000


class Compared(Struct, frozen=True, kw_only=True):
    """How many lines each side has, what differs (`new` of it was not known), and bad lines."""

    ours: int
    theirs: int
    found: list[Difference]
    new: int
    bad: list[BadLine]


async def reconcile_premiums(
    world: World, *, area: str, day: date, content: bytes | None = None
) -> Compared:
    """`content` None: the file is fetched from the bureau. Raises GatewayTrouble; TaxFileFault,
    and nothing was compared."""
    if day >= business_date(world.clock()):
        raise TaxFileFault("这一天还没有结束，没有对账。")
    party = contra(area)
    given = content if content is not None else await _fetch(world, area, day)
    file = read_tax_file(given, day=day, area=area, party=party)
    ours = await _ours(world, area, day, party)
    found = compare(ours, file.amounts, day=day, source="tax", new_id=world.new_id)
    if file.bad:  # what is missing there may well be a bad line
        found = [one for one in found if one.kind != "missing_there"]
    new = 0
    for first in range(0, len(found), _CHUNK):
        part = found[first : first + _CHUNK]
        keep = partial(differences.insert_many, found=part, at=world.clock())
        new += await world.database.transact(keep)
    return Compared(
        ours=len(ours), theirs=len(file.amounts), found=found, new=new, bad=sorted(file.bad)
    )


async def _fetch(world: World, area: str, day: date) -> bytes:
    content = await world.tax.statement(day, area=area)
    if isinstance(content, Closed):
        raise GatewayTrouble("tax", "maintenance")
    return content


async def _ours(world: World, area: str, day: date, party: str) -> list[Amount]:
    """What the bureau booked on the day by its own clock, as its receipts tell us."""
    since, until = start_of(day), start_of(day + timedelta(days=1))
    async with world.database.survey() as tx:
        return [
            Amount(
                institution_code=party,
                message_id=row.number.hex,
                account_fen=row.account_fen,
                refunded_fen=row.refunded_fen,
            )
            async for row in premiums.paid_between(tx, area=area, since=since, until=until)
        ]
