"""Account, family statement and bills: whole pages, plain sentences, and nobody else's money."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from msgspec import Struct

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.ledger import Leg
from service.phone import Phone
from service.store import ledger
from service.till import Till
from service.world import World
from tests.conftest import Clock
from tests.counter_scenes import (
    PHARMACY,
    credit,
    discrepancies,
    person_id,
    shown_code,
    till,
)
from tests.people import Cast
from tests.scenes import code_of, rows

PATHS = ("/v1/account", "/v1/statement", "/v1/bills")
NO_ACCOUNT = "您在本平台没有职工医保个人账户。"


class Family(Struct, frozen=True):
    """A donor with 100 yuan, whose father has 30 of his own; a hospital's till, a pharmacy's."""

    donor: Phone
    father: Phone
    donor_id: UUID
    hospital: Till
    pharmacy: Till

    async def spent(self, at: Till, total_fen: int, **bill: Any) -> str:
        answer = await at.settle(await shown_code(self.father), total_fen=total_fen, **bill)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@pytest_asyncio.fixture
async def family(cast: Cast, api: httpx.AsyncClient, world: World) -> Family:
    donor, father = await cast.confirmed("zhaotong_donor"), await cast.confirmed("zhaotong_father")
    await cast.bound(donor, "zhaotong_father", "51")
    donor_id = await person_id(world, "zhaotong_donor")
    await credit(world, donor_id, 10_000)
    await credit(world, await person_id(world, "zhaotong_father"), 3000)
    places = await till(api, world), await till(api, world, PHARMACY, kind="pharmacy")
    return Family(donor, father, donor_id, *places)


async def seen(phone: Phone, path: str) -> Any:
    answer = await phone.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def pages(phone: Phone, path: str, limit: int) -> list[list[Any]]:
    """Page by page, until there is no next."""
    found: list[list[Any]] = []
    after = ""
    while len(found) < 99:
        page = await seen(phone, f"{path}?limit={limit}{after}")
        found.append(page["items"])
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    return found


async def test_who_has_no_account_is_told_so(cast: Cast) -> None:
    phone = await cast.linked("zhaotong_spouse")
    account = await seen(phone, "/v1/account")
    assert (account["has_account"], account["sentence"]) == (False, NO_ACCOUNT)
    assert [account[it] for it in ("balance_fen", "held_fen", "available_fen")] == [0, 0, 0]
    for path in PATHS:
        page = await seen(phone, path)
        assert (page["items"], page["next"]) == ([], None)


async def test_an_account_is_a_chain_of_movements_in_words(family: Family, world: World) -> None:
    bill = await family.spent(family.hospital, 4000, service="outpatient")
    await family.spent(family.pharmacy, 250, service="pharmacy")
    await family.hospital.reverse(bill, amount_fen=1500)
    account = await seen(family.donor, "/v1/account")
    assert account["sentence"] == "您的个人账户可用余额 97.50 元。"
    assert [
        (it["number"], it["purpose"], it["amount_fen"], it["balance_after_fen"], it["sentence"])
        for it in account["items"]
    ] == [
        (4, "refund", 1000, 9750, "**己在医院的医药费退回 10.00 元。"),
        (3, "settlement", -250, 8750, "**己在定点零售药店支付医药费 2.50 元。"),
        (2, "settlement", -1000, 9000, "**己在医院支付医药费 10.00 元。"),
        (1, "credit", 10_000, 10_000, "划入个人账户 100.00 元。"),
    ]
    assert all(it["at"].endswith("+08:00") for it in account["items"])
    own = await seen(family.father, "/v1/account")
    assert [(it["amount_fen"], it["relative"], it["sentence"]) for it in own["items"]] == [
        (500, None, "您本人在医院的医药费退回 5.00 元。"),
        (-3000, None, "您本人在医院支付医药费 30.00 元。"),
        (3000, None, "划入个人账户 30.00 元。"),
    ]
    assert not await discrepancies(world)


async def test_a_donor_sees_amount_time_and_kind_and_no_more(family: Family) -> None:
    """Neither which hospital, nor what for, nor the patient's own money, nor the whole bill."""
    bill = await family.spent(family.hospital, 4321, service="chronic", own_expense_fen=77)
    await family.hospital.reverse(bill, amount_fen=21)
    for path in PATHS:
        text = (await family.donor.get(path)).text
        for hidden in ("示例", family.hospital.code, "慢特病", "chronic", "4321", "3000", bill):
            assert hidden not in text, (path, hidden)
        assert "测试己" not in text
    items = (await seen(family.donor, "/v1/statement"))["items"]
    assert [(it["purpose"], it["amount_fen"], it["place_text"]) for it in items] == [
        ("refund", 21, "医院"),
        ("settlement", -1321, "医院"),
    ]
    keys = "number at purpose amount_fen balance_after_fen relative place_text sentence"
    assert set(items[0]) == set(keys.split())
    assert (await seen(family.donor, "/v1/bills"))["items"] == []


