"""The family code on a phone: who may show whose, for how long, and what the picture says."""

import json
import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
import zxingcpp
from litestar import Litestar
from msgspec import structs
from PIL import Image

from service.domain.family_code import CodeHolder
from service.family_codes import code_digest
from service.gateways.platform.population import PEOPLE
from service.phone import Phone
from service.world import World
from tests.conftest import Clock
from tests.counter_scenes import HOSPITAL, PHARMACY, person_id, shown_code
from tests.people import Cast
from tests.scenes import code_of, rows

PATH = "/v1/family-codes"
SHAPE = re.compile(r"[a-z2-7]{16}\.[A-Za-z0-9_-]{22}")
NOBODY = (422, "family_code.nobody_to_show")


async def shown(phone: Phone, **body: Any) -> dict[str, Any]:
    answer = await phone.post(PATH, body)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def delegated(owner: Phone, handle: str) -> str:
    """The owner lets this relative show their code."""
    named = {"name": PEOPLE[handle].name, "id_number": PEOPLE[handle].id_number}
    answer = await owner.post("/v1/code-delegations", named)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def kept(world: World) -> list[bytes]:
    """The keys of all codes that live."""
    redis: Any = world.limits._redis
    found: list[bytes] = await redis.keys("*:family-code")
    return found


async def holder_of(world: World, code: str, counter: str = HOSPITAL) -> CodeHolder:
    holder = await world.family_codes.take(code, counter=counter)
    assert isinstance(holder, CodeHolder), holder
    return holder


async def showings(world: World) -> list[tuple[Any, ...]]:
    """Who showed whose code by which delegation, and the digest of the code."""
    statement = (
        "SELECT actor_id, subject_id, detail->>'code_delegation', detail->>'code' FROM audit"
        " WHERE act = 'family_code.shown' AND actor_kind = 'citizen' AND subject_kind = 'person'"
        " ORDER BY id"
    )
    return [tuple(row) for row in await rows(world.database, statement)]


