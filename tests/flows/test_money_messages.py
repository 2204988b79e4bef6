"""Money that moved at a counter is told to patient and donors: once, with amounts, and no more."""

import asyncio
import contextlib
from collections import Counter
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from msgspec import Struct

from service import jobs
from service.development import TEMPLATES
from service.domain.calendar import SHANGHAI
from service.domain.institution import InstitutionKind
from service.domain.message import MessageKind, compose
from service.domain.money import FEN_MAX
from service.domain.person import mask_name
from service.flows.send_message import send_message
from service.flows.settle import settle
from service.flows.settle_together import Settled
from service.flows.tell_counter_events import tell_counter_events
from service.gateways import GatewayTrouble
from service.gateways.wechat import wire
from service.phone import Phone
from service.till import Till
from service.world import World
from tests.counter_scenes import credit, person_id, shown_code, till
from tests.flows.counter_families import families, order_of
from tests.flows.dying import Crash, Steps, dying_world
from tests.people import Cast
from tests.scenes import rows

TOLD = "SELECT person_id, kind, amount_fen FROM message WHERE event_id IS NOT NULL"
MONEY: tuple[MessageKind, ...] = ("money_used", "money_returned")


class Scene(Struct, frozen=True):
    """A father with 30 yuan and a donor with 100, who both allow messages; a hospital's till."""

    world: World
    donor: Phone
    father: Phone
    binding_id: str
    till: Till
    ids: dict[str, UUID]

    async def settled(self, total_fen: int) -> str:
        code = await shown_code(self.father)
        answer = await self.till.settle(code, service="outpatient", total_fen=total_fen)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def told(self) -> list[tuple[str, str, int]]:
        """Who is told which sum."""
        who = {id: handle for handle, id in self.ids.items()}
        found = await rows(self.world.database, TOLD)
        return sorted((who[row["person_id"]], row["kind"], row["amount_fen"]) for row in found)

    async def received(self, phone: Phone) -> list[dict[str, str]]:
        """The fields of the messages about money that reached this phone, in their order."""
        book = (await phone._sandboxes.get(f"/{phone.channel}/_book")).json()["messages"]
        money = [TEMPLATES[kind] for kind in MONEY]
        return [
            message["fields"]
            for message in book
            if message["phone"] == phone.phone and message["template_id"] in money
        ]


@pytest_asyncio.fixture
async def scene(cast: Cast, api: httpx.AsyncClient, world: World) -> Scene:
    run = uuid4().hex
    donor, father = [
        await cast.confirmed(f"zhaotong_{who}", device=run) for who in ("donor", "father")
    ]
    binding_id = await cast.bound(donor, "zhaotong_father", "51")
    ids = {who: await person_id(world, f"zhaotong_{who}") for who in ("donor", "father")}
    await credit(world, ids["donor"], 10_000)
    await credit(world, ids["father"], 3000)
    await rows(world.database, "DELETE FROM pgqueuer")
    for phone in (donor, father):
        for kind in MONEY:
            await phone.accept_messages(TEMPLATES[kind], times=9)
    return Scene(world, donor, father, binding_id, await till(api, world), ids)


async def pending(world: World) -> list[UUID]:
    """The messages that wait to be sent."""
    statement = "SELECT payload FROM pgqueuer WHERE entrypoint = 'send_message' ORDER BY id"
    return [UUID(bytes=row["payload"]) for row in await rows(world.database, statement)]


