"""A whole day at a hospital over the national envelope, then its books against ours."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from service.domain.calendar import business_date
from service.world import World
from tests.conftest import Clock
from tests.counter_scenes import balance, credit, discrepancies, person_id, shown_code, till
from tests.his import His, output_of, refused
from tests.people import Cast
from tests.scenes import rows

STORED = "SELECT message_id, kind, ours_fen, theirs_fen, source FROM difference ORDER BY message_id"


def _span(world: World, **more: object) -> dict[str, Any]:
    day = (business_date(world.clock()) - timedelta(days=1)).isoformat()
    return {"stmt_begndate": day, "stmt_enddate": day, **more}


@pytest_asyncio.fixture
async def his(cast: Cast, api: httpx.AsyncClient, world: World, clock: Clock) -> His:
    """Yesterday: three patients, a reversal, lost answers, a cancelled message."""
    clock.set(datetime.now(UTC).replace(hour=4, minute=0) + timedelta(days=1))
    donor = await cast.confirmed("zhaotong_donor")
    for handle, relation in (("father", "51"), ("mother", "52"), ("child", "31")):
        await cast.bound(donor, f"zhaotong_{handle}", relation)
    for handle, fen in (("donor", 30_000), ("father", 5_000)):
        await credit(world, await person_id(world, f"zhaotong_{handle}"), fen)
    phones = {
        handle: await cast.confirmed(f"zhaotong_{handle}")
        for handle in ("father", "mother", "child")
    }
    his = His(await till(api, world))
    settled = []
    for n, (handle, amount) in enumerate(
        [("father", "61.35"), ("mother", 40), ("child", "12.5"), ("father", "88.88")]
    ):
        code = await shown_code(phones[handle])
        await his.identify(code)
        settled.append(await his.settle(code, amount, fund_pay_sumamt="10.00" if n == 1 else ""))
    await his.reverse(settled[0]["setl_id"])
    lost = await his.lost(await shown_code(phones["child"]), "7.77")
    await his.again(lost)
    given_up = await his.lost(await shown_code(phones["mother"]), "5.55")
    output_of(await his.cancel(given_up))
    clock.move(days=1)
    return his


async def test_the_books_agree(his: His, world: World) -> None:
    totals = _span(world, **his.totals(), insutype="", clr_type="", setl_optins="530602")
    assert totals["fixmedins_setl_cnt"] == 4
    told = await his.ok("3201", {"data": totals})
    assert told["stmt_rslt"] == "0", told
    assert told["stmtinfo"]["stmt_rslt_dscr"].startswith("一致。平台：结算 4 笔")
    for shape in ({**_span(world), "data": his.list()}, {"data": _span(world, data=his.list())}):
        listed = await his.ok("3202", shape)
        assert (listed["stmt_rslt"], listed["data"]) == ("0", [])
    assert not await rows(world.database, STORED)
    assert not await discrepancies(world)
    spent = sum(row["acct_pay"] * (1 if row["kind"] == "settlement" else -1)
                for row in his.rows.values())  # fmt: skip
    left = [await balance(world, await person_id(world, f"zhaotong_{who}"))
            for who in ("donor", "father")]  # fmt: skip
    assert sum(left) == 35_000 - round(spent * 100)


@pytest.mark.parametrize(
    "altered",
    [{"medfee_sumamt": "1.00"}, {"fund_pay_sumamt": 0}, {"acct_pay": "-3.20"},
     {"fixmedins_setl_cnt": 5}],
    ids=str,
)  # fmt: skip
async def test_a_total_that_differs(his: His, world: World, altered: dict[str, Any]) -> None:
    told = await his.ok("3201", {"data": _span(world, **{**his.totals(), **altered})})
    assert told["stmt_rslt"] == "1"
    assert his.totals()["medfee_sumamt"] in told["stmt_rslt_dscr"]


async def test_totals_of_one_insurance_and_kind(his: His, world: World) -> None:
    residents = {"mother": (30, 10), "child": (20.27, 0)}
    account = f"{sum(part[0] for part in residents.values()):.2f}"
    asked = {"medfee_sumamt": "60.27", "fund_pay_sumamt": 10, "acct_pay": account}
    told = await his.ok("3201", {"data": _span(world, **asked, insutype="390", clr_type="11")})
    assert told["stmt_rslt"] == "0", told
    nothing = {"medfee_sumamt": 0, "fund_pay_sumamt": 0, "acct_pay": 0, "fixmedins_setl_cnt": "0"}
    told = await his.ok("3201", {"data": _span(world, **nothing, clr_type="21")})
    assert told["stmt_rslt"] == "0"


async def test_exactly_the_differences_are_told_and_kept(his: His, world: World) -> None:
    listed = his.list()
    altered, missing, refund = listed[1], listed[2], listed[4]
    assert refund["medfee_sumamt"] < 0
    altered["acct_pay"] = altered["acct_pay"] + 0.01
    listed.remove(missing)
    extra = {"msgid": "EXTRA-0001", "medfee_sumamt": "9.99", "acct_pay": "3.00"}
    told = await his.ok("3202", {**_span(world), "data": [*listed, extra]})
    assert (told["stmt_rslt"], told["stmt_rslt_dscr"]) == ("1", "3 笔不一致")
    found = {row["msgid"]: (row["diff_type"], row["plat_amt"], row["medins_amt"])
             for row in told["data"]}  # fmt: skip
    assert found == {
        altered["msgid"]: ("amount", 30.0, 30.01),
        missing["msgid"]: ("missing_there", 12.5, None),
        "EXTRA-0001": ("missing_here", None, 3.0),
    }
    again = await his.ok("3202", {**_span(world), "data": [*listed, extra]})
    assert again["data"] == told["data"]
    stored = [tuple(row) for row in await rows(world.database, STORED)]
    assert sorted(stored) == sorted([
        (altered["msgid"], "amount", 3000, 3001, "institution"),
        (missing["msgid"], "missing_there", 1250, None, "institution"),
        ("EXTRA-0001", "missing_here", None, 300, "institution"),
    ])  # fmt: skip


async def test_a_refund_that_one_side_lacks(his: His, world: World) -> None:
    listed = [row for row in his.list() if row["medfee_sumamt"] > 0]
    told = await his.ok("3202", {**_span(world), "data": listed})
    (one,) = told["data"]
    assert (one["diff_type"], one["plat_amt"]) == ("missing_there", -61.35)


async def test_lists_that_cannot_be_read(his: His, world: World) -> None:
    (row, *_), day = his.list(), _span(world)
    for faulty in (
        {**day, "data": [row, row]},
        {**day, "data": [{**row, "msgid": ""}]},
        {**day, "data": [{**row, "acct_pay": None}]},
        {**day, "data": ["row"]},
        {**day, "data": "rows"},
        {**day, "stmt_begndate": "2020-01-01", "data": []},
        {"stmt_begndate": "今天", "stmt_enddate": "今天", "data": []},
    ):
        assert refused(await his.till.envelope("3202", faulty)) == 1001
    assert not await rows(world.database, STORED)


@pytest.mark.parametrize("ahead", [0, 1])
async def test_a_list_is_compared_when_its_day_is_over(his: His, world: World, ahead: int) -> None:
    """What settles after the comparison would be missing from it."""
    day = (business_date(world.clock()) + timedelta(days=ahead)).isoformat()
    answer = await his.till.envelope(
        "3202", {"stmt_begndate": day, "stmt_enddate": day, "data": his.list()}
    )
    assert refused(answer) == 1001
    assert "当天的明细请次日再对账" in answer.json()["err_msg"]
    assert not await rows(world.database, STORED)


async def test_the_statement_in_json(his: His, world: World, api: httpx.AsyncClient) -> None:
    path = f"/statements/{business_date(world.clock()) - timedelta(days=1)}"
    whole = (await his.till.get(path)).json()
    assert (whole["settlements"]["count"], whole["refunds"]["count"]) == (6, 2)
    assert whole["next"] is None
    for name in ("total_fen", "fund_fen", "own_fen", "aid_fen", "cash_fen"):
        for kind in ("settlement", "refund"):
            listed = sum(item[name] for item in whole["items"] if item["kind"] == kind)
            assert whole[f"{kind}s"][name] == listed
    paged: list[Any] = []
    after = ""
    while True:
        page = (await his.till.get(f"{path}?limit=3{after}")).json()
        paged += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert paged == whole["items"]
    assert [item["at"] for item in paged] == sorted(item["at"] for item in paged)
    other = await till(api, world, "H53060200002")
    assert (await other.get(path)).json()["items"] == []
    assert (await his.till.get("/statements/2026-02-30")).status_code == 404
