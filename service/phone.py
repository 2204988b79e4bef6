"""A citizen's phone: what the mini-program does over HTTP, for the demo, the seed and the tests.

The codes that a real phone gets from WeChat, Alipay and the e-credential come from the sandboxes.
"""

import io
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image, ImageDraw


class Phone:
    """One phone with one mini-program on it. `token` is the session's after signing in."""

    def __init__(
        self,
        api: httpx.AsyncClient,
        sandboxes: httpx.AsyncClient,
        *,
        channel: str,
        app_id: str,
        phone: str,
        id_number: str,
        certified: tuple[str, str] | None = None,
    ) -> None:
        self._api, self._sandboxes = api, sandboxes
        self.channel, self.app_id, self.phone = channel, app_id, phone
        self.id_number, self.certified = id_number, certified
        self.token = ""

    async def get(self, path: str) -> httpx.Response:
        return await self._api.get(path, headers=self._headers())

    async def post(
        self, path: str, body: object | None = None, *, key: str | None = None
    ) -> httpx.Response:
        """A changing POST under a fresh Idempotency-Key, or `key` to repeat one."""
        headers = {**self._headers(), "Idempotency-Key": key or uuid4().hex}
        return await self._api.post(path, json={} if body is None else body, headers=headers)

    async def upload(
        self,
        path: str,
        fields: dict[str, str],
        image: bytes,
        *,
        key: str | None = None,
        name: str = "signature.png",
    ) -> httpx.Response:
        """One file and its fields, as wx.uploadFile and my.uploadFile send them."""
        headers = {**self._headers(), "Idempotency-Key": key or uuid4().hex}
        files = {"file": (name, image, "image/png")}
        return await self._api.post(path, data=fields, files=files, headers=headers)

    async def sign_in(self) -> httpx.Response:
        """wx.login or my.getAuthCode, then our session."""
        code = await self._channel_code()
        body = {"channel": self.channel, "app_id": self.app_id, "code": code}
        return self._keep_token(await self._api.post("/v1/sessions", json=body))

    async def link(self) -> httpx.Response:
        """Authorise with the e-credential and link it."""
        return await self._with_credential("/v1/sessions/credential")

    async def confirm(self) -> httpx.Response:
        """The face or password check again: level 3."""
        return await self._with_credential("/v1/sessions/confirm")

    async def enter(self) -> "Phone":
        """Sign in and link; any refusal is a fault of the story."""
        (await self.sign_in()).raise_for_status()
        (await self.link()).raise_for_status()
        return self

    async def sign(
        self, binding_id: str, *, image: bytes | None = None, digest: str | None = None
    ) -> httpx.Response:
        """Read the commitment, tick the notice, draw the signature, send both."""
        path = f"/v1/bindings/{binding_id}/commitment"
        if digest is None:
            shown = await self.get(path)
            shown.raise_for_status()
            digest = shown.json()["digest"]
        fields = {"notice_agreed": "true", "digest": digest}
        return await self.upload(path, fields, image or drawn_signature())

    async def accept_messages(self, template_id: str, *, times: int = 1) -> None:
        """Tap "allow" when the mini-program asks to send messages."""
        body = {
            "app_id": self.app_id,
            "phone": self.phone,
            "template_id": template_id,
            "times": times,
        }
        answer = await self._sandboxes.post(f"/{self.channel}/_phone/consent", json=body)
        answer.raise_for_status()

    async def messages(self, template_id: str) -> list[dict[str, Any]]:
        """Messages of this template that reached phones with this mini-program."""
        book = (await self._sandboxes.get(f"/{self.channel}/_book")).json()
        return [
            message
            for message in book["messages"]
            if (message["app_id"], message["template_id"]) == (self.app_id, template_id)
        ]

    async def credential_code(self) -> str:
        """What the phone's e-credential gives after its face or password check."""
        answer = await self._sandboxes.post(
            "/platform/_phone/credential-code", json={"id_number": self.id_number}
        )
        answer.raise_for_status()
        return str(answer.json()["code"])

    async def _channel_code(self) -> str:
        page = "login" if self.channel == "wechat" else "auth-code"
        body: dict[str, Any] = {"app_id": self.app_id, "phone": self.phone}
        if self.channel == "alipay" and self.certified is not None:
            body["id_number"], body["name"] = self.certified
        answer = await self._sandboxes.post(f"/{self.channel}/_phone/{page}", json=body)
        answer.raise_for_status()
        return str(answer.json()["code"])

    async def _with_credential(self, path: str) -> httpx.Response:
        body = {"credential_code": await self.credential_code()}
        return self._keep_token(await self._api.post(path, json=body, headers=self._headers()))

    def _keep_token(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            self.token = answer.json()["token"]
        return answer

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def drawn_signature() -> bytes:
    """A few strokes on a transparent canvas, as a phone's canvas gives them (PNG)."""
    canvas = Image.new("RGBA", (716, 360))
    draw = ImageDraw.Draw(canvas)
    for stroke in (((80, 90), (330, 100)), ((200, 60), (190, 300)), ((420, 80), (620, 280))):
        draw.line(stroke, fill=(20, 20, 20, 255), width=9)
    draw.arc((380, 60, 660, 320), 20, 250, fill=(20, 20, 20, 255), width=9)
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG")
    return buffer.getvalue()