async def test_the_worker_tells_both_sides_what_was_paid_and_returned(scene: Scene) -> None:
    stop = asyncio.Event()
    worker = asyncio.create_task(jobs.work(scene.world, stop=stop))
    id = await scene.settled(9000)
    phones = (scene.donor, scene.father)
    with contextlib.suppress(asyncio.CancelledError):
        async with asyncio.timeout(15):
            while not all([len(await scene.received(phone)) == 1 for phone in phones]):
                await asyncio.sleep(0.05)
            (await scene.till.reverse(id, amount_fen=6500)).raise_for_status()
            while not all([len(await scene.received(phone)) == 2 for phone in phones]):
                await asyncio.sleep(0.05)
    stop.set()
    await asyncio.wait_for(worker, timeout=8)
    used, returned = await scene.received(scene.donor)
    assert (used["thing1"], returned["thing1"]) == ("个人账户支付了医药费", "医药费退回个人账户")
    assert (used["amount5"], returned["amount5"]) == ("60.00元", "60.00元")
    for fields in (used, returned):
        assert (fields["thing2"], fields["thing6"]) == ("**己", "医院")
        assert "12393" in fields["thing4"]
        at = datetime.strptime(fields["time3"], "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)
        assert abs((datetime.now(UTC) - at).total_seconds()) < 120
    theirs = [fields["amount5"] for fields in await scene.received(scene.father)]
    assert theirs == ["90.00元", "65.00元"]
    assert not await rows(scene.world.database, "SELECT FROM counter_event")
    outcomes = await rows(scene.world.database, f"{TOLD} AND outcome = 'sent'")
    assert len(outcomes) == 4


async def test_each_is_told_their_own_part(scene: Scene) -> None:
    id = await scene.settled(14_000)
    assert await tell_counter_events(scene.world) == 1
    used = [("donor", "money_used", 10_000), ("father", "money_used", 13_000)]
    assert await scene.told() == used
    (await scene.till.reverse(id, amount_fen=1000)).raise_for_status()
    assert await tell_counter_events(scene.world) == 1
    assert await scene.told() == used, "cash is handed back where it was paid"
    (await scene.donor.post(f"/v1/bindings/{scene.binding_id}/end")).raise_for_status()
    (await scene.till.reverse(id)).raise_for_status()
    assert await tell_counter_events(scene.world) == 1
    returned = [("donor", "money_returned", 10_000), ("father", "money_returned", 13_000)]
    assert await scene.told() == sorted(used + returned), "after the binding ended too"


async def test_who_paid_nothing_is_told_nothing(scene: Scene) -> None:
    await scene.settled(2000)
    await tell_counter_events(scene.world)
    assert await scene.told() == [("father", "money_used", 2000)]


async def test_a_bill_in_cash_is_no_message(scene: Scene) -> None:
    (await scene.donor.post(f"/v1/bindings/{scene.binding_id}/end")).raise_for_status()
    await scene.settled(3000)
    await tell_counter_events(scene.world)
    before = await scene.told()
    (await scene.till.reverse(await scene.settled(500))).raise_for_status()
    assert await tell_counter_events(scene.world) == 2
    assert await tell_counter_events(scene.world) == 0
    assert await scene.told() == before


async def test_telling_twice_and_two_at_once_tell_once(scene: Scene) -> None:
    id = await scene.settled(9000)
    await scene.till.reverse(id)
    told = await asyncio.gather(*(tell_counter_events(scene.world) for _ in range(4)))
    assert sum(told) == 2
    assert await tell_counter_events(scene.world) == 0
    assert Counter(kind for _, kind, _ in await scene.told()) == dict.fromkeys(MONEY, 2)
    waiting = await pending(scene.world)
    assert len(set(waiting)) == len(waiting) == 4
    for message_id in waiting:
        assert await send_message(scene.world, message_id) == "sent"
        assert await send_message(scene.world, message_id) is None
    for phone in (scene.donor, scene.father):
        assert len(await scene.received(phone)) == 2


async def test_an_event_that_comes_back_is_not_told_again(scene: Scene) -> None:
    """As if its deletion had been lost: the message's own uniqueness holds."""
    await scene.settled(9000)
    [event] = await rows(scene.world.database, "SELECT * FROM counter_event")
    await tell_counter_events(scene.world)
    first = await pending(scene.world)
    await rows(scene.world.database, "INSERT INTO counter_event VALUES ($1,$2,$3,$4,$5)", *event)
    assert await tell_counter_events(scene.world) == 1
    assert (len(await scene.told()), await pending(scene.world)) == (2, first)


async def test_more_events_than_one_turn_takes(world: World) -> None:
    donors = [uuid4() for _ in range(130)]
    patients = await families(world, [[it] for it in donors], credits=dict.fromkeys(donors, 5000))
    orders = [await order_of(world, patient) for patient in patients]
    outcomes = await asyncio.gather(*(settle(world, order) for order in orders))
    assert all(isinstance(outcome, Settled) for outcome in outcomes)
    told = await asyncio.gather(*(tell_counter_events(world) for _ in range(3)))
    assert sorted(told) == [0, 30, 100]
    each = Counter(row["person_id"] for row in await rows(world.database, TOLD))
    assert each == dict.fromkeys([*donors, *(patient.id for patient in patients)], 1)
    assert len(await pending(world)) == 260


@pytest.mark.parametrize("fatal", [1, 2, 3])
async def test_a_crash_while_telling_loses_and_doubles_nothing(scene: Scene, fatal: int) -> None:
    await scene.settled(9000)
    steps = Steps(fatal)
    with pytest.raises(Crash):
        await tell_counter_events(dying_world(scene.world, steps))
    expected = [("donor", "money_used", 6000), ("father", "money_used", 9000)]
    done = steps.taken[-1] == "after the commit"
    assert await scene.told() == (expected if done else [])
    assert await tell_counter_events(scene.world) == (0 if done else 1)
    assert await scene.told() == expected
    assert len(await pending(scene.world)) == 2


@pytest.mark.parametrize("mode", ["down", "garbage", "lose_answer"])
async def test_what_could_not_be_sent_waits(
    scene: Scene, sandboxes: httpx.AsyncClient, mode: str
) -> None:
    await scene.settled(9000)
    await tell_counter_events(scene.world)
    first, _ = await pending(scene.world)
    await sandboxes.post("/_switches/wechat", json={"mode": mode, "delay_seconds": 1})
    with pytest.raises(GatewayTrouble):
        await send_message(scene.world, first)
    assert not await rows(scene.world.database, f"{TOLD} AND outcome IS NOT NULL")
    await sandboxes.post("/_switches/wechat", json={"mode": "ok"})
    assert await send_message(scene.world, first) == "sent"


@pytest.mark.parametrize("kind", MONEY)
@pytest.mark.parametrize("place", get_args(InstitutionKind))
def test_fields_fit_what_wechat_allows(kind: MessageKind, place: InstitutionKind) -> None:
    at = datetime(2026, 12, 31, 16, tzinfo=UTC)
    for name in ("测试甲", "阿卜杜勒·" * 5, "𠮷"):
        for amount in (1, 99, 123_456, FEN_MAX - 1):
            relative = mask_name(name)
            fields = compose(kind, relative=relative, at=at, amount_fen=amount, place=place)
            sent = {field: wire.shape(field, text) for field, text in fields.items()}
            assert wire.acceptable(sent), sent
            assert all(len(text) <= 20 for text in sent.values())
            cut = {field for field, text in fields.items() if sent[field] != text}
            assert cut <= ({"thing2"} if len(relative) > 20 else set())
