"""Our side of Alipay: asynchronous, bounded in time, and every answer's signature checked."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

import httpx
import msgspec
from msgspec import Struct

from service.boundary import assert_outside_transaction
from service.gateways import (
    CertifiedIdentity,
    ChannelMessage,
    ChannelUser,
    Delivery,
    GatewayTrouble,
    SignInRefused,
)
from service.gateways.alipay import wire
from service.gateways.http import new_client

AnyOutcome = TypeVar("AnyOutcome", bound=wire.Outcome)


class AlipayApp(Struct, frozen=True, kw_only=True):
    """One mini-program: our private key, Alipay's public key (both PEM), content key (base64)."""

    app_id: str
    private_key: str
    alipay_public_key: str
    aes_key: str | None = None

    def __repr__(self) -> str:
        """Without the keys, which must not reach a log."""
        return f"AlipayApp(app_id={self.app_id!r})"


class AlipayGateway:
    """A `Channel`. Access tokens live for one call of `sign_in` and are kept nowhere."""

    def __init__(
        self,
        apps: Sequence[AlipayApp],
        *,
        gateway: str,
        http: httpx.AsyncClient | None = None,
        timeout: float = 5.0,
        check_identity: bool = True,
    ) -> None:
        """`gateway` is the full URL; `timeout` bounds one method as a whole, in seconds.

        `check_identity`: ask who the user is, where the app has that permission. An `http` that
        is handed in is not closed here. Raises ValueError when a key cannot be read.
        """
        self._apps = {app.app_id: app for app in apps}
        self._signers = {app.app_id: wire.private_key(app.private_key) for app in apps}
        self._verifiers = {app.app_id: wire.public_key(app.alipay_public_key) for app in apps}
        self._gateway = gateway
        self._owns_http = http is None
        self._http = http or new_client(timeout=timeout, proxies=True)
        self._timeout = timeout
        self._check_identity = check_identity

    async def sign_in(self, code: str, *, app_id: str) -> ChannelUser | SignInRefused:
        """Exchange an auth code. Alipay does not tell a used code from an unknown one."""
        assert_outside_transaction()
        app = self._app(app_id)
        async with self._in_time():
            fields = {"grant_type": "authorization_code", "code": code}
            token = await self._call(app, wire.OAUTH_TOKEN, fields, wire.TokenAnswer)
            if token.sub_code == wire.CODE_INVALID:
                return SignInRefused(reason="code_invalid")
            if token.code != wire.SUCCESS or not (token.access_token and token.subject):
                raise _trouble("oauth.token", token)
            if not self._check_identity:
                return ChannelUser(subject=token.subject)
            certified = await self._certified(app, token.access_token)
        return ChannelUser(subject=token.subject, certified=certified)

    async def send(self, message: ChannelMessage, *, app_id: str, subject: str) -> Delivery:
        """Send a template message, its content encrypted where the app has a key for it."""
        assert_outside_transaction()
        app = self._app(app_id)
        content = wire.template_message(
            subject, template_id=message.template_id, page=message.page, fields=message.fields
        )
        async with self._in_time():
            fields = _content_fields(content, aes_key=app.aes_key)
            outcome = await self._call(app, wire.TEMPLATE_MESSAGE_SEND, fields, wire.Outcome)
        return _delivery(outcome)

    async def close(self) -> None:
        """Close the connections this gateway opened."""
        if self._owns_http:
            await self._http.aclose()

    async def _certified(self, app: AlipayApp, access_token: str) -> CertifiedIdentity | None:
        fields = {"auth_token": access_token}
        user = await self._call(app, wire.USER_INFO_SHARE, fields, wire.UserAnswer)
        if user.code not in (wire.SUCCESS, wire.NO_PERMISSION):
            raise _trouble("user.info.share", user)
        if user.code == wire.NO_PERMISSION or not user.is_identified:
            return None
        return CertifiedIdentity(id_number=user.cert_no.upper(), name=user.user_name)

    async def _call(
        self, app: AlipayApp, method: str, fields: Mapping[str, str], answer: type[AnyOutcome]
    ) -> AnyOutcome:
        form = {
            "app_id": app.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": wire.timestamp(datetime.now(UTC)),
            "version": "1.0",
            **fields,
        }
        form["sign"] = wire.sign(wire.signing_text(form), key=self._signers[app.app_id])
        return self._read(await self._post(form), app, method, answer)

    async def _post(self, form: dict[str, str]) -> bytes:
        """Only the charset goes into the URL: URLs are logged on the way, bodies are not."""
        charset = {"charset": form.pop("charset")}
        try:
            response = await self._http.post(self._gateway, params=charset, data=form)
        except httpx.HTTPError as error:
            raise GatewayTrouble("alipay", f"no answer: {type(error).__name__}") from None
        if response.status_code != httpx.codes.OK:
            raise GatewayTrouble("alipay", f"HTTP {response.status_code}")
        return response.content

    def _read(
        self, body: bytes, app: AlipayApp, method: str, answer: type[AnyOutcome]
    ) -> AnyOutcome:
        try:
            node = wire.signed_node(body.decode(), method=method)
            verifier = self._verifiers[app.app_id]
            if not wire.is_signed(node.text, signature=node.signature, key=verifier):
                raise GatewayTrouble("alipay", "the answer is not signed by the platform")
            return msgspec.json.decode(wire.opened(node.text, aes_key=app.aes_key), type=answer)
        except ValueError:
            raise GatewayTrouble("alipay", "the answer is not in the format") from None

    def _app(self, app_id: str) -> AlipayApp:
        if app_id not in self._apps:
            raise GatewayTrouble("alipay", "the app is not configured")
        return self._apps[app_id]

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except TimeoutError:
            raise GatewayTrouble("alipay", "no answer in time") from None


def _content_fields(content: str, *, aes_key: str | None) -> dict[str, str]:
    if aes_key is None:
        return {"biz_content": content}
    return {"biz_content": wire.encrypt(content, aes_key=aes_key), "encrypt_type": "AES"}


def _delivery(outcome: wire.Outcome) -> Delivery:
    if outcome.code == wire.SUCCESS:
        return Delivery(outcome="sent")
    if outcome.code != wire.BUSINESS_FAILED or outcome.sub_code == wire.SYSTEM_ERROR:
        raise _trouble("templatemessage.send", outcome)
    if outcome.sub_code in wire.UNWANTED:
        return Delivery(outcome="refused", code=outcome.sub_code)
    return Delivery(outcome="rejected", code=outcome.sub_code)


def _trouble(what: str, outcome: wire.Outcome) -> GatewayTrouble:
    return GatewayTrouble("alipay", f"{what}: {outcome.in_short()}")
