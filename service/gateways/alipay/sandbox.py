"""A stand-in for Alipay's gateway that speaks its protocol, so that their own SDKs can use it.

What arrives is checked as the gateway checks it; what it does then is in `sandbox_methods`.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, Router, get, post, route
from litestar.params import JSONBody
from msgspec import Struct

from service.gateways import CertifiedIdentity
from service.gateways.alipay import wire
from service.gateways.alipay.sandbox_methods import Call, Node, Phones, SentMessage, failure
from service.gateways.sandbox import Switches, switching

_NEEDED = {
    "method": "isv.missing-method",
    "app_id": "isv.missing-app-id",
    "sign_type": "isv.missing-signature-type",
    "sign": "isv.missing-signature",
    "timestamp": "isv.missing-timestamp",
    "version": "isv.missing-version",
}


class SandboxApp(Struct, frozen=True, kw_only=True):
    """A mini-program the stand-in knows: the app's public key in PEM, its AES key in base64.

    `templates`: the message templates it was granted; None grants any.
    """

    app_id: str
    public_key: str
    aes_key: str | None = None
    templates: frozenset[str] | None = None


class AuthCodeRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """Someone opens the mini-program on this phone; with both of the last two, certified."""

    app_id: str
    phone: str
    id_number: str | None = None
    name: str | None = None


class AuthCode(Struct, kw_only=True):
    code: str
    open_id: str


class ConsentRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """From now on the user takes `times` more messages of this template; 0 takes it back."""

    app_id: str
    phone: str
    template_id: str
    times: int


class AlipaySandbox:
    """`private_key` (PEM) is the platform's own; the apps hold its public half."""

    def __init__(
        self,
        apps: Sequence[SandboxApp],
        *,
        private_key: str,
        switches: Switches,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`clock` tells an aware time. `switches` needs an entry "alipay"."""
        self._apps = {app.app_id: app for app in apps}
        self._verifiers = {app.app_id: wire.public_key(app.public_key) for app in apps}
        self._signer = wire.private_key(private_key)
        self._switches = switches
        self._clock = clock
        self._phones = Phones(clock=clock)

    def router(self) -> Router:
        """Everything below /alipay; the pages that start with `_` are not Alipay's."""

        @route("/gateway.do", http_method=["GET", "POST"], status_code=200)
        async def gateway(request: Request[Any, Any, Any]) -> Response[bytes]:
            parameters = _parameters(request.scope["query_string"], await request.body())
            return Response(self._answer(parameters), media_type="text/html;charset=utf-8")

        @post("/_phone/auth-code", status_code=200)
        async def auth_code(data: JSONBody[AuthCodeRequest]) -> AuthCode:
            certified = None
            if data.id_number and data.name:
                certified = CertifiedIdentity(id_number=data.id_number, name=data.name)
            code, open_id = self._phones.open_app(
                data.phone, app_id=data.app_id, certified=certified
            )
            return AuthCode(code=code, open_id=open_id)

        @post("/_phone/consent", status_code=204)
        async def consent(data: JSONBody[ConsentRequest]) -> None:
            self._phones.consent(
                data.phone, app_id=data.app_id, template_id=data.template_id, times=data.times
            )

        @get("/_book")
        async def book() -> dict[str, list[SentMessage]]:
            return {"messages": self._phones.messages}

        return Router(
            "/alipay",
            route_handlers=[gateway, auth_code, consent, book],
            middleware=[switching(self._switches, "alipay")],
        )

    def signed_notify(self, fields: Mapping[str, str], *, app_id: str) -> dict[str, str]:
        """A notification as Alipay would post it: the form's fields, signed."""
        form = {
            "notify_id": secrets.token_hex(17),
            "notify_time": wire.timestamp(self._clock()),
            "charset": "utf-8",
            "version": "1.0",
            "app_id": app_id,
            **fields,
        }
        signature = wire.sign(wire.notify_text(form), key=self._signer)
        return {**form, "sign_type": "RSA2", "sign": signature}

    def _answer(self, parameters: dict[str, str]) -> bytes:
        method = parameters.get("method", "")
        fault = self._fault(parameters)
        if fault is not None:
            return self._sealed(fault, method=method)
        app = self._apps[parameters["app_id"]]
        aes_key = app.aes_key if parameters.get("encrypt_type") == "AES" else None
        content = parameters.get("biz_content")
        if aes_key is not None and content:
            try:
                content = wire.decrypt(content, aes_key=aes_key)
            except ValueError:
                fault = failure(wire.PARAMETER_INVALID, "isv.invalid-encrypt", "解密异常")
                return self._sealed(fault, method=method)
        call = Call(
            app_id=app.app_id,
            parameters=parameters,
            content=content or "{}",
            templates=app.templates,
        )
        node = self._phones.methods[method](call)
        return self._sealed(node, method=method, aes_key=aes_key if content else None)

    def _fault(self, parameters: Mapping[str, str]) -> Node | None:
        """What the gateway itself finds wrong, before any method is reached."""
        for name, sub_code in _NEEDED.items():
            if not parameters.get(name):
                return failure(wire.PARAMETER_MISSING, sub_code, f"缺少{name}参数")
        invalid = wire.PARAMETER_INVALID
        if parameters["app_id"] not in self._apps:
            return failure(invalid, "isv.invalid-app-id", "无效的AppID参数")
        if parameters["method"] not in self._phones.methods:
            return failure(invalid, "isv.invalid-method", "不存在的方法名")
        if parameters["sign_type"] != "RSA2":
            return failure(invalid, "isv.invalid-signature-type", "无效的签名类型")
        if not _is_timestamp(parameters["timestamp"]):
            return failure(invalid, "isv.invalid-timestamp", "非法的时间戳参数")
        return self._distrust(parameters, self._apps[parameters["app_id"]])

    def _distrust(self, parameters: Mapping[str, str], app: SandboxApp) -> Node | None:
        text = wire.signing_text(parameters)
        verifier = self._verifiers[app.app_id]
        if not wire.is_signed(text, signature=parameters["sign"], key=verifier):
            message = f"验签出错,网关生成的验签字符串为:{text}"
            return failure(wire.PARAMETER_INVALID, wire.SIGNATURE_INVALID, message)
        if parameters.get("encrypt_type", "AES") != "AES":
            return failure(wire.PARAMETER_INVALID, "isv.invalid-encrypt-type", "无效的加密类型")
        if parameters.get("encrypt_type") and app.aes_key is None:
            return failure(wire.PARAMETER_MISSING, "isv.missing-encrypt-key", "缺少加密配置")
        return None

    def _sealed(self, node: Node, *, method: str, aes_key: str | None = None) -> bytes:
        """The answer: node and signature. Slashes are escaped, as theirs are; sealed text not."""
        text = msgspec.json.encode(node).decode().replace("/", r"\/")
        if aes_key is not None:
            text = f'"{wire.encrypt(text, aes_key=aes_key)}"'
        failed_token = method == wire.OAUTH_TOKEN and "sub_code" in node
        known = method in self._phones.methods and not failed_token
        name = wire.answer_node(method) if known else wire.ERROR_NODE
        return f'{{"{name}":{text},"sign":"{wire.sign(text, key=self._signer)}"}}'.encode()


def _parameters(query: bytes, body: bytes) -> dict[str, str]:
    """Parameters may be split over the query string and the form, as the caller likes."""
    parts = [part.decode("latin-1") for part in (query, body)]
    return {k: v for part in parts for k, v in parse_qsl(part, keep_blank_values=True)}


def _is_timestamp(text: str) -> bool:
    try:
        datetime.strptime(text, wire.TIMESTAMP).replace(tzinfo=wire.CHINA)
    except ValueError:
        return False
    return True