def drawn(svg: str) -> Image.Image:
    """The picture as a phone draws it: the path's rows of modules, each module eight pixels."""
    size = re.search(r'width="(\d+)" height="(\d+)"', svg)
    path = re.search(r'transform="scale\((\d+)\)"[^>]* d="([^"]+)"', svg)
    assert size, svg
    assert path, svg
    scale = int(path[1])
    image = Image.new("L", (int(size[1]), int(size[2])), 255)
    x = y = 0.0
    step = re.compile(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?")
    assert step.sub("", path[2]) == "", "nothing but moves and horizontal lines"
    for command, across, down in step.findall(path[2]):
        if command == "M":
            x, y = float(across), float(down)
        elif command == "m":
            x, y = x + float(across), y + float(down)
        else:
            left, top = round(x * scale), round((y - 0.5) * scale)
            image.paste(0, (left, top, left + round(float(across) * scale), top + scale))
            x += float(across)
    return image


async def test_a_code_needs_a_fresh_confirmation(cast: Cast, world: World, clock: Clock) -> None:
    assert code_of(await cast.phone("zhaotong_father").post(PATH))[0] == 401
    stranger = cast.phone("zhaotong_father")
    await stranger.sign_in()
    assert code_of(await stranger.post(PATH)) == (403, "session.credential_needed")
    phone = await cast.linked("zhaotong_father")
    assert code_of(await phone.post(PATH)) == (403, "session.confirmation_needed")
    await phone.confirm()
    await shown(phone)
    clock.move(seconds=world.settings.confirmed_seconds)
    assert code_of(await phone.post(PATH)) == (403, "session.confirmation_needed")


async def test_a_code_says_whose_it_is_and_how_long(cast: Cast, world: World, clock: Clock) -> None:
    view = await shown(await cast.confirmed("zhaotong_father"))
    assert SHAPE.fullmatch(view["content"])
    assert (view["expires_in"], view["patient"]) == (60, "**己")
    assert view["expires_at"].endswith("+08:00")
    assert view["sentence"] == "这是**己的家庭码，请在 60 秒内给收费窗口扫一次。"
    assert "都不能借给他人" in view["warning"]
    rules = world.policies.at(clock().date(), "530600")
    assert rules is not None
    assert view["clause"] == rules.card_lending_allowed.reference
    assert "《医疗保障基金使用监督管理条例》" in view["clause"]
    [key] = await kept(world)
    assert 59_000 < await world.limits._redis.pttl(key) <= 60_000


async def test_the_picture_says_the_content_and_nothing_of_the_person(
    cast: Cast, world: World
) -> None:
    phone = await cast.confirmed("zhaotong_father")
    views = [await shown(phone) for _ in range(3)]
    father, id = PEOPLE["zhaotong_father"], await person_id(world, "zhaotong_father")
    for view in views:
        [read] = zxingcpp.read_barcodes(drawn(view["svg"]))
        assert (read.text, read.format) == (view["content"], zxingcpp.BarcodeFormat.QRCode)
        open_text = view["content"] + view["svg"]
        for told in (father.name, father.id_number, father.id_number[6:14], str(id), id.hex):
            assert told not in open_text
        assert phone.token not in open_text
    assert len({view["content"] for view in views}) == 3


async def test_a_new_code_kills_the_old_one(cast: Cast, world: World) -> None:
    phone = await cast.confirmed("zhaotong_father")
    first, second = [await shown_code(phone) for _ in range(2)]
    assert len(await kept(world)) == 1
    assert await world.family_codes.take(first, counter=HOSPITAL) == "unknown"
    holder = await holder_of(world, second)
    assert holder.patient.id == await person_id(world, "zhaotong_father")
    assert (holder.patient.scheme, holder.patient.person_kind) == ("employee", "retired")
    assert (holder.patient.area, holder.delegate_id) == ("530600", None)


async def test_a_delegate_shows_the_owners_code_and_is_named_in_the_audit(
    cast: Cast, world: World
) -> None:
    owner, delegate = await cast.confirmed("zhaotong_father"), await cast.confirmed("zhaotong_son")
    delegation = await delegated(owner, "zhaotong_son")
    own = await shown_code(owner)
    view = await shown(delegate, code_delegation_id=delegation)
    assert view["patient"] == "**己"
    assert await world.family_codes.take(own, counter=HOSPITAL) == "unknown", "one code a person"
    holder = await holder_of(world, view["content"])
    father, son = [await person_id(world, f"zhaotong_{who}") for who in ("father", "son")]
    assert (holder.patient.id, holder.delegate_id) == (father, son)
    mine = await shown_code(delegate)
    assert (await holder_of(world, mine)).patient.id == son
    assert await holder_of(world, view["content"]) == holder, "the delegate's own is another"
    assert await showings(world) == [
        (father, father, None, code_digest(own).hex()),
        (son, father, delegation, code_digest(view["content"]).hex()),
        (son, son, None, code_digest(mine).hex()),
    ]


async def test_whose_code_may_not_be_shown(cast: Cast, world: World) -> None:
    owner, delegate = await cast.confirmed("zhaotong_father"), await cast.confirmed("zhaotong_son")
    delegation = await delegated(owner, "zhaotong_son")
    other = await cast.confirmed("zhaotong_spouse")
    for phone, id in ((owner, delegation), (other, delegation), (delegate, str(uuid4()))):
        assert code_of(await phone.post(PATH, {"code_delegation_id": id})) == NOBODY
    (await owner.post(f"/v1/code-delegations/{delegation}/end")).raise_for_status()
    answer = await delegate.post(PATH, {"code_delegation_id": delegation})
    assert code_of(answer) == NOBODY
    assert "授权" in answer.json()["detail"]
    assert (await kept(world), await showings(world)) == ([], [])


async def test_the_end_of_a_delegation_voids_the_code_shown(cast: Cast, world: World) -> None:
    owner, delegate = await cast.confirmed("zhaotong_father"), await cast.confirmed("zhaotong_son")
    delegation = await delegated(owner, "zhaotong_son")
    mine = await shown_code(delegate)
    theirs = await shown_code(delegate, code_delegation_id=delegation)
    (await owner.post(f"/v1/code-delegations/{delegation}/end")).raise_for_status()
    assert await world.family_codes.take(theirs, counter=PHARMACY) == "unknown"
    await holder_of(world, mine)
    await holder_of(world, await shown_code(owner))


@pytest.mark.parametrize(
    ("handle", "refusal"),
    [
        ("zhaotong_suspended", "family_code.not_insured"),
        ("zhaotong_sibling", "family_code.not_insured"),
        ("guangzhou_stranger", "area.not_served"),
    ],
)
async def test_who_is_not_insured_here_gets_no_code(
    cast: Cast, world: World, handle: str, refusal: str
) -> None:
    phone = await cast.confirmed(handle)
    assert code_of(await phone.post(PATH)) == (422, refusal)
    assert (await kept(world), await showings(world)) == ([], [])


async def test_codes_are_limited_by_the_hour_and_the_citizen(
    cast: Cast, world: World, app: Litestar
) -> None:
    few = structs.replace(world.settings, family_codes_per_hour=3)
    phone, other = await cast.confirmed("zhaotong_father"), await cast.confirmed("zhaotong_son")
    app.state.world = replace(world, settings=few)
    codes = [await shown_code(phone) for _ in range(3)]
    answer = await phone.post(PATH)
    assert code_of(answer) == (429, "request.too_many")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    await holder_of(world, codes[-1])
    await shown_code(other)


@pytest.mark.parametrize("mode", ["down", "garbage", "lose_answer"])
async def test_without_the_platform_there_is_no_code_and_the_old_one_lives(
    cast: Cast, world: World, sandboxes: httpx.AsyncClient, mode: str
) -> None:
    phone = await cast.confirmed("zhaotong_father")
    old = await shown_code(phone)
    switch = {"mode": mode, "delay_seconds": 1}
    (await sandboxes.post("/_switches/platform", json=switch)).raise_for_status()
    answer = await phone.post(PATH)
    assert code_of(answer) == (503, "outside.platform")
    assert int(answer.headers["Retry-After"]) > 0
    assert "content" not in answer.json()
    assert (len(await kept(world)), len(await showings(world))) == (1, 1)
    await holder_of(world, old)


@pytest.mark.parametrize(
    "body",
    [{"code_delegation_id": "1"}, {"code_delegation_id": 1}, {"person": "x"}, [], "x", None],
    ids=repr,
)
async def test_a_wrong_body_shows_nothing(cast: Cast, world: World, body: Any) -> None:
    phone = await cast.confirmed("zhaotong_father")
    headers = {**phone._headers(), "Content-Type": "application/json"}
    answer = await cast.api.post(PATH, content=json.dumps(body), headers=headers)
    assert code_of(answer) == (400, "request.invalid")
    assert await kept(world) == []
