"""A stand-in for WeChat's server API: real paths, real error codes, HTTP 200 with every answer.

Pages under `/wechat/_` are what a phone, an operator or an observer would do. State lives in the
instance; openids, codes and tokens are derived, so that a run can be repeated.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from litestar import Request, Router, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from litestar.types import Method
from msgspec import Struct

from service.gateways.sandbox import Switches, switching
from service.gateways.wechat import wire
from service.gateways.wechat.client import WeChatApp
from service.gateways.wechat.wire import ErrCode

Clock = Callable[[], datetime]
_now: Clock = partial(datetime.now, UTC)
Act = Callable[[Mapping[str, str], bytes], dict[str, Any]]


class Phone(Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody's phone showing one mini-program."""

    app_id: str
    phone: str


class Consent(Phone, kw_only=True, forbid_unknown_fields=True):
    """`wx.requestSubscribeMessage` accepted `times` times; each is good for one message."""

    template_id: str
    times: int = 1


class NextErrcode(Struct, kw_only=True, forbid_unknown_fields=True):
    """Answer the next `times` requests with `errcode`; only on paths that end with `path`."""

    errcode: int
    times: int = 1
    path: str = ""


class _Login(Struct, kw_only=True):
    openid: str
    at: datetime
    used: bool = False


class _Token(Struct, frozen=True, kw_only=True):
    value: str
    app_id: str
    issued_at: datetime


class _Refused(Exception):
    def __init__(self, errcode: int) -> None:
        super().__init__(errcode)
        self.answer = {"errcode": errcode, "errmsg": wire.errmsg(errcode)}


