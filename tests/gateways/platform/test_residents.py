"""How people stand in a premium year: the client against the sandbox."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from msgspec import json

from service.domain.enrolment import EnrolmentStatus
from service.domain.resident import CATEGORY_TEXT, Category
from service.gateways.platform import (
    RESIDENTS_MOST,
    Named,
    PlatformGateway,
    Resident,
    wire_residents,
)
from service.gateways.platform.population import PEOPLE
from service.gateways.platform.sandbox import PlatformSandbox
from tests.gateways.platform.world import World

YEAR = 2026
WHO = PEOPLE["zhaotong_resident"]
OTHER = PEOPLE["xian_wife"]
ORDINARY = Resident(known=True, status="active", area="530600", last_year=YEAR - 1)


@pytest.fixture
async def world(served: World) -> AsyncIterator[World]:
    yield served
    served.reset()
    await turn(served, "/_residents/reset")


def named(*handles: str) -> list[Named]:
    return [Named(id_number=PEOPLE[h].id_number, name=PEOPLE[h].name) for h in handles]


async def turn(world: World, path: str, **change: Any) -> dict[str, Any]:
    return await world.post(path, json.encode(change), headers={})


async def one(platform: PlatformGateway, handle: str = "zhaotong_resident") -> Resident:
    [resident] = await platform.find_residents(named(handle), year=YEAR)
    return resident


class TestAnswers:
    async def test_an_ordinary_resident(self, platform: PlatformGateway) -> None:
        assert await one(platform) == ORDINARY

    async def test_in_the_order_asked(self, platform: PlatformGateway) -> None:
        handles = ["xian_wife", "zhaotong_child", "panzhihua_spouse", "zhaotong_child"]
        residents = await platform.find_residents(named(*handles), year=YEAR)
        assert [r.area for r in residents] == ["610100", "530600", "510400", "530600"]

    async def test_unmatched(self, platform: PlatformGateway) -> None:
        """Wrong name, somebody else's number, nobody's number: one value."""
        asked = [
            Named(id_number=WHO.id_number, name="测试错"),
            Named(id_number=OTHER.id_number, name=WHO.name),
            Named(id_number="530602199001011239", name=WHO.name),
            *named("zhaotong_resident"),
        ]
        residents = await platform.find_residents(asked, year=YEAR)
        assert residents == [*[Resident(known=False)] * 3, ORDINARY]

    @pytest.mark.parametrize(
        ("handle", "employee"), [("zhaotong_donor", True), ("zhaotong_suspended", False)]
    )
    async def test_employees(self, platform: PlatformGateway, handle: str, employee: bool) -> None:
        assert await one(platform, handle) == Resident(known=True, employee=employee)

    async def test_enrolled_nowhere(self, platform: PlatformGateway) -> None:
        assert await one(platform, "zhaotong_sibling") == Resident(known=True)

    @pytest.mark.parametrize("status", ["suspended", "ended", "none"])
    async def test_no_longer_active(
        self, world: World, platform: PlatformGateway, status: EnrolmentStatus
    ) -> None:
        path = f"/_people/{WHO.id_number}/status"
        await turn(world, path, scheme="resident", status=status)
        area = None if status == "none" else "530600"
        expected = Resident(known=True, status=status, area=area)
        try:
            assert await one(platform) == expected
        finally:
            await turn(world, path, scheme="resident", status="active")

    async def test_deceased(self, world: World, platform: PlatformGateway) -> None:
        path = f"/_people/{WHO.id_number}/resident"
        await turn(world, path, deceased=True)
        assert not (await one(platform)).alive
        await turn(world, path, deceased=False)
        assert (await one(platform)).alive

    @pytest.mark.parametrize("category", CATEGORY_TEXT)
    async def test_categories(
        self, world: World, platform: PlatformGateway, category: Category
    ) -> None:
        await turn(world, f"/_people/{WHO.id_number}/resident", category=category)
        assert (await one(platform)).category == category

    def test_every_category_has_one_code(self) -> None:
        assert sorted(wire_residents.CATEGORIES.values()) == sorted(CATEGORY_TEXT)

    @pytest.mark.parametrize("last_year", [2021, None])
    async def test_last_year(
        self, world: World, platform: PlatformGateway, last_year: int | None
    ) -> None:
        await turn(world, f"/_people/{WHO.id_number}/resident", last_year=last_year)
        assert (await one(platform)).last_year == last_year

    async def test_a_slip_on_a_control_page(self, world: World) -> None:
        for path, change in (
            ("/_people/530602199001011239/resident", {"deceased": True}),
            ("/_credits/refuse", {"id_number": "530602199001011239", "refuse": True}),
            (f"/_people/{WHO.id_number}/resident", {"died": True}),
        ):
            with pytest.raises(AssertionError):
                await turn(world, path, **change)


class TestCredits:
    async def test_credited_and_taken_back(self, world: World, platform: PlatformGateway) -> None:
        sandbox = world.sandbox
        sandbox.credit_premium(WHO.id_number, YEAR)
        sandbox.credit_premium(WHO.id_number, YEAR)
        assert sandbox.is_credited(WHO.id_number, YEAR)
        assert not sandbox.is_credited(WHO.id_number, YEAR + 1)
        assert (await one(platform)).credited
        assert await world.page("/_credits") == {"credited": 1, "pending": 0}
        [later] = await platform.find_residents(named("zhaotong_resident"), year=YEAR + 1)
        assert (later.credited, later.last_year) == (False, YEAR)
        sandbox.take_back_premium(WHO.id_number, YEAR)
        assert not (await one(platform)).credited

    async def test_held_then_released(self, world: World, platform: PlatformGateway) -> None:
        await turn(world, "/_credits", hold=True)
        for person in (WHO, OTHER):
            world.sandbox.credit_premium(person.id_number, YEAR)
        assert not (await one(platform)).credited
        assert await world.page("/_credits") == {"credited": 0, "pending": 2}
        world.sandbox.take_back_premium(OTHER.id_number, YEAR)
        told = await turn(world, "/_credits", hold=False)
        assert told == {"credited": 1, "pending": 0}
        assert (await one(platform)).credited

    async def test_refused(self, world: World, platform: PlatformGateway) -> None:
        await turn(world, "/_credits/refuse", id_number=WHO.id_number, refuse=True)
        for person in (WHO, OTHER):
            world.sandbox.credit_premium(person.id_number, YEAR)
        told = await turn(world, "/_credits", hold=False)
        assert told == {"credited": 1, "pending": 1}
        assert not (await one(platform)).credited
        await turn(world, "/_credits/refuse", id_number=WHO.id_number, refuse=False)
        assert (await one(platform)).credited


class TestMany:
    async def test_many_synthetic_people_at_once(self, world: World) -> None:
        asked = [Named(id_number=f"{i:018d}", name=f"测试{i}") for i in range(RESIDENTS_MOST)]
        asked[7] = Named(id_number=WHO.id_number, name="测试错")
        query = wire_residents.residents_query(asked, year=YEAR)
        assert len(json.encode(query).decode()) < 40_000, "what the envelope allows"
        platform = self.synthetic(world)
        residents = await platform.find_residents(asked, year=YEAR)
        expected = Resident(known=True, status="active", area="610100", last_year=YEAR - 1)
        assert residents.pop(7) == Resident(known=False), "entered people keep their names"
        assert residents == [expected] * (RESIDENTS_MOST - 1)
        stranger = Named(id_number="1" * 18, name="无名")
        assert await platform.find_residents([stranger], year=YEAR) == [Resident(known=False)]

    @staticmethod
    def synthetic(world: World) -> PlatformGateway:
        sandbox = PlatformSandbox(
            world.config,
            people=list(PEOPLE.values()),
            switches=world.switches,
            clock=world.clock,
            synthetic=lambda _, name: "610100" if name.startswith("测试") else None,
        )
        app = Litestar([sandbox.router()], openapi_config=None, logging_config=None)
        transport = httpx.ASGITransport(app=cast(Any, app))
        return world.gateway(http=httpx.AsyncClient(transport=transport))

    async def test_more_are_refused(self, platform: PlatformGateway) -> None:
        with pytest.raises(ValueError, match="at most 200"):
            await platform.find_residents(named("xian_son") * (RESIDENTS_MOST + 1), year=YEAR)

    async def test_nobody(self, world: World) -> None:
        assert await world.answering(b"").find_residents([], year=YEAR) == []
