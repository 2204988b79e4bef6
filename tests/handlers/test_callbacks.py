"""The bureau's callbacks at our door: only what it signed, for orders of ours, whatever comes."""

from typing import Any

import httpx
import pytest

from service.flows.work_premiums import work_premiums
from service.world import World
from tests.conftest import Clock
from tests.premium_scenes import ordered, pair, state_of
from tests.scenes import code_of

PATH = "/v1/callbacks/tax"


async def sent(world: World, bureau: httpx.AsyncClient) -> tuple[Any, dict[str, Any]]:
    """An order whose answer was lost, and the bureau's callback about it."""
    premium_id = await ordered(world, await pair(world, 0))
    await bureau.post("/_switches/tax", json={"mode": "garbage", "times": 1})
    await work_premiums(world)
    (callback,) = (await bureau.get("/tax/_callbacks")).json()
    return premium_id, callback


async def post(api: httpx.AsyncClient, callback: dict[str, Any], **changed: str) -> httpx.Response:
    headers = {**callback["headers"], **changed}
    return await api.post(PATH, content=callback["body"].encode(), headers=headers)


async def test_it_is_taken_in_however_often(
    api: httpx.AsyncClient, world: World, bureau: httpx.AsyncClient
) -> None:
    premium_id, callback = await sent(world, bureau)
    for _ in range(3):
        answer = await post(api, callback)
        assert (answer.status_code, answer.json()) == (200, {"code": 0})
    assert await state_of(world, premium_id) == ("paid", None)


@pytest.mark.parametrize("forged", ["signature", "body", "timestamp", "app", "nothing"])
async def test_forgeries_move_nothing(
    api: httpx.AsyncClient, world: World, bureau: httpx.AsyncClient, forged: str
) -> None:
    premium_id, callback = await sent(world, bureau)
    headers = {name.lower(): value for name, value in callback["headers"].items()}
    body = callback["body"]
    if forged == "signature":
        headers["x-tax-signature"] = "0" * 64
    elif forged == "timestamp":
        headers["x-tax-timestamp"] = str(int(headers["x-tax-timestamp"]) + 1)
    elif forged == "app":
        headers["x-tax-app"] = "somebody"
    elif forged == "body":
        body = body.replace('"400.00"', '"400.01"')
        assert body != callback["body"]
    else:
        headers, body = {}, ""
    answer = await api.post(PATH, content=body.encode(), headers=headers)
    assert code_of(answer) == (401, "tax_notice.refused")
    assert await state_of(world, premium_id) == ("held", None)


async def test_an_old_one_is_not_believed(
    api: httpx.AsyncClient, world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    premium_id, callback = await sent(world, bureau)
    clock.move(minutes=6)
    assert code_of(await post(api, callback)) == (401, "tax_notice.refused")
    assert await state_of(world, premium_id) == ("held", None)


async def test_an_unknown_order_is_not_found(
    api: httpx.AsyncClient, world: World, bureau: httpx.AsyncClient
) -> None:
    _, callback = await sent(world, bureau)
    async with world.database.read() as tx:
        await tx.connection.execute("DELETE FROM premium_claim; DELETE FROM premium")
    assert code_of(await post(api, callback)) == (404, "request.not_found")


async def test_many_forgeries_are_slowed_down(api: httpx.AsyncClient, world: World) -> None:
    codes = [code_of(await api.post(PATH, content=b"{}")) for _ in range(61)]
    assert codes[0] == (401, "tax_notice.refused")
    assert codes[-1] == (429, "request.too_many")