class WeChatSandbox:
    """WeChat for the apps it is given; `clock` tells an aware instant."""

    def __init__(self, apps: Sequence[WeChatApp], switches: Switches, clock: Clock = _now) -> None:
        self._secrets = {app.app_id: app.secret for app in apps}
        self._switches = switches
        self._clock = clock
        self._requests: Counter[str] = Counter()
        self._quotas: Counter[tuple[str, int]] = Counter()
        self._logins: dict[str, _Login] = {}
        self._phones: dict[tuple[str, str], str] = {}
        self._consents: Counter[tuple[str, str]] = Counter()
        self._templates: set[tuple[str, str]] = set()
        self._tokens: dict[str, _Token] = {}
        self._newest: dict[tuple[str, str], _Token] = {}
        self._issued = 0
        self._messages: list[dict[str, Any]] = []
        self._next_errcode = NextErrcode(errcode=0, times=0)

    def router(self) -> Router:
        """Everything under `/wechat`."""
        handlers = [
            self._wire("GET", wire.JSCODE2SESSION, self._jscode2session),
            self._wire("POST", wire.STABLE_TOKEN, self._stable_token),
            self._wire("GET", wire.TOKEN, self._classic_token),
            self._wire("POST", wire.SUBSCRIBE_SEND, self._subscribe_send),
            *self._pages(),
        ]
        switched = switching(self._switches, "wechat")
        return Router(
            "/wechat", route_handlers=handlers, middleware=[switched], include_in_schema=False
        )

    def _wire(self, method: Method, path: str, act: Act) -> HTTPRouteHandler:
        @HTTPRouteHandler(f"/{path}", http_method=method, status_code=200)
        async def answer(request: Request[Any, Any, Any]) -> dict[str, Any]:
            self._requests[path] += 1
            try:
                demand = self._next_errcode
                if demand.times > 0 and path.endswith(demand.path):
                    demand.times -= 1
                    raise _Refused(demand.errcode)
                return act(request.query_params, await request.body())
            except msgspec.DecodeError:
                return _Refused(ErrCode.INVALID_JSON).answer
            except _Refused as refused:
                return refused.answer

        return answer

    def _pages(self) -> list[HTTPRouteHandler]:
        @post("/_phone/login", status_code=200)
        async def login(data: JSONBody[Phone]) -> dict[str, str]:
            openid = self._openid(data)
            code = _derived("code", openid, len(self._logins))
            self._logins[code] = _Login(openid=openid, at=self._clock())
            return {"code": code}

        @post("/_phone/consent", status_code=204)
        async def consent(data: JSONBody[Consent]) -> None:
            self._consents[self._openid(data), data.template_id] += data.times
            self._templates.add((data.app_id, data.template_id))

        @post("/_revoke-tokens", status_code=204)
        async def revoke() -> None:
            self._tokens.clear()
            self._newest.clear()

        @post("/_next-errcode", status_code=204)
        async def next_errcode(data: JSONBody[NextErrcode]) -> None:
            self._next_errcode = data

        @get("/_book")
        async def book() -> dict[str, Any]:
            return {
                "messages": self._messages,
                "logins": sum(login.used for login in self._logins.values()),
                "stable_token_requests": self._requests[wire.STABLE_TOKEN],
                "token_requests": self._requests[wire.TOKEN],
                "upstream_requests": self._requests.total(),
            }

        return [login, consent, revoke, next_errcode, book]

    def _jscode2session(self, query: Mapping[str, str], _: bytes) -> dict[str, Any]:
        app_id = self._known_app(query, "authorization_code")
        code = query.get("js_code") or ""
        _refuse(not code, ErrCode.MISSING_CODE)
        login = self._logins.get(code)
        if login is None or self._clock() - login.at > wire.CODE_LIFE:
            raise _Refused(ErrCode.INVALID_CODE)
        _refuse((app_id, login.openid) not in self._phones, ErrCode.INVALID_CODE)
        _refuse(login.used, ErrCode.CODE_BEEN_USED)
        login.used = True
        return {"session_key": _derived("session", code, 0), "openid": login.openid}

    def _stable_token(self, _: Mapping[str, str], body: bytes) -> dict[str, Any]:
        question = msgspec.json.decode(body, type=wire.TokenQuestion)
        app_id = self._known_app(msgspec.to_builtins(question), "client_credential")
        self._spend(f"stable {app_id}", 10_000, timedelta(minutes=1), ErrCode.MINUTE_QUOTA_REACHED)
        token = self._newest.get(("stable", app_id))
        if token and question.force_refresh and self._age(token) >= wire.FORCED_REFRESH_PAUSE:
            self._spend(f"forced {app_id}", 20, timedelta(days=1), ErrCode.DAY_QUOTA_REACHED)
            token = self._issue("stable", app_id, in_place_of=token)
        if token is None or self._age(token) >= wire.TOKEN_LIFE - wire.RENEWED_BEFORE_END:
            token = self._issue("stable", app_id)
        left = wire.TOKEN_LIFE - self._age(token)
        return {"access_token": token.value, "expires_in": int(left.total_seconds())}

    def _classic_token(self, query: Mapping[str, str], _: bytes) -> dict[str, Any]:
        app_id = self._known_app(query, "client_credential")
        self._spend(f"classic {app_id}", 2_000, timedelta(days=1), ErrCode.DAY_QUOTA_REACHED)
        token = self._issue("classic", app_id, in_place_of=self._newest.get(("classic", app_id)))
        return {"access_token": token.value, "expires_in": int(wire.TOKEN_LIFE.total_seconds())}

    def _subscribe_send(self, query: Mapping[str, str], body: bytes) -> dict[str, Any]:
        app_id = self._app_of_token(query.get("access_token") or "")
        letter = msgspec.json.decode(body, type=wire.Letter)
        place = (letter.touser, letter.template_id)
        fields = {name: field.value for name, field in letter.data.items()}
        _refuse((app_id, letter.touser) not in self._phones, ErrCode.INVALID_OPENID)
        _refuse((app_id, letter.template_id) not in self._templates, ErrCode.INVALID_TEMPLATE_ID)
        _refuse(not wire.acceptable(fields), ErrCode.INVALID_ARGUMENT)
        _refuse(self._consents[place] < 1, ErrCode.USER_REFUSED)
        self._consents[place] -= 1
        phone = {"app_id": app_id, "phone": self._phones[app_id, letter.touser]}
        shown = {"template_id": letter.template_id, "page": letter.page, "fields": fields}
        self._messages.append({**phone, "openid": letter.touser, **shown})
        return {"errcode": ErrCode.OK, "errmsg": "ok"}

    def _known_app(self, question: Mapping[str, Any], grant_type: str) -> str:
        app_id, secret = question.get("appid") or "", question.get("secret") or ""
        _refuse(not app_id, ErrCode.MISSING_APPID)
        _refuse(not secret, ErrCode.MISSING_APPSECRET)
        _refuse(app_id not in self._secrets, ErrCode.INVALID_APPID)
        _refuse(secret != self._secrets[app_id], ErrCode.INVALID_APPSECRET)
        _refuse(question.get("grant_type") != grant_type, ErrCode.INVALID_GRANT_TYPE)
        return app_id

    def _app_of_token(self, value: str) -> str:
        _refuse(not value, ErrCode.MISSING_ACCESS_TOKEN)
        token = self._tokens.get(value)
        if token is None:
            raise _Refused(ErrCode.INVALID_CREDENTIAL)
        _refuse(self._age(token) >= wire.TOKEN_LIFE, ErrCode.ACCESS_TOKEN_EXPIRED)
        return token.app_id

    def _issue(self, kind: str, app_id: str, *, in_place_of: _Token | None = None) -> _Token:
        if in_place_of is not None:
            self._tokens.pop(in_place_of.value, None)
        self._issued += 1
        value = _derived(kind, app_id, self._issued)
        token = _Token(value=value, app_id=app_id, issued_at=self._clock())
        self._tokens[value] = self._newest[kind, app_id] = token
        return token

    def _age(self, token: _Token) -> timedelta:
        return self._clock() - token.issued_at

    def _spend(self, what: str, limit: int, period: timedelta, errcode: ErrCode) -> None:
        quota = (what, int(self._clock().timestamp() // period.total_seconds()))
        self._quotas[quota] += 1
        _refuse(self._quotas[quota] > limit, errcode)

    def _openid(self, phone: Phone) -> str:
        if phone.app_id not in self._secrets:
            raise NotFoundException(detail="no such app")
        openid = "o" + _derived("openid", f"{phone.app_id} {phone.phone}", 0)[:27]
        self._phones[phone.app_id, openid] = phone.phone
        return openid


def _refuse(wrong: bool, errcode: ErrCode) -> None:
    if wrong:
        raise _Refused(errcode)


def _derived(kind: str, of: str, number: int) -> str:
    return hashlib.sha256(f"{kind} {of} {number}".encode()).hexdigest()
