"""冲正 (2601): a program that got no answer takes its message back, before, after or too early."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from service.handlers.fsi_wire import short_id
from service.phone import Phone
from service.world import World
from tests.counter_scenes import balance, credit, discrepancies, person_id, shown_code, till
from tests.his import His, output_of, refused
from tests.people import Cast
from tests.scenes import rows


@pytest_asyncio.fixture
async def patient(cast: Cast, world: World) -> Phone:
    phone = await cast.confirmed("zhaotong_father")
    await credit(world, await person_id(world, "zhaotong_father"), 10_000)
    return phone


@pytest_asyncio.fixture
async def his(api: httpx.AsyncClient, world: World) -> His:
    return His(await till(api, world))


async def _money(world: World) -> int:
    return await balance(world, await person_id(world, "zhaotong_father"))


async def test_after_it_settled(his: His, patient: Phone, world: World) -> None:
    msgid = await his.lost(await shown_code(patient), "25.00")
    assert await _money(world) == 7500
    assert output_of(await his.cancel(msgid)) == {}
    assert await _money(world) == 10_000
    assert output_of(await his.cancel(msgid)) == {}, "twice is once"
    assert await _money(world) == 10_000
    found = await his.ok("5203", {"data": {"medins_setl_id": msgid}})
    assert found["setlinfo"]["refd_setl_flag"] == "1"
    assert not await discrepancies(world)


async def test_before_it_arrives_and_never_after(his: His, patient: Phone, world: World) -> None:
    code, late = await shown_code(patient), his.till.message_id()
    assert output_of(await his.cancel(late)) == {}
    answer = await his.till.envelope("2207", his.bill(code, "25.00"), late)
    assert refused(answer) == 1303
    assert await _money(world) == 10_000
    assert output_of(await his.cancel(late)) == {}
    looked_up = await his.till.envelope("5203", {"data": {"medins_setl_id": late}})
    assert refused(looked_up) == 1303
    fresh = await his.settle(code, "25.00")
    assert fresh["acct_pay"] == 25.0


async def test_the_same_2601_again(his: His, patient: Phone, world: World) -> None:
    msgid, own = await his.lost(await shown_code(patient), "25.00"), his.till.message_id()
    body = {"data": {"omsgid": msgid, "oinfno": "2207"}}
    for _ in range(2):
        assert output_of(await his.till.envelope("2601", body, own)) == {}
    assert await _money(world) == 10_000


async def test_a_refund_stands(his: His, patient: Phone, world: World) -> None:
    settled = await his.settle(await shown_code(patient), "25.00")
    await his.reverse(settled["setl_id"])
    refund = next(msgid for msgid, row in his.rows.items() if row["kind"] == "refund")
    assert refused(await his.cancel(refund, "2208")) == 5102
    assert await _money(world) == 10_000


async def test_only_what_can_be_cancelled(his: His, patient: Phone, world: World) -> None:
    msgid = await his.lost(await shown_code(patient), "25.00")
    assert refused(await his.cancel(msgid, "1101")) == 1001
    assert refused(await his.cancel(msgid, "2207", psn_no="53000000000000000000000001")) == 2004
    assert refused(await his.cancel(f"{msgid}0")) == 1001, "31 characters are no msgid"
    assert await _money(world) == 7500


@pytest.mark.parametrize("infno", ["2102", "2207", "2103", "2208"])
async def test_whatever_the_program_calls_it_a_settlement_is_taken_back(
    his: His, patient: Phone, world: World, infno: str
) -> None:
    msgid = await his.lost(await shown_code(patient), "25.00")
    who = short_id(await person_id(world, "zhaotong_father"))
    assert output_of(await his.cancel(msgid, infno, psn_no=who)) == {}
    assert await _money(world) == 10_000


async def test_what_was_refused_or_cancelled_needs_nothing_more(
    his: His, patient: Phone, world: World
) -> None:
    """Also for a named person: there is nobody whom such a message was about."""
    who = short_id(await person_id(world, "zhaotong_father"))
    code, late = await shown_code(patient), his.till.message_id()
    redis: Any = world.limits._redis
    await redis.delete(f"gongji:{{{code[:16]}}}:family-code")  # its minute is over
    expired = his.till.message_id()
    sent = ("2207", his.bill(code, "25.00"), expired)
    assert refused(await his.till.envelope(*sent)) == 2002
    assert output_of(await his.cancel(late)) == {}
    for _ in range(2):
        for msgid in (expired, late):
            assert output_of(await his.cancel(msgid, psn_no=who)) == {}
    assert refused(await his.till.envelope(*sent)) == 2002
    assert await _money(world) == 10_000
    assert not await rows(world.database, "SELECT FROM settlement")
