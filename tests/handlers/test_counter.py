"""A bill at the counter: quoted, split three ways, settled once, taken back."""

from typing import Any

import httpx

from service.flows.tell_counter_events import tell_counter_events
from service.world import World
from tests.counter_scenes import (
    balance,
    credit,
    discrepancies,
    person_id,
    shown_code,
    till,
)
from tests.people import Cast
from tests.scenes import rows

BILL: dict[str, Any] = {"service": "outpatient", "total_fen": 18650}


async def test_a_bill_is_split_between_own_money_donors_and_cash(
    cast: Cast, api: httpx.AsyncClient, world: World
) -> None:
    donor = await cast.confirmed("zhaotong_donor")
    await cast.bound(donor, "zhaotong_father", "51")
    father = await cast.confirmed("zhaotong_father")
    counter = await till(api, world)
    donor_id = await person_id(world, "zhaotong_donor")
    father_id = await person_id(world, "zhaotong_father")
    await credit(world, father_id, 3000)
    await credit(world, donor_id, 10_000)
    code = await shown_code(father)

    quoted = await counter.quote(code, **BILL)
    assert quoted.status_code == 200, quoted.text
    split = quoted.json()["split"]
    assert [(line["payer"], line["amount_fen"]) for line in split["lines"]] == [
        ("own", 3000),
        ("donor", 10_000),
        ("cash", 5650),
    ]

    settled = await counter.settle(code, key="message-0001", **BILL)
    assert settled.status_code == 201, settled.text
    assert settled.json()["split"] == split
    again = await counter.settle(code, key="message-0001", **BILL)
    assert again.json() == settled.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await balance(world, father_id), await balance(world, donor_id)) == (0, 0)
    other = await counter.settle(code, key="message-0002", **BILL)
    assert (other.status_code, other.json()["code"]) == (409, "family_code.used")

    part = await counter.reverse(settled.json()["id"], amount_fen=6000)
    assert part.status_code == 200, part.text
    assert part.json()["cash_fen"] == 5650
    assert part.json()["aid_fen"] == 350
    rest = await counter.reverse(settled.json()["id"])
    assert rest.json()["total_fen"] == 12_650
    twice = await counter.reverse(settled.json()["id"])
    assert twice.json() == rest.json()
    assert (await balance(world, father_id), await balance(world, donor_id)) == (3000, 10_000)
    assert not await discrepancies(world)


async def test_everybody_sees_their_part_and_the_donor_no_more(
    cast: Cast, api: httpx.AsyncClient, world: World
) -> None:
    donor = await cast.confirmed("zhaotong_donor")
    await cast.bound(donor, "zhaotong_father", "51")
    father = await cast.confirmed("zhaotong_father")
    counter = await till(api, world)
    await credit(world, await person_id(world, "zhaotong_father"), 3000)
    await credit(world, await person_id(world, "zhaotong_donor"), 10_000)
    settled = (await counter.settle(await shown_code(father), **BILL)).json()
    await counter.reverse(settled["id"], amount_fen=6000)

    account = (await donor.get("/v1/account")).json()
    assert account["balance_fen"] == 350
    assert [item["amount_fen"] for item in account["items"]] == [350, -10_000, 10_000]
    page = (await donor.get("/v1/statement?limit=1")).json()
    (item,) = page["items"]
    assert (item["purpose"], item["relative"], item["place_text"]) == ("refund", "**己", "医院")
    rest = (await donor.get(f"/v1/statement?after={page['next']}")).json()
    assert [item["sentence"] for item in rest["items"]] == ["**己在医院支付医药费 100.00 元。"]
    assert rest["next"] is None
    bills = (await father.get("/v1/bills")).json()["items"]
    assert [(b["own_fen"], b["aid_fen"], b["cash_fen"], b["refunded_fen"]) for b in bills] == [
        (3000, 10_000, 5650, 6000)
    ]
    assert (await donor.get("/v1/bills")).json()["items"] == []

    while await tell_counter_events(world):
        pass
    statement = "SELECT kind, amount_fen FROM message WHERE event_id IS NOT NULL"
    told = await rows(world.database, statement)
    assert sorted((row["kind"], row["amount_fen"]) for row in told) == [
        ("money_returned", 350),
        ("money_returned", 350),
        ("money_used", 10_000),
        ("money_used", 13_000),
    ]
