"""Every transaction of the national envelope, as a hospital's or pharmacy's program uses it."""

import re
from typing import Any

import httpx
import pytest_asyncio

from service.domain.enrolment import Enrolment
from service.domain.person import mask_id_number, mask_name
from service.gateways.platform.population import PEOPLE
from service.handlers.fsi_wire import read_short_id, short_id
from service.phone import Phone
from service.world import World
from tests.counter_scenes import (
    PHARMACY,
    balance,
    credit,
    discrepancies,
    person_id,
    shown_code,
    till,
)
from tests.his import His, output_of, refused
from tests.people import Cast


@pytest_asyncio.fixture
async def father(cast: Cast, world: World) -> Phone:
    """A retiree with 30.00 of his own and two donors: 50.00, then 500.00."""
    first = await cast.confirmed("zhaotong_donor")
    await cast.bound(first, "zhaotong_father", "51", rank=1)
    second = await cast.confirmed("zhaotong_rare_name")
    await cast.bound(second, "zhaotong_father", "51", rank=2)
    father = await cast.confirmed("zhaotong_father")
    for handle, fen in (("father", 3000), ("donor", 5000), ("rare_name", 50_000)):
        await credit(world, await person_id(world, f"zhaotong_{handle}"), fen)
    return father


@pytest_asyncio.fixture
async def his(api: httpx.AsyncClient, world: World) -> His:
    return His(await till(api, world))


async def test_the_counter_signs_in(his: His) -> None:
    told = await his.ok("9001", {"signIn": {"opter_no": "001", "mac": "", "ip": "10.0.0.1"}})
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", told["sign_time"])
    assert len(told["sign_no"]) <= 30
    assert told["signinoutb"]["sign_no"] == told["sign_no"]


async def test_the_answer_is_the_envelope_of_the_interface(his: His) -> None:
    answer = await his.till.envelope("9001", {"opter_no": "001"})
    body = answer.json()
    assert list(body) == [
        "infcode", "inf_refmsgid", "refmsg_time", "respond_time", "err_msg", "output",
    ]  # fmt: skip
    assert re.fullmatch(r"530000\d{24}", body["inf_refmsgid"])
    assert re.fullmatch(r"\d{17}", body["refmsg_time"])
    assert re.fullmatch(r"\d{17}", body["respond_time"])
    again = (await his.till.envelope("9001", {"opter_no": "001"})).json()
    assert again["inf_refmsgid"] != body["inf_refmsgid"]


async def test_the_code_tells_who_stands_there(his: His, father: Phone, world: World) -> None:
    told = await his.identify(await shown_code(father))
    person, person_number = PEOPLE["zhaotong_father"], await person_id(world, "zhaotong_father")
    base = told["baseinfo"]
    assert read_short_id(base["psn_no"]) == person_number
    assert (base["psn_name"], base["certno"]) == (person.name, person.id_number)
    assert (base["gend"], base["brdy"]) == ("1", person.born_on.isoformat())
    (insured,) = told["insuinfo"]
    enrolment: Enrolment = person.enrolments[0]
    assert insured["insuplc_admdvs"] == enrolment.area
    assert (insured["balc"], insured["insutype"], insured["psn_type"]) == (30.0, "310", "12")


async def test_the_example_of_the_interface_in_numbers(
    his: His, father: Phone, world: World
) -> None:
    """Own 30.00, donors 50.00 and 14.20, the fund 92.30."""
    code = await shown_code(father)
    psn_no = (await his.identify(code))["baseinfo"]["psn_no"]
    more = {"psn_no": psn_no, "fund_pay_sumamt": "92.30"}
    quoted = await his.quote(code, "186.50", **more)
    assert quoted["setl_id"] == ""
    answer = await his.till.envelope("2207", his.bill(code, "186.50", **more))
    for amount in ('"medfee_sumamt":186.50', '"psn_part_amt":94.20', '"acct_pay":94.20'):
        assert amount in answer.text
    told = output_of(answer)
    info = told["setlinfo"]
    expected = {
        "medfee_sumamt": 186.50, "fund_pay_sumamt": 92.30, "psn_part_amt": 94.20, "acct_pay": 94.20,
        "acct_mulaid_pay": 64.20, "psn_cash_pay": 0.0, "hosp_part_amt": 0.0, "balc": 0.0,
        "mdtrt_id": "310000000001", "psn_no": psn_no, "insutype": "310", "med_type": "11",
    }  # fmt: skip
    assert {name: info[name] for name in expected} == expected
    assert len(info["setl_id"]) == 26
    assert "pdn_cash_pay" not in info
    assert {**quoted, "setl_id": "", "medins_setl_id": "", "setl_time": ""} == {
        **info, "setl_id": "", "medins_setl_id": "", "setl_time": "",
    }  # fmt: skip
    detail = {row["fund_pay_type"]: row["fund_payamt"] for row in told["setldetail"]}
    assert detail == {"310100": 92.30, "310200": 94.20}
    left = [await balance(world, await person_id(world, f"zhaotong_{who}"))
            for who in ("father", "donor", "rare_name")]  # fmt: skip
    assert left == [0, 0, 48_580]


