"""Alipay's stand-in, served for the tests, with the keys of both sides.

PYTEST_DONT_REWRITE: it is imported before it becomes a plugin.
"""

import base64
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from litestar import Litestar
from msgspec import Struct

from service.gateways import Channel, ChannelMessage, ChannelUser
from service.gateways.alipay import AlipayApp, AlipayGateway, wire
from service.gateways.alipay.sandbox import AlipaySandbox, SandboxApp
from service.gateways.sandbox import Mode, Switch, Switches
from tests.serving import serving

PLAIN_APP = "2021000000000001"
AES_APP = "2021000000000002"
NAME = "测试甲"
ID_NUMBER = "530602199001011239"
TEMPLATE = "TPL_SETTLED"
MESSAGE = ChannelMessage(
    template_id=TEMPLATE, page="pages/record/record?id=1", fields={"keyword1": "共济/支付"}
)


class KeyPair(Struct, frozen=True):
    private: str
    public: str


def key_pair() -> KeyPair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(private, public.decode())


class Platform:
    """The stand-in, served, with the keys of both sides."""

    def __init__(self) -> None:
        self.ours, self.theirs = key_pair(), key_pair()
        self.aes_key = base64.b64encode(secrets.token_bytes(16)).decode()
        self.switches: Switches = {"alipay": Switch()}
        self.late = timedelta()
        self.sandbox = AlipaySandbox(
            [
                SandboxApp(app_id=PLAIN_APP, public_key=self.ours.public),
                SandboxApp(
                    app_id=AES_APP,
                    public_key=self.ours.public,
                    aes_key=self.aes_key,
                    templates=frozenset({TEMPLATE}),
                ),
            ],
            private_key=self.theirs.private,
            switches=self.switches,
            clock=lambda: datetime.now(UTC) + self.late,
        )
        self.url = ""

    @property
    def gateway_url(self) -> str:
        return f"{self.url}/alipay/gateway.do"

    def app(self, app_id: str = PLAIN_APP, *, private_key: str | None = None) -> AlipayApp:
        return AlipayApp(
            app_id=app_id,
            private_key=private_key or self.ours.private,
            alipay_public_key=self.theirs.public,
            aes_key=self.aes_key if app_id == AES_APP else None,
        )

    def press(self, mode: Mode, *, delay_seconds: float = 2.5) -> None:
        self.switches["alipay"] = Switch(mode=mode, delay_seconds=delay_seconds, times=1)

    async def auth_code(self, *, certified: bool = False, app_id: str = PLAIN_APP) -> str:
        body = {"app_id": app_id, "phone": "13000000001" if certified else "13000000002"}
        if certified:
            body |= {"id_number": ID_NUMBER, "name": NAME}
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.url}/alipay/_phone/auth-code", json=body)
        return str(answer.raise_for_status().json()["code"])

    async def consent(self, times: int, *, app_id: str = PLAIN_APP) -> None:
        body = {"app_id": app_id, "phone": "13000000002", "template_id": TEMPLATE, "times": times}
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.url}/alipay/_phone/consent", json=body)
        answer.raise_for_status()

    async def messages(self) -> list[dict[str, object]]:
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{self.url}/alipay/_book")
        return list(answer.raise_for_status().json()["messages"])

    async def call(self, method: str, **parameters: str) -> dict[str, dict[str, str]]:
        """One signed request by hand: the common parameters in the URL, the rest in the form."""
        common = {
            "app_id": PLAIN_APP,
            "method": method,
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": "2026-01-01 08:00:00",
            "version": "1.0",
            **parameters,
        }
        text = wire.signing_text(common)
        common["sign"] = wire.sign(text, key=wire.private_key(self.ours.private))
        async with httpx.AsyncClient() as http:
            answer = await http.get(self.gateway_url, params=common)
        assert answer.status_code == 200
        return dict(answer.json())


@pytest.fixture(scope="session")
def served_alipay() -> Iterator[Platform]:
    platform = Platform()
    with serving(Litestar([platform.sandbox.router()], openapi_config=None)) as url:
        platform.url = url
        yield platform


@pytest.fixture
def alipay_platform(served_alipay: Platform) -> Iterator[Platform]:
    """The stand-in, with its switches and its clock put back afterwards."""
    yield served_alipay
    served_alipay.switches["alipay"] = Switch()
    served_alipay.late = timedelta()


@pytest_asyncio.fixture
async def alipay_gateway(alipay_platform: Platform) -> AsyncIterator[Channel]:
    apps = [alipay_platform.app(), alipay_platform.app(AES_APP)]
    gateway = AlipayGateway(apps, gateway=alipay_platform.gateway_url, timeout=5.0)
    yield gateway
    await gateway.close()


async def signed_in(gateway: Channel, platform: Platform, *, app_id: str = PLAIN_APP) -> str:
    code = await platform.auth_code(app_id=app_id)
    user = await gateway.sign_in(code, app_id=app_id)
    assert isinstance(user, ChannelUser)
    return user.subject
