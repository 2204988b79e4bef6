"""The WeChat client against its sandbox, over real HTTP and a real token store."""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from service.boundary import transaction_open
from service.gateways import ChannelMessage, ChannelUser, Delivery, SignInRefused
from service.gateways.sandbox import Mode
from service.gateways.wechat import WeChatApp, WeChatGateway, wire
from tests.gateways.wechat_platform import APP, MESSAGE, TEMPLATE, Scene, subject_of, trouble_of

pytest_plugins = ["tests.gateways.wechat_platform"]


async def test_sign_in_is_one_request_and_tells_the_same_person_again(scene: Scene) -> None:
    gateway = scene.gateway()
    subject = await subject_of(scene, gateway)
    assert scene.book()["upstream_requests"] == 1
    assert await subject_of(scene, gateway) == subject
    other = await gateway.sign_in(scene.code("phone-b"), app_id=APP.app_id)
    assert other != ChannelUser(subject=subject)
    assert scene.book()["logins"] == 3


async def test_codes_are_refused_when_used_unknown_empty_or_old(scene: Scene) -> None:
    gateway = scene.gateway()
    code = scene.code()
    await gateway.sign_in(code, app_id=APP.app_id)
    assert await gateway.sign_in(code, app_id=APP.app_id) == SignInRefused(reason="code_used")
    invalid = SignInRefused(reason="code_invalid")
    assert await gateway.sign_in("made-up", app_id=APP.app_id) == invalid
    assert await gateway.sign_in("", app_id=APP.app_id) == invalid
    late = scene.code()
    scene.now += timedelta(minutes=5, seconds=1)
    assert await gateway.sign_in(late, app_id=APP.app_id) == invalid


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        (WeChatApp(app_id=APP.app_id, secret="wrong"), "errcode 40125"),
        (WeChatApp(app_id="wx-unknown", secret="any"), "errcode 40013"),
    ],
)
async def test_our_own_wrong_configuration_is_trouble(
    scene: Scene, app: WeChatApp, reason: str
) -> None:
    gateway = scene.gateway(app)
    signing_in = await trouble_of(gateway.sign_in(scene.code(), app_id=app.app_id))
    sending = await trouble_of(gateway.send(MESSAGE, app_id=app.app_id, subject="someone"))
    assert signing_in.reason == sending.reason == reason


@pytest.mark.parametrize("errcode", [-1, 45011])
async def test_system_errors_are_trouble(scene: Scene, errcode: int) -> None:
    scene.tap("next-errcode", errcode=errcode)
    trouble = await trouble_of(scene.gateway().sign_in(scene.code(), app_id=APP.app_id))
    assert trouble.reason == f"errcode {errcode}"
    assert await subject_of(scene, scene.gateway())


async def test_an_answer_without_openid_is_garbage(scene: Scene) -> None:
    scene.tap("next-errcode", errcode=0)
    trouble = await trouble_of(scene.gateway().sign_in(scene.code(), app_id=APP.app_id))
    assert trouble.reason == "garbage"


async def test_a_message_arrives_with_its_fields_shaped(scene: Scene) -> None:
    gateway = scene.gateway()
    subject = await subject_of(scene, gateway)
    scene.consent()
    fields = {
        "thing1": "长" * 21,
        "thing2": "一行\n两行",
        "phrase3": "已经全部支付",
        "name4": "甲" * 11,
        "character_string5": "编号 A-" + "7" * 40,
        "amount6": "￥12.50元",
        "time7": "2026年1月5日 17:00",
    }
    message = ChannelMessage(template_id=TEMPLATE, page="pages/one", fields=fields)
    sent = await gateway.send(message, app_id=APP.app_id, subject=subject)
    assert sent == Delivery(outcome="sent")
    [shown] = scene.book()["messages"]
    assert shown["phone"] == "phone-a"
    assert shown["fields"] == {
        "thing1": "长" * 19 + "…",
        "thing2": "一行 两行",
        "phrase3": "已经全部支",
        "name4": "甲" * 10,
        "character_string5": "A-" + "7" * 30,
        "amount6": "￥12.50元",
        "time7": "2026年1月5日 17:00",
    }


async def test_a_number_too_long_is_left_to_be_rejected(scene: Scene) -> None:
    gateway = scene.gateway()
    subject = await subject_of(scene, gateway)
    scene.consent()
    message = ChannelMessage(template_id=TEMPLATE, page="", fields={"amount1": "1" * 11})
    answer = await gateway.send(message, app_id=APP.app_id, subject=subject)
    assert answer == Delivery(outcome="rejected", code="47003")


async def test_what_cannot_be_delivered_says_why(scene: Scene) -> None:
    gateway = scene.gateway()
    subject = await subject_of(scene, gateway)

    async def send(to: str) -> Delivery:
        return await gateway.send(MESSAGE, app_id=APP.app_id, subject=to)

    assert await send(subject) == Delivery(outcome="rejected", code="40037")
    scene.consent()
    assert await send("nobody") == Delivery(outcome="rejected", code="40003")
    assert await send(subject) == Delivery(outcome="sent")
    assert await send(subject) == Delivery(outcome="refused", code="43101")