async def test_a_patient_sees_the_whole_of_their_own_bill(family: Family) -> None:
    bill = await family.spent(family.hospital, 14_000, service="emergency", fund_fen=500)
    await family.hospital.reverse(bill, amount_fen=700)
    [item] = (await seen(family.father, "/v1/bills"))["items"]
    assert (item["id"], item["institution"], item["service_text"]) == (bill, "示例机构", "急诊")
    parts = ("total_fen", "fund_fen", "own_fen", "aid_fen", "cash_fen", "refunded_fen")
    assert [item[part] for part in parts] == [14_000, 500, 3000, 10_000, 500, 700]
    assert [line["payer"] for line in item["lines"]] == ["fund", "own", "donor", "cash"]
    assert "测试甲" not in str(item)
    assert (await seen(family.father, "/v1/statement"))["items"] == []


async def test_strangers_see_nothing(cast: Cast, family: Family) -> None:
    await family.spent(family.hospital, 4000, service="outpatient")
    other = await cast.linked("zhaotong_son")
    for path in PATHS:
        assert (await seen(other, path))["items"] == []
        assert code_of(await cast.api.get(path)) == (401, "session.required")
    fresh = cast.phone("zhaotong_daughter_in_law")
    await fresh.sign_in()
    clerk = await cast.clerk("reviewer", "review", area="530600")
    for path in PATHS:
        assert code_of(await fresh.get(path)) == (403, "session.credential_needed")
        assert code_of(await clerk.get(path)) == (403, "clerk.role_needed")
    after = (await seen(family.father, "/v1/bills"))["items"][0]["id"]
    assert (await seen(other, f"/v1/bills?after={UUID(int=2**128 - 1)}"))["items"] == []
    assert (await seen(other, f"/v1/bills?after={after}"))["items"] == []


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 50])
async def test_pages_are_whole_in_order_and_end(family: Family, limit: int) -> None:
    for n in range(6):
        await family.spent(family.hospital, 1000 + n, service="outpatient")
    wanted = {"/v1/account": (family.donor, 5), "/v1/statement": (family.donor, 4)}
    for path, (phone, length) in {**wanted, "/v1/bills": (family.father, 6)}.items():
        found = await pages(phone, path, limit)
        assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1), path
        assert len(found) == -(-length // limit), "an exact last page has no empty one after it"
        every = [item for page in found for item in page]
        assert every == (await seen(phone, path))["items"]
        assert len(every) == length
    totals = [it["total_fen"] for it in (await seen(family.father, "/v1/bills"))["items"]]
    assert totals == [1005, 1004, 1003, 1002, 1001, 1000]


async def test_what_comes_meanwhile_does_not_shift_a_page(family: Family) -> None:
    for n in range(3):
        await family.spent(family.hospital, 4000 + n, service="outpatient")
    first = {path: await seen(family.father, f"{path}?limit=1") for path in PATHS[::2]}
    await family.spent(family.hospital, 999, service="outpatient")
    for path, page in first.items():
        [second] = (await seen(family.father, f"{path}?limit=1&after={page['next']}"))["items"]
        everything = (await seen(family.father, path))["items"]
        assert second == everything[everything.index(page["items"][0]) + 1]


@pytest.mark.parametrize("path", PATHS)
async def test_a_wrong_page_is_refused(cast: Cast, path: str) -> None:
    phone = await cast.linked("zhaotong_spouse")
    for query in ("limit=0", "limit=51", "limit=-1", "limit=x", "after=x", "after=%00", "after=-1"):
        answer = await phone.get(f"{path}?{query}")
        assert (query, *code_of(answer)) == (query, 400, "request.invalid")
    first = UUID(int=0) if path == "/v1/bills" else 1
    last = UUID(int=2**128 - 1) if path == "/v1/bills" else 2**62
    for after in (first, last):
        assert (await seen(phone, f"{path}?after={after}&limit=50"))["next"] is None


async def test_money_that_is_promised_is_told_and_not_available(
    family: Family, world: World, clock: Clock
) -> None:
    now = clock()
    hold = Leg(
        journal_id=uuid4(),
        transfer_id=uuid4(),
        phase="hold",
        purpose="premium",
        book_id=family.donor_id,
        contra="tax:530600",
        amount_fen=-4000,
        expires_at=now + timedelta(hours=1),
    )

    async def work(tx: Tx) -> None:
        await ledger.record(tx, at=now, booked_on=business_date(now), seen=(), legs=[hold])

    await world.database.transact(work)
    account = await seen(family.donor, "/v1/account")
    fen = [account[it] for it in ("balance_fen", "held_fen", "available_fen")]
    assert fen == [10_000, 4000, 6000]
    assert account["sentence"] == "您的个人账户可用余额 60.00 元，另有 40.00 元正在办理付款。"
    assert len(account["items"]) == 1, "a promise is no movement"
    await family.spent(family.hospital, 10_000, service="outpatient")
    [item] = (await seen(family.donor, "/v1/statement"))["items"]
    assert item["amount_fen"] == -6000
    assert (await seen(family.donor, "/v1/account"))["available_fen"] == 0
    assert len(await rows(world.database, "SELECT FROM ledger.open_hold")) == 1
    assert not await discrepancies(world)
