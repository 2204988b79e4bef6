"""The cast: people of the sandbox population by handle, their phones, and shortcuts to a scene."""

from typing import Any

import httpx
import pyotp

from service.development import SHAANXI_ALIPAY, YUNNAN_WECHAT
from service.flows.add_clerk import NewClerk, add_clerk
from service.gateways.platform.population import PEOPLE
from service.phone import Phone
from service.world import World


class Cast:
    """`phone` gives a phone not yet signed in; the others go on from there."""

    def __init__(self, api: httpx.AsyncClient, sandboxes: httpx.AsyncClient, world: World) -> None:
        self.api, self.sandboxes, self.world = api, sandboxes, world

    def phone(self, handle: str, *, channel: str = "wechat", device: str = "") -> Phone:
        person = PEOPLE[handle]
        return Phone(
            self.api,
            self.sandboxes,
            channel=channel,
            app_id=YUNNAN_WECHAT if channel == "wechat" else SHAANXI_ALIPAY,
            phone=f"{handle}{device}",
            id_number=person.id_number,
            certified=(person.id_number, person.name) if channel == "alipay" else None,
        )

    async def linked(self, handle: str, **more: str) -> Phone:
        """Signed in and linked: level 2."""
        return await self.phone(handle, **more).enter()

    async def confirmed(self, handle: str, **more: str) -> Phone:
        """Level 3."""
        phone = await self.linked(handle, **more)
        (await phone.confirm()).raise_for_status()
        return phone

    @staticmethod
    def application(handle: str, relation: str, **more: Any) -> dict[str, Any]:
        person = PEOPLE[handle]
        named = {"name": person.name, "id_number": person.id_number, "relation": relation}
        return {"beneficiary": named, **more}

    async def applied(self, phone: Phone, handle: str, relation: str, **more: Any) -> str:
        """The id of a new application."""
        answer = await phone.post("/v1/bindings", self.application(handle, relation, **more))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def bound(self, phone: Phone, handle: str, relation: str, **more: Any) -> str:
        """The id of a signed binding; the phone must be confirmed."""
        binding_id = await self.applied(phone, handle, relation, **more)
        answer = await phone.sign(binding_id)
        assert answer.status_code == 200, answer.text
        return binding_id

    async def clerk(self, login: str, *roles: str, area: str) -> "Clerk":
        """A hall clerk, added and signed in."""
        added = await add_clerk(self.world, login, roles=roles, area=area)
        assert added is not None
        clerk = Clerk(self.api, self.world, added)
        (await clerk.sign_in()).raise_for_status()
        return clerk


class Clerk(Phone):
    """A clerk's desk: the same verbs over another session."""

    def __init__(self, api: httpx.AsyncClient, world: World, added: NewClerk) -> None:
        super().__init__(api, api, channel="hall", app_id="", phone="", id_number="")
        self.added, self._world = added, world

    async def sign_in(self, **wrong: str) -> httpx.Response:
        code = pyotp.TOTP(self.added.totp_secret).at(self._world.clock())
        body = {
            "login": self.added.login,
            "password": self.added.password,
            "one_time_code": code,
            **wrong,
        }
        answer = await self._api.post("/v1/hall/sessions", json=body)
        if answer.is_success:
            self.token = answer.json()["token"]
        return answer