async def test_two_gateways_share_one_token_and_none_is_rejected(scene: Scene) -> None:
    gateways = [scene.gateway(), scene.gateway()]
    subject = await subject_of(scene, gateways[0])
    scene.consent(times=9)

    async def send(number: int) -> Delivery:
        return await gateways[number % 2].send(MESSAGE, app_id=APP.app_id, subject=subject)

    assert set(await asyncio.gather(*map(send, range(8)))) == {Delivery(outcome="sent")}
    book = scene.book()
    tokens = book["stable_token_requests"]
    assert book["upstream_requests"] == 1 + 8 + tokens
    await send(8)
    assert scene.book()["stable_token_requests"] == tokens


@pytest.mark.parametrize("revoked", [True, False], ids=["revoked", "expired"])
async def test_a_stale_token_is_renewed_once(scene: Scene, revoked: bool) -> None:
    gateway = scene.gateway()
    subject = await subject_of(scene, gateway)
    scene.consent(times=2)
    await gateway.send(MESSAGE, app_id=APP.app_id, subject=subject)
    if revoked:
        scene.tap("revoke-tokens")
    else:
        scene.now += timedelta(hours=2)
    before = scene.book()["upstream_requests"]
    sent = await gateway.send(MESSAGE, app_id=APP.app_id, subject=subject)
    assert sent == Delivery(outcome="sent")
    assert scene.book()["upstream_requests"] == before + 3


async def test_a_token_that_stays_stale_is_given_up(scene: Scene) -> None:
    scene.tap("next-errcode", errcode=40001, times=100, path=wire.SUBSCRIBE_SEND)
    gateway = scene.gateway()
    trouble = await trouble_of(gateway.send(MESSAGE, app_id=APP.app_id, subject="someone"))
    assert trouble.reason == "errcode 40001"
    assert scene.book()["upstream_requests"] == 4


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("slow", "timeout"),
        ("lose_answer", "timeout"),
        ("down", "http status"),
        ("garbage", "garbage"),
    ],
)
async def test_misbehaviour_is_trouble_in_bounded_time(
    scene: Scene, mode: Mode, reason: str
) -> None:
    gateway = scene.gateway()
    code = scene.code()
    scene.misbehave(mode)
    began = time.monotonic()
    signing_in = await trouble_of(gateway.sign_in(code, app_id=APP.app_id))
    sending = await trouble_of(gateway.send(MESSAGE, app_id=APP.app_id, subject="someone"))
    assert signing_in.reason == sending.reason == reason
    assert time.monotonic() - began < 1.2


async def test_waiting_for_a_free_thread_is_bounded_too(scene: Scene) -> None:
    gateway = scene.gateway(threads=1, timeout=(0.1, 0.1))
    scene.misbehave("slow")
    began = time.monotonic()
    calls = (trouble_of(gateway.sign_in("any", app_id=APP.app_id)) for _ in range(20))
    reasons = {trouble.reason for trouble in await asyncio.gather(*calls)}
    assert reasons == {"timeout", "busy"}
    assert time.monotonic() - began < 1


async def test_nobody_there_and_no_token_store_are_trouble(scene: Scene) -> None:
    no_store = Redis(unix_socket_path="/nonexistent/socket", retry=Retry(NoBackoff(), 0))
    gateway = scene.gateway(token_store=no_store)
    sending = await trouble_of(gateway.send(MESSAGE, app_id=APP.app_id, subject="someone"))
    assert sending.reason == "token store"
    scene.url = "http://127.0.0.1:1"
    signing_in = await trouble_of(scene.gateway().sign_in("any", app_id=APP.app_id))
    assert signing_in.reason == "unreachable"


async def test_neither_call_is_made_inside_a_transaction(scene: Scene) -> None:
    gateway = scene.gateway()
    with transaction_open():
        with pytest.raises(AssertionError):
            await gateway.sign_in("any", app_id=APP.app_id)
        with pytest.raises(AssertionError):
            await gateway.send(MESSAGE, app_id=APP.app_id, subject="someone")
    assert scene.book()["upstream_requests"] == 0


async def test_no_secret_reaches_a_log_or_an_exception(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    for name in (None, "urllib3", "wechatpy"):  # the service itself keeps these two quiet
        caplog.set_level(logging.DEBUG, logger=name)
    gateway = scene.gateway()
    code = scene.code()
    subject = await subject_of(scene, gateway)
    scene.consent()
    await gateway.send(MESSAGE, app_id=APP.app_id, subject=subject)
    calls: list[Callable[[WeChatGateway], Awaitable[object]]] = [
        lambda gateway: gateway.sign_in(code, app_id=APP.app_id),
        lambda gateway: gateway.send(MESSAGE, app_id=APP.app_id, subject=subject),
    ]
    told = [repr(APP)]
    for mode in ("slow", "down", "garbage"):
        scene.misbehave(mode)
        for call in calls:
            trouble = await trouble_of(call(gateway))
            told += traceback.format_exception(trouble)
            assert trouble.__context__ is None
    scene.url = "http://127.0.0.1:1"
    told += traceback.format_exception(await trouble_of(calls[0](scene.gateway())))
    records = [r for r in caplog.records if not r.name.startswith(("uvicorn", "httpx", "httpcore"))]
    assert any(record.name == "urllib3.connectionpool" for record in records)
    told += [logging.Formatter().format(record) for record in records]
    token = scene.token_store.get(f"gongji:wechat:{APP.app_id}_access_token")
    assert isinstance(token, bytes)
    for secret in (APP.secret, code, subject, token.decode().strip('"')):
        assert not [line for line in told if secret in line]
