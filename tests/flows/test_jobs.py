"""Background jobs: each may run twice and has one effect; trouble outside changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from service.development import TEMPLATES
from service.domain.calendar import business_date, start_of
from service.flows.check_kinship import check_kinship
from service.flows.expire_bindings import expire_bindings
from service.flows.purge_requests import purge_requests
from service.flows.send_message import send_message
from service.gateways import GatewayTrouble
from service.personal import name_purpose
from service.phone import Phone
from service.world import World
from tests.conftest import Clock
from tests.people import Cast

DONOR = "panzhihua_donor"


@pytest_asyncio.fixture
async def book(own_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(own_database)
    yield connection
    await connection.close()


async def reviewed(cast: Cast, handle: str, relation: str) -> UUID:
    """A signed binding whose kinship is to be checked against the platform's data."""
    donor = await cast.confirmed(DONOR)
    return UUID(await cast.bound(donor, handle, relation))


Found = tuple[str, str, list[str], int]


async def state(book: asyncpg.Connection, binding_id: UUID) -> Found:
    """State, review, what was audited after signing, and how many were told."""
    row = await book.fetchrow("SELECT state, review FROM binding WHERE id = $1", binding_id)
    assert row is not None
    acts = await book.fetch(
        "SELECT act FROM audit WHERE subject_id = $1 AND act NOT IN ('binding.applied',"
        " 'binding.sign_for_review') ORDER BY id",
        binding_id,
    )
    told = await book.fetchval("SELECT count(*) FROM message WHERE binding_id = $1", binding_id)
    return row["state"], row["review"], [act for (act,) in acts], told


APPROVED: Found = ("active", "data_check", ["binding.approve"], 2)
SENT_TO_CLERK: Found = ("under_review", "clerk", ["binding.sent_to_clerk"], 0)
UNTOUCHED: Found = ("under_review", "data_check", [], 0)


@pytest.mark.parametrize(
    ("handle", "relation", "answer", "after"),
    [
        ("panzhihua_grown_child", "30", "confirmed", APPROVED),
        ("panzhihua_spouse", "52", "not_confirmed", SENT_TO_CLERK),
    ],
)
async def test_the_platforms_answer_decides_once_however_often_it_is_asked(
    cast: Cast,
    world: World,
    book: asyncpg.Connection,
    handle: str,
    relation: str,
    answer: str,
    after: Found,
) -> None:
    binding_id = await reviewed(cast, handle, relation)
    assert await state(book, binding_id) == UNTOUCHED
    assert answer in await asyncio.gather(*(check_kinship(world, binding_id) for _ in range(3)))
    assert await state(book, binding_id) == after
    assert await check_kinship(world, binding_id) is None
    assert await state(book, binding_id) == after


async def test_whom_the_platform_has_no_data_of_a_clerk_reviews(
    cast: Cast, world: World, book: asyncpg.Connection
) -> None:
    binding_id = await reviewed(cast, "panzhihua_grown_child", "30")
    person_id = await book.fetchval("SELECT beneficiary_id FROM binding")
    renamed = world.vault.seal("测试旧名", purpose=name_purpose(person_id))
    await book.execute("UPDATE person SET name_sealed = $1 WHERE id = $2", renamed, person_id)
    assert await check_kinship(world, binding_id) == "no_data"
    assert await state(book, binding_id) == SENT_TO_CLERK
    detail = await book.fetchval("SELECT detail FROM audit WHERE act = 'binding.sent_to_clerk'")
    assert detail == '{"answer": "no_data"}'


@pytest.mark.parametrize("mode", ["down", "garbage", "lose_answer"])
async def test_a_kinship_check_without_an_answer_changes_nothing(
    cast: Cast, world: World, book: asyncpg.Connection, sandboxes: httpx.AsyncClient, mode: str
) -> None:
    binding_id = await reviewed(cast, "panzhihua_grown_child", "30")
    switch = {"mode": mode, "delay_seconds": 1, "times": 1}
    await sandboxes.post("/_switches/platform", json=switch)
    with pytest.raises(GatewayTrouble):
        await check_kinship(world, binding_id)
    assert await state(book, binding_id) == UNTOUCHED
    assert await check_kinship(world, binding_id) == "confirmed"


async def announced(cast: Cast, book: asyncpg.Connection, channel: str) -> tuple[Phone, UUID, UUID]:
    """A donor's phone, and the messages of a new binding: the donor's, the beneficiary's."""
    phone = await cast.confirmed("zhaotong_donor", channel=channel, device=uuid4().hex)
    await cast.bound(phone, "zhaotong_spouse", "12")
    messages = {
        column: await book.fetchval(
            f"SELECT m.id FROM message m JOIN binding b ON m.person_id = b.{column}"
        )
        for column in ("donor_id", "beneficiary_id")
    }
    await consent(phone, times=0)
    return phone, messages["donor_id"], messages["beneficiary_id"]


