"""The platform sandbox, served, with what the tests turn."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from litestar import Litestar
from msgspec import Raw, Struct, json, structs

from service.gateways.platform import PlatformConfig, PlatformGateway, wire
from service.gateways.platform.population import population
from service.gateways.platform.sandbox import PlatformSandbox
from service.gateways.sandbox import Switch, Switches
from tests.serving import serving

TIMEOUT = 0.5


class Clock:
    """The present, moved by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class World:
    """One sandbox, its switches, its clock and how to reach it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.switches: Switches = {"platform": Switch()}
        self.config = PlatformConfig(
            base_url="http://127.0.0.1:1",
            paasid="gongji-test",
            secret="demo-secret-key-0001",
            institution_code="H53060200123",
            institution_name="测试机构",
            area="530600",
            operator="gongji",
        )
        self.sandbox = PlatformSandbox(
            self.config, people=population(), switches=self.switches, clock=self.clock
        )

    def reset(self) -> None:
        self.switches["platform"] = Switch()
        self.clock.ahead = timedelta()

    def gateway(
        self, config: PlatformConfig | None = None, *, http: httpx.AsyncClient | None = None
    ) -> PlatformGateway:
        return PlatformGateway(config or self.config, http=http, timeout=TIMEOUT, clock=self.clock)

    def answering(self, body: bytes, *, status: int = 200) -> PlatformGateway:
        """A gateway to a platform that always says this."""
        transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
        return self.gateway(http=httpx.AsyncClient(transport=transport))

    def headers(self, *, secret: str = "", nonce: str) -> dict[str, str]:
        return wire.signed_headers(
            self.config.paasid,
            secret=secret or self.config.secret,
            at=self.clock(),
            nonce=nonce,
        )

    def transaction(self, infno: str, query: Struct) -> bytes:
        now = self.clock()
        request = wire.FsiRequest(
            infno=infno,
            msgid=wire.message_id(self.config.institution_code, at=now, sequence=1),
            mdtrtarea_admvs=self.config.area,
            opter="t",
            opter_name="t",
            inf_time=wire.local_time(now),
            fixmedins_code=self.config.institution_code,
            fixmedins_name="t",
            input=wire.FsiInput(data=Raw(json.encode(query))),
        )
        return json.encode(request)

    async def post(self, path: str, body: bytes, *, headers: dict[str, str]) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            url = self.config.base_url + path
            answer = await client.post(url, content=body, headers=headers)
            assert answer.status_code == 200
            told: dict[str, Any] = answer.json()
            return told

    async def page(self, path: str) -> Any:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            return (await client.get(self.config.base_url + path)).json()

    async def credential_code(self, id_number: str) -> str:
        """What the phone of this person hands over."""
        body = json.encode({"id_number": id_number})
        answer = await self.post("/_phone/credential-code", body, headers={})
        return str(answer["code"])


@contextlib.contextmanager
def served_world() -> Iterator[World]:
    world = World()
    app = Litestar([world.sandbox.router()], openapi_config=None, logging_config=None)
    with serving(app) as url:
        world.config = structs.replace(world.config, base_url=f"{url}/platform")
        yield world
