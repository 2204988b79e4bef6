"""What a counter is refused: nothing is written, no money moves, and the code stays good."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from service.domain.calendar import business_date
from service.till import Till
from service.world import World
from tests.conftest import Clock
from tests.counter_scenes import discrepancies, shown_code, till
from tests.handlers.desk import BILL, Desk, no, open_desk
from tests.people import Cast
from tests.scenes import rows

PATHS = ("/quotes", "/settlements")
INVALID, REUSED = (400, "request.invalid"), (422, "counter.message_reused")
UNEVEN = (400, "bill.parts_do_not_add_up")
NOT_FOUND, EXCEEDS = (404, "request.not_found"), (422, "refund.exceeds_settlement")


@pytest_asyncio.fixture
async def desk(cast: Cast, api: httpx.AsyncClient, world: World) -> Desk:
    return await open_desk(cast, api, world)


PARTS = ("own_expense_fen", "over_limit_fen", "own_first_fen", "in_scope_fen", "fund_fen")
AMOUNTS = (0, -1, 10**12 + 1, 1.5, "1000", None, True, [1000], 10**30)
BAD_BILLS: list[tuple[dict[str, Any], tuple[int, str]]] = [
    *(({"total_fen": amount}, INVALID) for amount in AMOUNTS),
    *(({part: amount}, INVALID) for part in PARTS for amount in (-1, 10**12 + 1, 0.5, "1")),
    *(({"service": service}, INVALID) for service in ("dentist", "", "OUTPATIENT", None, 1)),
    ({"surprise": 1}, INVALID),
    ({"in_scope_fen": 999}, UNEVEN),
    ({"own_expense_fen": 1001}, UNEVEN),
    ({"own_first_fen": 600, "over_limit_fen": 401}, UNEVEN),
    ({"in_scope_fen": 1000, "own_expense_fen": 1}, UNEVEN),
    ({"fund_fen": 1001}, (400, "bill.fund_exceeds_total")),
    ({"service": "pharmacy"}, (422, "institution.service_not_agreed")),
]


async def test_a_wrong_bill_changes_nothing(desk: Desk) -> None:
    code = await shown_code(desk.father)
    async with desk.unchanged():
        for path in PATHS:
            for changes, expected in BAD_BILLS:
                body = {"code": code, "bill": {**BILL, **changes}}
                answer = await desk.till.post(path, body, key="message-0001")
                no(answer, expected, (path, changes))
                if expected == INVALID:
                    assert [fault["field"] for fault in answer.json()["errors"]], changes
    assert (await desk.till.settle(code, key="message-0001", **BILL)).status_code == 201


async def test_a_request_of_another_shape_does_not_even_take_the_code(desk: Desk) -> None:
    code = await shown_code(desk.father)
    whole: dict[str, Any] = {"code": code, "bill": BILL}
    bad: list[Any] = [{"code": code}, {"bill": BILL}, {**whole, "extra": 1}, [whole], "code"]
    bad += [{**whole, "bill": wrong} for wrong in ([BILL], {"service": "outpatient"}, None)]
    bad += [{**whole, "code": wrong} for wrong in ("", "x" * 129, 1, None, [code])]
    async with desk.unchanged():
        for body in bad:
            for path in PATHS:
                no(await desk.till.post(path, body), INVALID, (path, body))
    assert (await desk.other.settle(code, service="pharmacy", total_fen=1)).status_code == 201


BAD_KEYS = (None, "", "short", "a" * 65, "with space", "восемь-букв", "key\tkey1", "a" * 5000)


async def test_a_key_that_is_missing_or_malformed_changes_nothing(desk: Desk) -> None:
    id, code = await desk.settled(), await shown_code(desk.father)
    body, signed = {"code": code, "bill": BILL}, desk.till.headers
    async with desk.unchanged():
        for key in BAD_KEYS:
            for path, content in (("settlements", body), (f"settlements/{id}/reversal", {})):
                headers = [(name.encode(), it.encode()) for name, it in signed().items()]
                if key is not None:
                    headers.append((b"Idempotency-Key", key.encode()))
                answer = await desk.api.post(f"/v1/counter/{path}", json=content, headers=headers)
                no(answer, (400, "idempotency.key_missing"), (path, key))
    assert (await desk.till.settle(code, **BILL)).status_code == 201


SHUT = "UPDATE institution SET open_from = $1, open_until = $2 WHERE code = 'H53060200009'"


@pytest.mark.parametrize(("begins", "ends"), [(-9, -1), (1, None), (1, 9)])
async def test_an_institution_settles_while_its_agreement_runs(
    desk: Desk, clock: Clock, begins: int, ends: int | None
) -> None:
    closed = await till(desk.api, desk.world, "H53060200009")
    today = business_date(clock())
    days = [None if n is None else today + timedelta(days=n) for n in (begins, ends)]
    await rows(desk.world.database, SHUT, *days)
    await refused_here(desk, closed, (403, "institution.closed"))
    await rows(desk.world.database, SHUT, today, today)
    clock.move(seconds=31)
    assert (await closed.settle(await shown_code(desk.father), **BILL)).status_code == 201


async def refused_here(desk: Desk, at: Till, expected: tuple[int, str], **bill: Any) -> Any:
    """Quoted and settled, with a code of its own; answers the problem."""
    body = {"code": await shown_code(desk.father), "bill": {**BILL, **bill}}
    async with desk.unchanged():
        for path in PATHS:
            no(answer := await at.post(path, body), expected, path)
    return answer.json()


@pytest.mark.parametrize(
    ("place", "bill", "refusal"),
    [
        ({"services": ["inpatient"]}, {}, "institution.service_not_agreed"),
        ({"patient_areas": ("61", "5301")}, {}, "institution.area_not_agreed"),
        ({"services": ["vaccine"]}, {"service": "vaccine"}, "settlement.service_not_payable"),
        ({"area": "530100", "away": False}, {}, "institution.not_for_away_patients"),
        ({"area": "610100"}, {}, "settlement.filing_needed"),
    ],
)
async def test_what_may_not_be_settled_here(
    desk: Desk, place: dict[str, Any], bill: dict[str, Any], refusal: str
) -> None:
    there = await till(desk.api, desk.world, "H53060200009", **place)
    problem = await refused_here(desk, there, (422, refusal), **bill)
    assert bool(problem["clause"]) == refusal.startswith("settlement."), "a rule is named"


async def test_away_from_home_only_with_a_filing_for_there(desk: Desk) -> None:
    """昆明 for a patient insured in 昭通."""
    there = await till(desk.api, desk.world, "H53010000001", area="530100")
    needed = (422, "settlement.filing_needed")
    assert "异地就医备案" in (await refused_here(desk, there, needed))["clause"]
    wish = {"reason": "temporary", "begins_on": business_date(desk.world.clock()).isoformat()}
    (await desk.father.post("/v1/filings", {**wish, "to_area": "610100"})).raise_for_status()
    await refused_here(desk, there, needed)
    code = await shown_code(desk.father)
    no(await there.settle(code, key="message-0001", **BILL), needed, code)
    (await desk.father.post("/v1/filings", {**wish, "to_area": "530100"})).raise_for_status()
    assert (await there.settle(code, key="message-0001", **BILL)).status_code == 201


async def test_a_message_says_one_thing(desk: Desk) -> None:
    code = await shown_code(desk.father)
    settled = await desk.till.settle(code, key="message-0001", **BILL)
    id, next_code = settled.json()["id"], await shown_code(desk.father)
    part = await desk.till.reverse(id, amount_fen=300, key="message-0002")
    assert part.status_code == 200
    orders = [{"code": code, "bill": {**BILL, "total_fen": 999}}]
    orders += [{"code": code, "bill": {**BILL, "fund_fen": 0}}, {"code": next_code, "bill": BILL}]
    async with desk.unchanged():
        for key in ("message-0001", "message-0002"):
            for body in orders:
                no(await desk.till.post("/settlements", body, key=key), REUSED, (key, body))
            no(await desk.till.reverse(id, key=key), REUSED, key)
            no(await desk.till.reverse(id, amount_fen=200, key=key), REUSED, key)
    again = await desk.till.reverse(id, amount_fen=300, key="message-0002")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (part.json(), "true")
    assert (await desk.till.settle(next_code, **BILL)).status_code == 201


async def test_a_refund_that_may_not_be(desk: Desk) -> None:
    id, nothing = await desk.settled(), (str(uuid4()), "1", "%00")
    await desk.till.reverse(id, amount_fen=400)
    path = f"/settlements/{id}/reversal"
    async with desk.unchanged():
        for amount in (601, 1000, 10**12):
            no(await desk.till.reverse(id, amount_fen=amount), EXCEEDS, amount)
        for wrong in (0, -1, 10**12 + 1, 1.5, "100", True, [1]):
            no(await desk.till.post(path, {"amount_fen": wrong}), INVALID, wrong)
        no(await desk.till.post(path, {"amount": 100}), INVALID, "unknown field")
        for at, which in ((desk.other, id), *((desk.till, one) for one in nothing)):
            no(await at.reverse(which), NOT_FOUND, which)
            no(await at.get(f"/settlements/{which}"), NOT_FOUND, which)
    assert (await desk.till.get(f"/settlements/{id}")).json()["id"] == id
    assert (await desk.till.reverse(id, amount_fen=600)).json()["total_fen"] == 600
    no(await desk.till.reverse(id, amount_fen=1), EXCEEDS, "nothing is left")
    assert not await discrepancies(desk.world)
