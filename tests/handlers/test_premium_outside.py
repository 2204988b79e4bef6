"""Premiums where the outside stands in the way: another registration, no bureau, too many asks."""

from dataclasses import replace

import httpx
from litestar import Litestar
from msgspec import structs

from service.world import World
from tests.counter_scenes import person_id
from tests.handlers.test_premiums import PATH, payer, wish
from tests.people import Cast
from tests.scenes import code_of, rows


async def test_a_relative_whom_the_platform_knows_elsewhere(
    cast: Cast, world: World, bureau: httpx.AsyncClient
) -> None:
    """We thought of 昭通; the registration is in 昆明, and its name is told."""
    phone = await payer(cast)
    spouse = await cast.bound(phone, "zhaotong_spouse", "12")
    await rows(
        world.database,
        "UPDATE person SET area = '530600' WHERE id = $1 RETURNING id",
        await person_id(world, "zhaotong_spouse"),
    )
    answer = await phone.post(PATH, wish(world, spouse))
    assert code_of(answer) == (422, "premium.registered_elsewhere")
    assert "昆明" in answer.json()["detail"]


async def test_without_a_bureau_nothing_is_held(
    cast: Cast, world: World, app: Litestar, bureau: httpx.AsyncClient
) -> None:
    phone = await payer(cast)
    child = await cast.bound(phone, "zhaotong_child", "31")
    app.state.world = replace(world, settings=structs.replace(world.settings, tax_url=""))
    answer = await phone.post(PATH, wish(world, child))
    assert code_of(answer) == (503, "outside.tax")
    assert not await rows(world.database, "SELECT FROM premium")


async def test_asking_the_platform_is_limited(
    cast: Cast, world: World, app: Litestar, bureau: httpx.AsyncClient
) -> None:
    phone = await payer(cast)
    child = await cast.bound(phone, "zhaotong_child", "31")
    few = structs.replace(world.settings, premium_checks_per_hour=2)
    app.state.world = replace(world, settings=few)
    for _ in range(2):
        (await phone.get(f"{PATH}/payable")).raise_for_status()
    answer = await phone.post(PATH, wish(world, child))
    assert code_of(answer) == (429, "request.too_many")
