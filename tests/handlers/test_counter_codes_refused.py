"""A code that does not hold pays nothing, and bars its message: cash may have been taken since."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from service.world import World
from tests.counter_scenes import discrepancies, shown_code
from tests.handlers.desk import BILL, Desk, no, open_desk
from tests.people import Cast

REFUSED, USED = (422, "family_code.refused"), (409, "family_code.used")
REUSED = (422, "counter.message_reused")


@pytest_asyncio.fixture
async def desk(cast: Cast, api: httpx.AsyncClient, world: World) -> Desk:
    return await open_desk(cast, api, world)


async def test_a_code_that_is_not_good_pays_nothing(cast: Cast, desk: Desk) -> None:
    stranger = await shown_code(await cast.confirmed("zhaotong_son"))
    dead, good = await shown_code(desk.father), await shown_code(desk.father)
    tag, jti = good.split(".")
    bad = [dead, stranger, f"{tag}.{'A' * 22}", f"{stranger[:16]}.{jti}", good[:-1], "x" * 128]
    redis: Any = desk.world.limits._redis
    await redis.pexpire(f"gongji:{{{stranger[:16]}}}:family-code", 1)
    async with desk.unchanged():
        for code in bad:
            no(await desk.till.quote(code, **BILL), REFUSED, code)
        assert (await desk.till.quote(good, **BILL)).status_code == 200
    async with desk.unchanged(claims=len(bad) + 1):
        for number, code in enumerate(bad):
            no(await desk.till.settle(code, key=f"refused-{number}", **BILL), REFUSED, code)
        no(await desk.other.settle(good, key="used-elsewhere", **BILL), USED, "scanned elsewhere")
    barred = [(f"refused-{number}", "refused") for number in range(len(bad))]
    assert await desk.claims() == [*barred, ("used-elsewhere", "refused")]
    assert (await desk.till.settle(good, **BILL)).status_code == 201
    async with desk.unchanged():
        for path in ("/quotes", "/settlements"):
            no(await desk.till.post(path, {"code": good, "bill": BILL}), USED, path)
    assert not await discrepancies(desk.world)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["unknown", "taken"])
async def test_a_message_refused_for_its_code_never_settles(desk: Desk, elsewhere: bool) -> None:
    """A new try takes a new number."""
    bad, key = await shown_code(desk.father), "message-0001"
    if elsewhere:
        assert (await desk.other.quote(bad, service="pharmacy", total_fen=1)).status_code == 200
    good = await shown_code(desk.father)
    async with desk.unchanged(claims=1):
        no(await desk.till.settle(bad, key=key, **BILL), USED if elsewhere else REFUSED, "first")
    async with desk.unchanged():
        no(await desk.till.settle(bad, key=key, **BILL), REFUSED, "repeated")
        no(await desk.till.settle(good, key=key, **BILL), REUSED, "with another code")
        less = {**BILL, "total_fen": 999}
        no(await desk.till.settle(bad, key=key, **less), REUSED, "with another bill")
    assert await desk.claims() == [(key, "refused")]
    assert (await desk.till.settle(good, **BILL)).status_code == 201
