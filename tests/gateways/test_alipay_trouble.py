"""Alipay's answers that cannot be trusted or do not come."""

import logging
import time
from collections.abc import Callable

import httpx
import msgspec
import pytest

from service.boundary import transaction_open
from service.gateways import Channel, ChannelUser, GatewayTrouble
from service.gateways.alipay import AlipayGateway
from service.gateways.sandbox import Mode
from tests.gateways.alipay_platform import (
    ID_NUMBER,
    MESSAGE,
    NAME,
    PLAIN_APP,
    Platform,
    key_pair,
    signed_in,
)

pytest_plugins = ["tests.gateways.alipay_platform"]


class Meddling(httpx.AsyncBaseTransport):
    """The network between us and the platform, in other hands."""

    def __init__(self, change: Callable[[bytes], bytes]) -> None:
        self._change = change
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._real.handle_async_request(request)
        return httpx.Response(answer.status_code, content=self._change(await answer.aread()))

    async def aclose(self) -> None:
        await self._real.aclose()


def flip_a_byte(body: bytes) -> bytes:
    at = body.index(b'open_id":"') + len(b'open_id":"')
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


def drop_the_signature(body: bytes) -> bytes:
    return body[: body.index(b',"sign"')] + b"}"


class TestTrouble:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (flip_a_byte, "not signed"),
            (drop_the_signature, "not in the format"),
            (lambda body: body + body, "not in the format"),
            (lambda body: body[:40], "not in the format"),
            (lambda body: b"[" * 100_000, "not in the format"),
            (lambda body: b'{"a":' * 100_000, "not in the format"),
            (lambda body: b"\xff", "not in the format"),
        ],
    )
    async def test_an_answer_changed_on_the_way(
        self, alipay_platform: Platform, change: Callable[[bytes], bytes], reason: str
    ) -> None:
        async with httpx.AsyncClient(transport=Meddling(change)) as http:
            gateway = AlipayGateway(
                [alipay_platform.app()], gateway=alipay_platform.gateway_url, http=http
            )
            with pytest.raises(GatewayTrouble, match=reason):
                await gateway.sign_in(await alipay_platform.auth_code(), app_id=PLAIN_APP)

    @pytest.mark.parametrize(
        ("mode", "reason"),
        [
            ("slow", "no answer in time"),
            ("lose_answer", "no answer in time"),
            ("down", "HTTP 503"),
            ("garbage", "not in the format"),
        ],
    )
    async def test_a_platform_that_misbehaves(
        self, alipay_gateway: Channel, alipay_platform: Platform, mode: Mode, reason: str
    ) -> None:
        async with httpx.AsyncClient(timeout=None) as http:
            gateway = AlipayGateway(
                [alipay_platform.app()], gateway=alipay_platform.gateway_url, http=http, timeout=0.8
            )
            subject = await signed_in(alipay_gateway, alipay_platform)
            await alipay_platform.consent(1)
            before = len(await alipay_platform.messages())
            alipay_platform.press(mode)
            started = time.monotonic()
            with pytest.raises(GatewayTrouble, match=reason):
                await gateway.send(MESSAGE, app_id=PLAIN_APP, subject=subject)
            assert time.monotonic() - started < 2.0
        acted = mode in ("lose_answer", "garbage")
        assert len(await alipay_platform.messages()) == before + acted

    async def test_our_key_is_wrong(self, alipay_platform: Platform) -> None:
        app = alipay_platform.app(private_key=key_pair().private)
        gateway = AlipayGateway([app], gateway=alipay_platform.gateway_url)
        with pytest.raises(GatewayTrouble, match=r"40002 isv\.invalid-signature"):
            await gateway.sign_in(await alipay_platform.auth_code(), app_id=PLAIN_APP)
        # The complaint quotes what was sent, slashes escaped: still read as signed.
        with pytest.raises(GatewayTrouble, match=r"40002 isv\.invalid-signature"):
            await gateway.send(MESSAGE, app_id=PLAIN_APP, subject="someone")
        await gateway.close()

    async def test_apps_that_one_side_does_not_know(self, alipay_platform: Platform) -> None:
        gateway = AlipayGateway(
            [alipay_platform.app("2021999")], gateway=alipay_platform.gateway_url
        )
        with pytest.raises(GatewayTrouble, match=r"isv\.invalid-app-id"):
            await gateway.sign_in("code", app_id="2021999")
        with pytest.raises(GatewayTrouble, match="not configured"):
            await gateway.sign_in("code", app_id=PLAIN_APP)
        await gateway.close()

    async def test_nobody_is_there(self, alipay_platform: Platform) -> None:
        gateway = AlipayGateway([alipay_platform.app()], gateway="http://127.0.0.1:9/gateway.do")
        with pytest.raises(GatewayTrouble, match="ConnectError"):
            await gateway.sign_in("code", app_id=PLAIN_APP)
        await gateway.close()

    async def test_never_inside_a_transaction(self, alipay_gateway: Channel) -> None:
        with transaction_open():
            with pytest.raises(AssertionError):
                await alipay_gateway.sign_in("code", app_id=PLAIN_APP)
            with pytest.raises(AssertionError):
                await alipay_gateway.send(MESSAGE, app_id=PLAIN_APP, subject="someone")

    async def test_nothing_personal_in_logs_or_errors(
        self, alipay_platform: Platform, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        code = await alipay_platform.auth_code(certified=True)
        caplog.clear()
        bodies: list[bytes] = []
        transport = Meddling(lambda body: bodies.append(body) or body)  # type: ignore[func-returns-value]
        async with httpx.AsyncClient(transport=transport) as http:
            gateway = AlipayGateway(
                [alipay_platform.app()], gateway=alipay_platform.gateway_url, http=http
            )
            user = await gateway.sign_in(code, app_id=PLAIN_APP)
            assert isinstance(user, ChannelUser)
            app = alipay_platform.app(private_key=key_pair().private)
            wrong = AlipayGateway([app], gateway=alipay_platform.gateway_url, http=http)
            with pytest.raises(GatewayTrouble) as caught:
                await wrong.sign_in(code, app_id=PLAIN_APP)
        token = msgspec.json.decode(bodies[0])["alipay_system_oauth_token_response"]
        shown = caplog.text + str(caught.value) + repr(app)
        assert "gateway.do" in caplog.text
        for secret in (code, token["access_token"], user.subject, ID_NUMBER, NAME, "PRIVATE KEY"):
            assert secret not in shown