async def test_the_same_message_has_the_same_answer(his: His, father: Phone, world: World) -> None:
    code = await shown_code(father)
    msgid = await his.lost(code, "100.00")
    first, again = await his.again(msgid), await his.again(msgid)
    assert first == again
    assert first["medins_setl_id"] == msgid
    changed = await his.till.envelope("2207", his.bill(code, "100.01"), msgid)
    assert refused(changed) == 1301
    assert not await discrepancies(world)


async def test_a_settlement_is_taken_back_once(his: His, father: Phone, world: World) -> None:
    settled = await his.settle(await shown_code(father), "60.00")
    back = await his.reverse(settled["setl_id"])
    assert (back["medfee_sumamt"], back["acct_mulaid_pay"], back["balc"]) == (60.0, 30.0, 30.0)
    assert back["cash_payamt"] == back["psn_cash_pay"] == 0
    assert (await his.reverse(settled["setl_id"]))["setl_id"] == back["setl_id"]
    assert await balance(world, await person_id(world, "zhaotong_donor")) == 5000
    other = short_id(await person_id(world, "zhaotong_donor"))
    answer = await his.till.envelope(
        "2208", {"data": {"setl_id": settled["setl_id"], "psn_no": other}}
    )
    assert refused(answer) == 2004
    unknown = await his.till.envelope("2208", {"data": {"setl_id": back["setl_id"]}})
    assert refused(unknown) == 1004


async def test_a_pharmacy_spells_cash_its_own_way(
    api: httpx.AsyncClient, father: Phone, world: World
) -> None:
    shop = His(await till(api, world, PHARMACY, kind="pharmacy", level="none"), pharmacy=True)
    code = await shown_code(father)
    quoted = await shop.quote(code, 600)
    assert (quoted["psn_cash_pay"], quoted["pdn_cash_pay"]) == (20.0, 20.0)
    settled = await shop.settle(code, 600)
    assert (settled["med_type"], settled["clr_type"], settled["pdn_cash_pay"]) == ("41", "41", 20.0)
    back = await shop.reverse(settled["setl_id"])
    assert [back[n] for n in ("psn_cash_pay", "pdn_cash_pay", "cash_payamt")] == [20.0] * 3


def _masked(told: dict[str, Any]) -> dict[str, str]:
    """Name and ID number as they are told when no code was shown with the request."""
    return {"psn_name": mask_name(told["psn_name"]), "certno": mask_id_number(told["certno"])}


async def test_who_it_is_is_told_whole_only_with_a_code(
    api: httpx.AsyncClient, father: Phone, world: World
) -> None:
    shop = His(await till(api, world, PHARMACY, kind="pharmacy", level="none"), pharmacy=True)
    person = PEOPLE["zhaotong_father"]
    whole = {"psn_name": person.name, "certno": person.id_number}
    masked = _masked(whole)
    for his in (His(await till(api, world)), shop):
        code = await shown_code(father)
        base = (await his.identify(code))["baseinfo"]
        quoted, settled = await his.quote(code, "1.00"), await his.settle(code, "1.00")
        looked_up = await his.ok("5203", {"data": {"setl_id": settled["setl_id"]}})
        back = await his.reverse(settled["setl_id"])
        for told in (base, quoted, settled):
            assert {name: told[name] for name in whole} == whole
        for told in (looked_up["setlinfo"], back):
            assert {name: told[name] for name in whole} == masked
        assert person.name not in str((looked_up, back))
        assert person.id_number not in str((looked_up, back))


async def test_a_settlement_is_looked_up(his: His, father: Phone) -> None:
    settled = await his.settle(await shown_code(father), "40.00")
    by_id = await his.ok("5203", {"data": {"setl_id": settled["setl_id"]}})
    by_message = await his.ok("5203", {"data": {"medins_setl_id": settled["medins_setl_id"]}})
    assert by_id["setlinfo"] == {**by_message["setlinfo"]}
    assert by_id["setlinfo"]["refd_setl_flag"] == "0"
    assert by_id["setlinfo"]["cash_payamt"] == 0
    same = set(settled) - {"mdtrt_id"}
    expected = {**{name: settled[name] for name in same}, **_masked(settled)}
    assert {name: by_id["setlinfo"][name] for name in same} == expected
    await his.reverse(settled["setl_id"])
    after = await his.ok("5203", {"data": {"setl_id": settled["setl_id"]}})
    assert after["setlinfo"]["refd_setl_flag"] == "1"
    assert refused(await his.till.envelope("5203", {"data": {"setl_id": "A" * 26}})) == 1004
    assert refused(await his.till.envelope("5203", {"data": {"medins_setl_id": "none"}})) == 1004
