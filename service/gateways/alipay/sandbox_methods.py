"""What the stand-in for Alipay knows of its users, and the methods that can be called on it."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from service.gateways import CertifiedIdentity
from service.gateways.alipay import wire

Node = dict[str, str]

CODE_LIFE = timedelta(hours=24)
TOKEN_LIFE = timedelta(days=15)

_MEANING = {
    wire.SUCCESS: "Success",
    wire.TOKEN_REFUSED: "Insufficient Token Permissions",
    wire.PARAMETER_MISSING: "Missing Required Arguments",
    wire.PARAMETER_INVALID: "Invalid Arguments",
    wire.BUSINESS_FAILED: "Business Failed",
    wire.NO_PERMISSION: "Insufficient Permissions",
}


class Call(Struct, frozen=True, kw_only=True):
    """One call that passed the gateway; `content` is biz_content, decrypted."""

    app_id: str
    parameters: Mapping[str, str]
    content: str
    templates: frozenset[str] | None


class Grant(Struct, frozen=True, kw_only=True):
    """An auth code or an access token: whose it is, in which app, and until when."""

    app_id: str
    open_id: str
    expires_at: datetime


class SentMessage(Struct, frozen=True, kw_only=True):
    """A message as it reached the phone."""

    app_id: str
    open_id: str
    template_id: str
    page: str
    fields: dict[str, str]


class CardQuery(Struct, frozen=True, kw_only=True):
    """biz_content of medical.card.query, as far as it is looked at."""

    open_id: str = ""
    buyer_id: str = ""
    card_org_no: str = ""


class Phones:
    """The users' phones: what was opened, consented to and received on them."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}
        self._users: dict[str, CertifiedIdentity | None] = {}
        self._consents: dict[tuple[str, str], int] = {}
        self.messages: list[SentMessage] = []
        self.methods: dict[str, Callable[[Call], Node]] = {
            wire.OAUTH_TOKEN: self.oauth_token,
            wire.USER_INFO_SHARE: self.user_info_share,
            wire.TEMPLATE_MESSAGE_SEND: self.template_message_send,
            wire.MEDICAL_CARD_QUERY: self.medical_card_query,
        }

    def open_app(
        self, phone: str, *, app_id: str, certified: CertifiedIdentity | None
    ) -> tuple[str, str]:
        """A fresh auth code, and the open_id: the same for a phone in one app, always."""
        user = open_id(phone, app_id=app_id)
        self._users[user] = certified or self._users.get(user)
        return self._granted(self._codes, user, app_id=app_id, life=CODE_LIFE), user

    def consent(self, phone: str, *, app_id: str, template_id: str, times: int) -> None:
        self._consents[open_id(phone, app_id=app_id), template_id] = times

    def oauth_token(self, call: Call) -> Node:
        if call.parameters.get("grant_type") != "authorization_code":
            return failure(wire.PARAMETER_INVALID, "isv.grant-type-invalid", "grant_type参数不正确")
        grant = self._codes.pop(call.parameters.get("code", ""), None)
        if grant is None or not self._holds(grant, call):
            return failure(wire.PARAMETER_INVALID, wire.CODE_INVALID, "授权码code无效")
        return {
            "access_token": self._granted(
                self._tokens, grant.open_id, app_id=call.app_id, life=TOKEN_LIFE
            ),
            "auth_start": wire.timestamp(self._clock()),
            "expires_in": str(int(TOKEN_LIFE.total_seconds())),
            "open_id": grant.open_id,
            "re_expires_in": str(int(2 * TOKEN_LIFE.total_seconds())),
            "refresh_token": secrets.token_hex(20),
        }

    def user_info_share(self, call: Call) -> Node:
        grant = self._tokens.get(call.parameters.get("auth_token", ""))
        if grant is None or grant.app_id != call.app_id:
            return failure(wire.TOKEN_REFUSED, "aop.invalid-auth-token", "无效的访问令牌")
        if not self._holds(grant, call):
            return failure(wire.TOKEN_REFUSED, "aop.auth-token-time-out", "访问令牌已过期")
        user = self._users[grant.open_id]
        if user is None:
            return failure(wire.NO_PERMISSION, wire.NO_ISV_PERMISSION, "ISV权限不足")
        return success(
            open_id=grant.open_id,
            user_name=user.name,
            cert_no=user.id_number,
            cert_type="0",
            is_certified="T",
            user_status="T",
        )

    def template_message_send(self, call: Call) -> Node:
        try:
            message = msgspec.json.decode(call.content, type=wire.TemplateMessage)
            keywords = msgspec.json.decode(message.data, type=dict[str, dict[str, str]])
        except msgspec.DecodeError:
            return failure(wire.PARAMETER_INVALID, "isv.invalid-parameter", "参数无效")
        if call.templates is not None and message.user_template_id not in call.templates:
            return failure(wire.BUSINESS_FAILED, wire.TEMPLATE_ILLEGAL, "模板非法")
        if not keywords or any("value" not in keyword for keyword in keywords.values()):
            return failure(wire.BUSINESS_FAILED, wire.KEYWORD_MISSING, "缺少关键词")
        user = message.to_open_id or message.to_user_id
        if not self._take_consent(user, message.user_template_id):
            return failure(wire.BUSINESS_FAILED, wire.NOT_SUBSCRIBED, "用户未订阅")
        self.messages.append(
            SentMessage(
                app_id=call.app_id,
                open_id=user,
                template_id=message.user_template_id,
                page=message.page,
                fields={name: keyword["value"] for name, keyword in keywords.items()},
            )
        )
        return success()

    def medical_card_query(self, call: Call) -> Node:
        try:
            query = msgspec.json.decode(call.content, type=CardQuery)
        except msgspec.DecodeError:
            return failure(wire.PARAMETER_INVALID, "isv.invalid-parameter", "参数无效")
        user = query.open_id or query.buyer_id
        if user not in self._users:
            return failure(wire.BUSINESS_FAILED, "USER_INFO_NOT_EXIST", "用户信息不存在")
        card = hashlib.sha256(user.encode()).hexdigest().upper()
        return success(
            open_id=user,
            medical_card_no=f"SBX{card[:9]}",
            medical_card_id=card[9:41],
            card_org_no=query.card_org_no or "530000",
            bind_status="BIND",
            sign_status="SIGNED",
        )

    def _granted(self, grants: dict[str, Grant], user: str, *, app_id: str, life: timedelta) -> str:
        key = secrets.token_hex(16)
        grants[key] = Grant(app_id=app_id, open_id=user, expires_at=self._clock() + life)
        return key

    def _holds(self, grant: Grant, call: Call) -> bool:
        return grant.app_id == call.app_id and self._clock() < grant.expires_at

    def _take_consent(self, user: str, template_id: str) -> bool:
        left = self._consents.get((user, template_id), 0)
        self._consents[user, template_id] = max(left - 1, 0)
        return left > 0


def open_id(phone: str, *, app_id: str) -> str:
    """Derived, so that the same phone is the same user after a restart."""
    digest = hashlib.sha256(f"{app_id}/{phone}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def success(**members: str) -> Node:
    return {"code": wire.SUCCESS, "msg": _MEANING[wire.SUCCESS], **members}


def failure(code: str, sub_code: str, sub_msg: str) -> Node:
    return {"code": code, "msg": _MEANING[code], "sub_code": sub_code, "sub_msg": sub_msg}