async def consent(phone: Phone, *, times: int) -> None:
    body = {"app_id": phone.app_id, "phone": phone.phone, "times": times}
    body["template_id"] = TEMPLATES["binding_active"]
    answer = await phone._sandboxes.post(f"/{phone.channel}/_phone/consent", json=body)
    answer.raise_for_status()


async def received(phone: Phone) -> list[dict[str, Any]]:
    """The messages that reached this phone; Alipay's book does not name phones: the last one."""
    messages: list[dict[str, Any]] = (await phone._sandboxes.get(f"/{phone.channel}/_book")).json()[
        "messages"
    ]
    if phone.channel == "wechat":
        return [m for m in messages if m["phone"] == phone.phone]
    return messages[-1:]


@pytest.mark.parametrize("channel", ["wechat", "alipay"])
async def test_a_message_is_sent_once_after_consent(
    cast: Cast, world: World, book: asyncpg.Connection, channel: str
) -> None:
    phone, mine, _ = await announced(cast, book, channel)
    await consent(phone, times=5)
    assert await send_message(world, mine) == "sent"
    assert await send_message(world, mine) is None
    (message,) = await received(phone)
    assert message["fields"]["thing1"] == "家庭共济已生效"
    assert "测试乙" not in str(message)
    assert await book.fetchval("SELECT outcome FROM message WHERE id = $1", mine) == "sent"


@pytest.mark.parametrize("channel", ["wechat", "alipay"])
async def test_a_message_nobody_consented_to_or_has_a_phone_for_is_settled(
    cast: Cast, world: World, book: asyncpg.Connection, channel: str
) -> None:
    _, mine, theirs = await announced(cast, book, channel)
    assert await send_message(world, mine) == "refused"
    assert await send_message(world, theirs) == "no_account"
    assert [await send_message(world, m) for m in (mine, theirs, uuid4())] == [None] * 3
    outcomes = await book.fetch("SELECT outcome FROM message ORDER BY 1")
    assert [outcome for (outcome,) in outcomes] == ["no_account", "refused"]


async def test_a_message_the_channel_could_not_take_waits(
    cast: Cast, world: World, book: asyncpg.Connection, sandboxes: httpx.AsyncClient
) -> None:
    phone, mine, _ = await announced(cast, book, "wechat")
    await consent(phone, times=1)
    await sandboxes.post("/_switches/wechat", json={"mode": "down"})
    with pytest.raises(GatewayTrouble):
        await send_message(world, mine)
    assert await book.fetchval("SELECT outcome FROM message WHERE id = $1", mine) is None
    await sandboxes.post("/_switches/wechat", json={"mode": "ok"})
    assert await send_message(world, mine) == "sent"


async def test_bindings_end_at_midnight_in_shanghai_after_their_last_day(
    cast: Cast, world: World, book: asyncpg.Connection, clock: Clock
) -> None:
    phone = await cast.confirmed("zhaotong_donor")
    last = business_date(clock()) + timedelta(days=10)
    ends: dict[str, Any] = {"ends_on": last.isoformat()}
    await cast.bound(phone, "zhaotong_spouse", "12", **ends)
    paused = await cast.bound(phone, "zhaotong_child", "30", **ends)
    (await phone.post(f"/v1/bindings/{paused}/changes", {"action": "pause"})).raise_for_status()
    await cast.applied(phone, "zhaotong_son", "20", **ends)
    await cast.bound(phone, "zhaotong_father", "51")

    clock.set(start_of(last + timedelta(days=1)) - timedelta(seconds=5))
    assert await expire_bindings(world) == 0
    clock.move(seconds=6)
    assert sum(await asyncio.gather(expire_bindings(world), expire_bindings(world))) == 3
    assert await expire_bindings(world) == 0
    rows = await book.fetch("SELECT state, ended_at IS NOT NULL FROM binding ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("ended", True),
        ("ended", True),
        ("withdrawn", True),
        ("active", False),
    ]
    assert await book.fetchval("SELECT count(*) FROM audit WHERE act = 'binding.expire'") == 3
    assert await book.fetchval("SELECT count(*) FROM message WHERE kind = 'binding_ended'") == 4


async def test_idempotency_keys_are_forgotten_after_a_day_and_effects_stay(
    cast: Cast, world: World, book: asyncpg.Connection, clock: Clock
) -> None:
    phone = await cast.linked("zhaotong_donor")
    await cast.applied(phone, "zhaotong_spouse", "12")
    clock.move(hours=23, minutes=59)
    assert await purge_requests(world) == 0
    clock.move(minutes=2)
    assert [await purge_requests(world), await purge_requests(world)] == [1, 0]
    assert await book.fetchval("SELECT count(*) FROM binding") == 1
