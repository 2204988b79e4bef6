"""Whatever is sent to the national envelope, an envelope comes back, and nothing is recorded."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from service.handlers.fsi import CODES, TRANSACTIONS
from service.handlers.fsi_codes import INFCODES
from service.phone import Phone
from service.problem_table import ROWS
from service.world import World
from tests.counter_scenes import credit, person_id, shown_code, till
from tests.his import His, output_of, refused
from tests.people import Cast
from tests.scenes import rows

PATH = "/fsi/api/outpatientSettleService/saveSettletmentA"
RECORDED = (
    "SELECT (SELECT count(*) FROM settlement),"
    " (SELECT count(*) FROM counter_claim WHERE kind <> 'refused')"
)
BARRED = "SELECT message_id FROM counter_claim WHERE kind = 'refused'"


@pytest_asyncio.fixture
async def his(api: httpx.AsyncClient, world: World) -> AsyncIterator[His]:
    yield His(await till(api, world))
    [recorded] = await rows(world.database, RECORDED)
    assert tuple(recorded) == (0, 0)


@pytest_asyncio.fixture
async def patient(cast: Cast, world: World) -> Phone:
    phone = await cast.confirmed("zhaotong_father")
    await credit(world, await person_id(world, "zhaotong_father"), 10_000)
    return phone


async def _sent(his: His, api: httpx.AsyncClient, body: bytes) -> int:
    headers = {**his.till.headers(), "content-type": "application/json; charset=utf-8"}
    return refused(await api.post(PATH, content=body, headers=headers))


@pytest.mark.parametrize(
    "body",
    [
        '{"infno":"9001","fixmedins_name":"示例医院"}'.encode("gbk"),
        b"",
        b"null",
        b"[1,2]",
        b"<xml/>",
        b'{"infno":',
        b'{"infno":"9001","msgid":"\\ud800aaaaaaaaaaaa"}',
        b'{"infno":"9001","msgid":"\\u0000"}',
        b'{"input":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"input":{"data":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}}",
        b'{"input":{"n":' + b"9" * 5000 + b"}}",
        b"\xff\xfe\x00",
    ],
    ids=range(12),
)
async def test_bodies_that_are_none(his: His, api: httpx.AsyncClient, body: bytes) -> None:
    assert await _sent(his, api, body) in (-1, 1001)


async def test_gbk_is_named_as_what_it_is(his: His, api: httpx.AsyncClient) -> None:
    body = '{"infno":"9001","fixmedins_name":"示例医院"}'.encode("gbk")
    answer = await api.post(PATH, content=body, headers=his.till.headers())
    assert "UTF-8" in answer.json()["err_msg"]


async def test_a_byte_order_mark_and_no_content_type_are_read(
    his: His, api: httpx.AsyncClient
) -> None:
    async def keep(request: httpx.Request) -> None:
        sent.append(request.content)

    sent: list[bytes] = []
    api.event_hooks = {"request": [keep]}
    await his.till.envelope("9001", {"opter_no": "1"})
    api.event_hooks = {}
    answer = await api.post(PATH, content=b"\xef\xbb\xbf" + sent[0], headers=his.till.headers())
    assert output_of(answer)["sign_no"]


@pytest.mark.parametrize(
    ("fields", "infcode"),
    [
        ({"infno": "2304"}, 1101),
        ({"infno": "22070"}, 1001),
        ({"infno": 2207}, 1001),
        ({"infno": None}, 1001),
        ({"opter_type": ""}, 1001),
        ({"opter": "x" * 31}, 1001),
        ({"inf_time": "2026/01/15 10:30:45"}, 1001),
        ({"inf_time": "2026-13-15 10:30:45"}, 1001),
        ({"mdtrtarea_admvs": "昭通"}, 1001),
        ({"fixmedins_code": "H53060200009"}, 1102),
        ({"fixmedins_code": "H1"}, 1001),
        ({"msgid": "x" * 31}, 1001),
        ({"msgid": "换行\n"}, 1001),
        ({"input": "data"}, 1001),
        ({"input": None}, 1001),
        ({"input": {"data": "x"}}, 1001),
        ({"input": {"data": None}}, 1001),
        ({"input": {}}, 1001),
        ({"input": {"opter_no": 7}}, 1001),
    ],
    ids=str,
)
async def test_an_envelope_with_a_fault(his: His, fields: dict[str, Any], infcode: int) -> None:
    body = {"infno": "9001", "input": {"data": {"opter_no": "1"}}, **fields}
    assert refused(await his.till.envelope(**body)) == infcode


@pytest.mark.parametrize(
    "name",
    [
        *("infno", "msgid", "mdtrtarea_admvs", "recer_sys_code", "infver", "opter_type", "opter"),
        *("opter_name", "inf_time", "fixmedins_code", "fixmedins_name", "input"),
    ],
)
async def test_a_missing_field_is_named(his: His, api: httpx.AsyncClient, name: str) -> None:
    async def without(request: httpx.Request) -> None:
        body = json.loads(request.content)
        del body[name]
        sent.append(json.dumps(body).encode())

    sent: list[bytes] = []
    api.event_hooks = {"request": [without]}
    await his.till.envelope("9001", {"opter_no": "1"})
    api.event_hooks = {}
    answer = await api.post(PATH, content=sent[0], headers=his.till.headers())
    assert refused(answer) == 1001
    assert name in answer.json()["err_msg"]


async def test_more_fields_than_known_are_allowed(his: His) -> None:
    answer = await his.till.envelope("9001", {"opter_no": "1", "x": [1]}, enctype="", dev_no=None)
    assert output_of(answer)["sign_no"]


@pytest.mark.parametrize("infno", TRANSACTIONS)
async def test_every_transaction_without_its_fields(his: His, infno: str) -> None:
    wrong = {"data": 1, "stmt_begndate": 1, "setl_id": []}
    contents: tuple[dict[str, Any], ...] = ({}, {"data": {}}, {"data": wrong})
    for content in contents:
        assert refused(await his.till.envelope(infno, content)) == 1001


@pytest.mark.parametrize(
    ("fields", "infcode"),
    [
        ({"mdtrt_cert_type": "02", "mdtrt_cert_no": "530602195011080000"}, 2001),
        ({"mdtrt_cert_type": "03"}, 2001),
        ({"mdtrt_cert_no": "abcdefghijklmnop.0123456789012345678901"}, 2002),
        ({"mdtrt_cert_no": "x" * 129}, 1001),
        ({"med_type": "51"}, 4004),
        ({"med_type": ""}, 1001),
        ({"med_type": "41"}, 3002),
        ({"acct_used_flag": "0"}, 1001),
        ({"psn_no": "53000000000000000000000001"}, 2004),
        ({"psn_no": "A" * 26}, 2004),
        ({"medfee_sumamt": "0"}, 4001),
        ({"inscp_scp_amt": "1.00"}, 4002),
        ({"fund_pay_sumamt": "99"}, 4003),
    ],
    ids=str,
)
async def test_a_bill_that_is_refused(
    his: His, world: World, patient: Phone, fields: dict[str, Any], infcode: int
) -> None:
    """Only a code that does not hold bars the message that it came with."""
    body = his.bill(await shown_code(patient), "10.00", **fields)
    msgid = his.till.message_id()
    assert refused(await his.till.envelope("2206", body)) == infcode
    assert refused(await his.till.envelope("2207", body, msgid)) == infcode
    barred = [row["message_id"] for row in await rows(world.database, BARRED)]
    assert barred == ([msgid] if infcode == 2002 else [])


async def test_psn_no_needs_the_place_of_insurance(his: His, patient: Phone) -> None:
    body = his.bill(await shown_code(patient), "10.00", psn_no="A" * 26)
    answer = await his.till.envelope("2207", body, insuplc_admdvs="")
    assert refused(answer) == 1001
    assert "insuplc_admdvs" in answer.json()["err_msg"]


async def test_a_code_serves_one_institution(
    his: His, api: httpx.AsyncClient, world: World, patient: Phone
) -> None:
    code = await shown_code(patient)
    await his.identify(code)
    other = His(await till(api, world, "H53060200002"))
    assert refused(await other.till.envelope("1101", his.bill(code, 1))) == 2003


def test_every_problem_has_a_number_of_its_own() -> None:
    assert set(INFCODES) == set(CODES)
    assert set(INFCODES) <= set(ROWS)
    numbers = list(INFCODES.values())
    assert len(set(numbers)) == len(numbers)
    assert all(number == -1 or 1000 <= number <= 9999 for number in numbers)
