"""Who is not known, sends too much, or meets trouble of ours: the HTTP status and an envelope."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from service.counters import sign
from service.database import DatabaseAway
from service.handlers.fsi import TRANSACTIONS
from service.handlers.fsi_wire import Call, Output
from service.sessions import SessionsAway
from service.world import World
from tests.conftest import Clock
from tests.counter_scenes import till
from tests.his import His

PATH = "/fsi/api/callService"


@pytest_asyncio.fixture
async def his(api: httpx.AsyncClient, world: World) -> His:
    return His(await till(api, world))


async def _unsigned(api: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    answer = await api.post(PATH, json={}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert (body["infcode"], body["output"]) == (1201, {})
    assert "机构身份没有通过验证" in body["err_msg"]
    return dict(body)


async def test_who_is_not_known_gets_an_envelope_too(
    his: His, api: httpx.AsyncClient, clock: Clock
) -> None:
    now = clock().timestamp()
    await _unsigned(api, {})
    for code, secret, at in (
        (his.till.code, "another-secret", now),
        ("H53060299999", his.till.secret, now),
        (his.till.code, his.till.secret, now - timedelta(minutes=6).total_seconds()),
        (his.till.code, his.till.secret, now + timedelta(minutes=6).total_seconds()),
    ):
        stamp = str(int(at))
        signature = sign(secret, stamp=stamp, nonce="1")
        signed = {"x-tif-paasid": code, "x-tif-timestamp": stamp, "x-tif-nonce": "1"}
        await _unsigned(api, {**signed, "x-tif-signature": signature})


async def test_a_nonce_works_once(his: His, api: httpx.AsyncClient) -> None:
    headers = {k: v.upper() if k == "x-tif-signature" else v for k, v in his.till.headers().items()}
    assert (await api.post(PATH, json={}, headers=headers)).json()["infcode"] == 1001
    await _unsigned(api, headers)


async def test_too_many_forgeries_and_too_much_keep_their_status(
    his: His, api: httpx.AsyncClient
) -> None:
    large = await api.post(PATH, content=b" " * (5 << 20), headers=his.till.headers())
    assert (large.status_code, large.json()["infcode"]) == (413, 1002)
    for _ in range(60):
        await _unsigned(api, {})
    answer = await api.post(PATH, json={})
    assert (answer.status_code, answer.json()["infcode"]) == (429, 1003)
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("fault", "status", "infcode"),
    [(DatabaseAway("x"), 503, 9501), (SessionsAway("x"), 503, 9502), (RuntimeError(), 500, 9500)],
    ids=repr,
)
async def test_trouble_of_ours_keeps_its_status(
    his: His, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, infcode: int
) -> None:
    async def fail(_: Call) -> Output:
        raise fault

    monkeypatch.setitem(TRANSACTIONS, "9001", fail)
    answer = await his.till.envelope("9001", {"opter_no": "1"})
    assert (answer.status_code, answer.json()["infcode"]) == (status, infcode)
    assert answer.json()["inf_refmsgid"]


async def test_another_method_is_told_which_one_works(his: His, api: httpx.AsyncClient) -> None:
    for path in (PATH, "/fsi/api/a/b/c"):
        answer = await api.get(path, headers=his.till.headers())
        assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
