"""WeChat's server API through wechatpy, held to bounded time, one retry and silence about secrets.

wechatpy is synchronous, so each call runs in a thread. Its own token fetch has no timeout, its own
retry no end and its own sign-in needs a token; the subclass here replaces all three.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import anyio
import msgspec
import requests
from anyio import to_thread
from msgspec import Struct
from redis import Redis, RedisCluster, RedisError
from requests.adapters import HTTPAdapter
from wechatpy.client import WeChatClient
from wechatpy.exceptions import WeChatClientException
from wechatpy.session.redisstorage import RedisStorage

from service.boundary import assert_outside_transaction
from service.gateways import ChannelMessage, ChannelUser, Delivery, GatewayTrouble, SignInRefused
from service.gateways.wechat import wire

Answer = TypeVar("Answer")


class WeChatApp(Struct, frozen=True, kw_only=True):
    """One mini-program as WeChat knows it. `repr` leaves the secret out."""

    app_id: str
    secret: str

    def __repr__(self) -> str:
        return f"WeChatApp(app_id={self.app_id!r})"


class WeChatGateway:
    """The WeChat channel. Raises KeyError for an app it was not given.

    `base` is the scheme, host and path before `/sns` and `/cgi-bin`. `timeout` is (connect, read)
    in seconds, for each request; a call makes at most four. `token_store` needs its own socket
    timeouts and few retries; it is shared by all processes, used with single-key commands, and not
    closed here.
    """

    def __init__(
        self,
        apps: Sequence[WeChatApp],
        *,
        base: str = "https://api.weixin.qq.com",
        token_store: Redis | RedisCluster,
        timeout: tuple[float, float] = (2.0, 5.0),
        threads: int = 16,
    ) -> None:
        session = RedisStorage(token_store, prefix="gongji:wechat")
        self._programs = {
            app.app_id: _MiniProgram(
                app, base=base, session=session, timeout=timeout, threads=threads
            )
            for app in apps
        }
        self._limiter = anyio.CapacityLimiter(threads)
        self._places = anyio.Semaphore(threads)
        self._patience_seconds = sum(timeout)

    async def sign_in(self, code: str, *, app_id: str) -> ChannelUser | SignInRefused:
        """Exchange the code of `wx.login`: one request upstream. Raises GatewayTrouble."""
        assert_outside_transaction()
        program = self._programs[app_id]
        answer = await self._ask(partial(program.code_to_session, code), wire.Session)
        if isinstance(answer, wire.Session):
            return ChannelUser(subject=answer.openid)
        if answer in wire.UNKNOWN_CODE:
            return SignInRefused(reason="code_invalid")
        if answer == wire.ErrCode.CODE_BEEN_USED:
            return SignInRefused(reason="code_used")
        raise GatewayTrouble("wechat", f"errcode {answer}")

    async def send(self, message: ChannelMessage, *, app_id: str, subject: str) -> Delivery:
        """Send one subscribe message, its fields shaped to fit. Raises GatewayTrouble."""
        assert_outside_transaction()
        program = self._programs[app_id]
        letter = wire.Letter(
            touser=subject,
            template_id=message.template_id,
            page=message.page,
            data={
                field: wire.Field(wire.shape(field, text)) for field, text in message.fields.items()
            },
        )
        answer = await self._ask(partial(program.send_subscribe, letter), wire.Sent)
        if isinstance(answer, wire.Sent):
            return Delivery(outcome="sent")
        if answer == wire.ErrCode.USER_REFUSED:
            return Delivery(outcome="refused", code=str(answer))
        if answer in wire.REJECTED_MESSAGE:
            return Delivery(outcome="rejected", code=str(answer))
        raise GatewayTrouble("wechat", f"errcode {answer}")

    def close(self) -> None:
        """Close the connections to WeChat."""
        for program in self._programs.values():
            program.close()

    async def _ask(self, question: Callable[[], Any], answer: type[Answer]) -> Answer | int:
        """The answer, or WeChat's errcode. Raises GatewayTrouble.

        It is raised outside of the `except` blocks so that it does not carry the first exception
        with it: that one holds the URL, and the URL holds the secret.
        """
        try:
            return msgspec.convert(await self._in_thread(question), answer)
        except WeChatClientException as refusal:
            if refusal.errcode is not None:
                return int(refusal.errcode)
            reason = "http status"
        except TimeoutError:
            reason = "busy"
        except requests.Timeout:
            reason = "timeout"
        except requests.RequestException:
            reason = "unreachable"
        except RedisError:
            reason = "token store"
        except (TypeError, ValueError):
            reason = "garbage"
        raise GatewayTrouble("wechat", reason)

    async def _in_thread(self, question: Callable[[], Any]) -> Any:
        """Run in a thread once there is a place. Raises TimeoutError when the queue is too long,
        or when the whole takes too long: a server that drips byte by byte never times out."""
        with anyio.fail_after(self._patience_seconds):
            await self._places.acquire()
        try:
            with anyio.fail_after(_STEPS_MAX * self._patience_seconds):
                return await to_thread.run_sync(
                    question, limiter=self._limiter, abandon_on_cancel=True
                )
        finally:
            self._places.release()


_STEPS_MAX = 4
"""A message may take two tries and a token for each."""


class _MiniProgram(WeChatClient):  # type: ignore[misc]  # wechatpy has no types
    """wechatpy's client of one mini-program; runs in threads."""

    def __init__(
        self,
        app: WeChatApp,
        *,
        base: str,
        session: Any,
        timeout: tuple[float, float],
        threads: int,
    ) -> None:
        super().__init__(app.app_id, app.secret, session=session, timeout=timeout, auto_retry=False)
        self.API_BASE_URL = base.rstrip("/") + "/"
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, HTTPAdapter(pool_maxsize=threads))

    @property
    def access_token(self) -> str:
        return self.session.get(self.access_token_key) or self.fetch_access_token()

    def fetch_access_token(self) -> str:
        """Ask for the stable token and share it: two that ask at once get the same one."""
        question = wire.TokenQuestion(
            grant_type="client_credential", appid=self.appid, secret=self.secret
        )
        answer = self.post(wire.STABLE_TOKEN, params=[], json=msgspec.to_builtins(question))
        token = msgspec.convert(answer, wire.Token)
        keep_seconds = max(60, token.expires_in - 300)
        self.session.set(self.access_token_key, token.access_token, keep_seconds)
        return token.access_token

    def code_to_session(self, code: str) -> Any:
        question = [
            ("appid", self.appid),
            ("secret", self.secret),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ]
        return self.get(wire.JSCODE2SESSION, params=question)

    def send_subscribe(self, letter: wire.Letter) -> Any:
        """Send; after a stale token once more with a fresh one."""
        body = msgspec.to_builtins(letter)
        try:
            return self.post(wire.SUBSCRIBE_SEND, data=body)
        except WeChatClientException as refusal:
            if refusal.errcode not in wire.STALE_TOKEN:
                raise
        self.fetch_access_token()
        return self.post(wire.SUBSCRIBE_SEND, data=body)

    def close(self) -> None:
        self._http.close()

    def _request(self, method: str, url_or_endpoint: str, **options: Any) -> Any:
        """As wechatpy does, but a redirect is not followed: it would carry our secret along.

        A list as `params` keeps wechatpy from adding the access token, which a dictionary invites.
        """
        return super()._request(method, url_or_endpoint, allow_redirects=False, **options)


def _without_queries(record: logging.LogRecord) -> bool:
    """Cut the queries off the URLs urllib3 logs: ours hold the secret, the code or the token."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            argument.partition("?")[0] if isinstance(argument, str) else argument
            for argument in record.args
        )
    return True


logging.getLogger("urllib3.connectionpool").addFilter(_without_queries)
