"""The bureau's daily file and the enrolment against our books, and what resolves differences."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from service.development_policies import AREA
from service.domain.calendar import business_date
from service.domain.difference import Act
from service.domain.tax_file import COLUMNS, TaxFileFault
from service.flows.compare_enrolment import compare_enrolment
from service.flows.reconcile_premiums import reconcile_premiums
from service.flows.resolve_difference import resolve_difference
from service.flows.work_premiums import work_premiums
from service.gateways import GatewayTrouble
from service.world import World
from tests.conftest import Clock
from tests.premium_scenes import Pair, ordered, pair, premium_year, state_of
from tests.scenes import rows

HEADING = ",".join(COLUMNS)


async def paid_yesterday(
    world: World, bureau: httpx.AsyncClient, clock: Clock, *, number: int = 0
) -> tuple[Pair, UUID, date]:
    one = await pair(world, number)
    premium_id = await ordered(world, one)
    await work_premiums(world)
    day = business_date(world.clock())
    clock.move(days=1)
    return one, premium_id, day


def line(number: UUID, day: date, *, yuan: str = "400.00", kind: str = "payment") -> str:
    order, refund = (number.hex, "") if kind == "payment" else ("0" * 32, number.hex)
    return f"{order},{refund},{kind},T1,{AREA},2027,{yuan},{day} 10:00:00"


def file(*lines: str) -> bytes:
    return "\n".join([HEADING, *lines, ""]).encode()


async def resolved(world: World, act: Act) -> Any:
    (row,) = await rows(world.database, "SELECT id FROM difference")
    return await resolve_difference(world, row["id"], act=act, by="tester", note="测试")


async def test_the_bureaus_own_file_agrees(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    _, _, day = await paid_yesterday(world, bureau, clock)
    done = await reconcile_premiums(world, area=AREA, day=day)
    assert (done.ours, done.theirs, done.found, done.bad) == (1, 1, [], [])


@pytest.mark.parametrize("kind", ["missing_there", "amount", "missing_here"])
async def test_what_differs_is_kept_once(
    world: World, bureau: httpx.AsyncClient, clock: Clock, kind: str
) -> None:
    _, premium_id, day = await paid_yesterday(world, bureau, clock)
    content = {
        "missing_there": file(),
        "amount": file(line(premium_id, day, yuan="399.99")),
        "missing_here": file(line(premium_id, day), line(UUID(int=7), day)),
    }[kind]
    for new in (1, 0):
        done = await reconcile_premiums(world, area=AREA, day=day, content=content)
        assert ([d.kind for d in done.found], done.new) == ([kind], new)
    (row,) = await rows(world.database, "SELECT source, institution_code FROM difference")
    assert tuple(row) == ("tax", f"tax:{AREA}")


async def test_asking_again_resolves_what_agrees_after_all(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    """Not in the file, yet the bureau knows it by its number."""
    _, _, day = await paid_yesterday(world, bureau, clock)
    await reconcile_premiums(world, area=AREA, day=day, content=file())
    assert await resolved(world, "asked_again") == "resolved"
    assert await resolved(world, "asked_again") == "already"
    assert await resolved(world, "accepted") == "resolved_otherwise"


async def test_asking_again_takes_in_a_payment_we_had_not_heard_of(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    one = await pair(world, 0)
    premium_id = await ordered(world, one)
    await bureau.post("/_switches/tax", json={"mode": "garbage", "times": 1})
    await work_premiums(world)
    day = business_date(world.clock())
    clock.move(days=1)
    done = await reconcile_premiums(world, area=AREA, day=day)
    assert [d.kind for d in done.found] == ["missing_here"]
    assert await resolved(world, "asked_again") == "resolved"
    assert await state_of(world, premium_id) == ("paid", None)


async def test_what_still_differs_stays_open(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    _, _, day = await paid_yesterday(world, bureau, clock)
    await reconcile_premiums(world, area=AREA, day=day, content=file())
    await bureau.post("/tax/_reset")
    assert await resolved(world, "asked_again") == "still_differs"
    assert await resolved(world, "reversed") == "nothing_to_reverse"
    assert await resolved(world, "confirmed_by_other_side") == "resolved"
    (audited,) = await rows(
        world.database, "SELECT detail FROM audit WHERE act = 'difference.resolved'"
    )
    assert "confirmed_by_other_side" in audited["detail"]


async def test_a_silent_bureau_resolves_nothing(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    _, _, day = await paid_yesterday(world, bureau, clock)
    await reconcile_premiums(world, area=AREA, day=day, content=file())
    await bureau.post("/_switches/tax", json={"mode": "down"})
    with pytest.raises(GatewayTrouble):
        await resolved(world, "asked_again")
    (row,) = await rows(world.database, "SELECT resolved_at FROM difference")
    assert row["resolved_at"] is None


async def test_bad_lines_are_told_and_hide_no_difference(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    """What is missing there may be the bad line: it is not claimed."""
    _, _, day = await paid_yesterday(world, bureau, clock)
    content = file(line(UUID(int=7), day), "no,line")
    done = await reconcile_premiums(world, area=AREA, day=day, content=content)
    assert [bad.line for bad in done.bad] == [3]
    assert [d.kind for d in done.found] == ["missing_here"]


@pytest.mark.parametrize("content", [b"", b"a,b\n", HEADING.encode("utf-16"), b"\xb2\xe2\n"])
async def test_a_file_that_is_none(world: World, clock: Clock, content: bytes) -> None:
    day = business_date(world.clock()) - timedelta(days=1)
    with pytest.raises(TaxFileFault):
        await reconcile_premiums(world, area=AREA, day=day, content=content)


async def test_today_is_not_over(world: World) -> None:
    with pytest.raises(TaxFileFault):
        await reconcile_premiums(world, area=AREA, day=business_date(world.clock()))


async def test_enrolment_missing_there_and_come_later(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    await bureau.post("/platform/_credits", json={"hold": True})
    _, premium_id, _ = await paid_yesterday(world, bureau, clock)
    year = premium_year(world)
    for new in (1, 0):
        done = await compare_enrolment(world, area=AREA, year=year)
        assert ([d.kind for d in done.found], done.new) == (["missing_there"], new)
    assert await resolved(world, "asked_again") == "still_differs"
    await bureau.post("/platform/_credits", json={"hold": False})
    assert await resolved(world, "asked_again") == "resolved"
    assert await state_of(world, premium_id) == ("credited", None)
    assert (await compare_enrolment(world, area=AREA, year=year)).found == []


async def test_a_credit_is_taken_in_on_the_way(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    await bureau.post("/platform/_credits", json={"hold": True})
    _, premium_id, _ = await paid_yesterday(world, bureau, clock)
    await bureau.post("/platform/_credits", json={"hold": False})
    done = await compare_enrolment(world, area=AREA, year=premium_year(world))
    assert done.looked_at == 1
    assert await state_of(world, premium_id) == ("credited", None)
