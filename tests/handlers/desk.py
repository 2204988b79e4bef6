"""A desk for tests of refusals: two tills, a family with money, and a look at all the books."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
from msgspec import Struct

from service.phone import Phone
from service.till import Till
from service.world import World
from tests.counter_scenes import PHARMACY, credit, person_id, shown_code, till
from tests.people import Cast
from tests.scenes import code_of, rows

BILL: dict[str, Any] = {"service": "outpatient", "total_fen": 1000}
_TABLES = (
    "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r'"
    " AND relnamespace IN ('public'::regnamespace, 'ledger'::regnamespace) ORDER BY 1"
)
_MONEY = "SELECT book_id, posted_fen, held_fen, version FROM ledger.account ORDER BY book_id"
_CLAIMS = "SELECT message_id, kind FROM counter_claim ORDER BY message_id"


def no(answer: httpx.Response, expected: tuple[int, str], what: Any) -> None:
    assert (what, *code_of(answer)) == (what, *expected)


class Desk(Struct, frozen=True):
    """A father with money of his own and a son who shares his; a till, and one elsewhere."""

    world: World
    api: httpx.AsyncClient
    father: Phone
    till: Till
    other: Till

    async def books(self) -> dict[str, Any]:
        """How many rows each table has, and what stands on each account."""
        book = self.world.database
        names = [row["name"] for row in await rows(book, _TABLES)]
        counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in names)
        [found] = await rows(book, f"SELECT {counts}")
        return {**dict(zip(names, found, strict=True)), "money": await rows(book, _MONEY)}

    async def claims(self) -> list[tuple[str, str]]:
        """What message numbers have been used for."""
        found = await rows(self.world.database, _CLAIMS)
        return [(row["message_id"], row["kind"]) for row in found]

    @contextlib.asynccontextmanager
    async def unchanged(self, *, claims: int = 0) -> AsyncIterator[None]:
        """But for so many new claims of message numbers."""
        before = await self.books()
        yield
        after = await self.books()
        assert after == {**before, "counter_claim": before["counter_claim"] + claims}

    async def settled(self) -> str:
        answer = await self.till.settle(await shown_code(self.father), **BILL)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


async def open_desk(cast: Cast, api: httpx.AsyncClient, world: World) -> Desk:
    donor, father = await cast.confirmed("zhaotong_donor"), await cast.confirmed("zhaotong_father")
    await cast.bound(donor, "zhaotong_father", "51")
    for handle in ("zhaotong_father", "zhaotong_donor"):
        await credit(world, await person_id(world, handle), 5000)
    places = await till(api, world), await till(api, world, PHARMACY, kind="pharmacy")
    return Desk(world, api, father, *places)
