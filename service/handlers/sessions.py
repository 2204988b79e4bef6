"""Sign in, link the e-credential, step up, sign out, who am I."""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from service.flows.confirm_session import confirm_session
from service.flows.link_credential import link_credential
from service.flows.open_session import Opened, open_session
from service.handlers.access import PUBLIC, level
from service.handlers.answers import LOOK_UP, SIGNED_IN, documented, granted
from service.handlers.fields import Code
from service.handlers.views import PersonView, local, person_view
from service.personal import reveal
from service.sessions import Level, Session
from service.store import people
from service.world import World


class SignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`app_id` may be left out where the channel has one mini-program only."""

    channel: Literal["wechat", "alipay"]
    code: Annotated[Code, Meta(description="wx.login 或 my.getAuthCode 得到的一次性凭证")]
    app_id: Annotated[str, Meta(max_length=64)] | None = None
    credential_code: Annotated[Code, Meta(description="医保电子凭证授权码，可同时关联")] | None = (
        None
    )


class CredentialCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    credential_code: Annotated[Code, Meta(description="医保电子凭证授权码（人脸或密码验证后得到）")]


class EndSessions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    everywhere: Annotated[bool, Meta(description="同时退出所有设备")] = False


class SessionView(Struct, frozen=True, kw_only=True):
    """Send `token` as `Authorization: Bearer …`. It replaces any earlier one."""

    token: str
    level: Level
    idle_seconds: int
    ends_at: datetime
    confirmed_until: datetime | None


class Ended(Struct, frozen=True, kw_only=True):
    ended: int


class Me(Struct, frozen=True, kw_only=True):
    """Who is signed in; `person` stands from level 2 on."""

    level: Level
    channel: str
    person: PersonView | None
    area: str | None
    area_name: str | None
    sentence: str


def session_view(opened: Opened, world: World) -> SessionView:
    settings, confirmed_at = world.settings, opened.session.confirmed_at
    until = confirmed_at and confirmed_at + timedelta(seconds=settings.confirmed_seconds)
    ends_at = local(opened.session.born_at + timedelta(seconds=settings.session_absolute_seconds))
    assert ends_at is not None
    return SessionView(
        token=opened.token,
        level=opened.level,
        idle_seconds=settings.session_idle_seconds,
        ends_at=ends_at,
        confirmed_until=local(until),
    )


@post(
    "/sessions",
    opt=PUBLIC,
    security=[{}],
    status_code=201,
    summary="登录",
    responses=documented(
        "session.code_refused",
        "session.app_unknown",
        "session.required",
        "credential.refused",
        "credential.other_person",
        "credential.not_insured",
        "request.malformed",
        "request.media_type",
        "request.too_large",
        "outside.wechat",
        "outside.alipay",
        "service.sessions_away",
        *LOOK_UP,
    ),
)
async def sign_in(
    data: JSONBody[SignIn], world: NamedDependency[World], address: NamedDependency[str]
) -> SessionView:
    """用小程序的一次性凭证登录；带上医保码授权码时同时关联。"""
    opened = granted(
        await open_session(
            world, data.code, channel=data.channel, app_id=data.app_id, address=address
        )
    )
    if data.credential_code is not None:
        try:
            opened = granted(await link_credential(world, opened.session, data.credential_code))
        except BaseException:
            await world.sessions.end(opened.session)
            raise
    return session_view(opened, world)


@post(
    "/sessions/credential",
    opt=level(1),
    status_code=200,
    summary="关联医保电子凭证",
    responses=documented(
        *SIGNED_IN,
        "credential.refused",
        "credential.other_person",
        "credential.not_insured",
        "request.malformed",
        "request.media_type",
        "request.too_large",
        *LOOK_UP,
    ),
)
async def link(
    data: JSONBody[CredentialCode],
    world: NamedDependency[World],
    session: NamedDependency[Session],
) -> SessionView:
    """换得二级会话的新令牌，旧令牌立即失效。"""
    return session_view(granted(await link_credential(world, session, data.credential_code)), world)


@post(
    "/sessions/confirm",
    opt=level(2),
    status_code=200,
    summary="再次确认是本人",
    responses=documented(
        *SIGNED_IN,
        "credential.refused",
        "credential.other_person",
        "request.malformed",
        "request.media_type",
        "request.too_large",
        *LOOK_UP,
    ),
)
async def confirm(
    data: JSONBody[CredentialCode],
    world: NamedDependency[World],
    session: NamedDependency[Session],
) -> SessionView:
    """签名、付款、展码之前的人脸或密码验证；换得三级会话的新令牌。"""
    return session_view(granted(await confirm_session(world, session, data.credential_code)), world)


@post(
    "/sessions/end",
    opt=level(1),
    status_code=200,
    summary="退出登录",
    responses=documented(
        *SIGNED_IN,
        "request.malformed",
        "request.media_type",
        "request.too_large",
    ),
)
async def end(
    data: JSONBody[EndSessions],
    world: NamedDependency[World],
    session: NamedDependency[Session],
) -> Ended:
    """退出当前设备，或一次退出所有设备。"""
    return await end_sessions(world, session, everywhere=data.everywhere)


async def end_sessions(world: World, session: Session, *, everywhere: bool) -> Ended:
    if everywhere:
        return Ended(ended=await world.sessions.end_all(session.tag))
    return Ended(ended=int(await world.sessions.end(session)))


@get(
    "/me",
    opt=level(1),
    summary="我是谁",
    responses=documented(*SIGNED_IN),
)
async def me(world: NamedDependency[World], session: NamedDependency[Session]) -> Me:
    """当前会话的级别和（脱敏的）本人信息。"""
    person, area = await _person(world, session.person_id)
    return Me(
        level=world.sessions.level(session),
        channel=session.channel,
        person=person,
        area=area,
        area_name=area and world.policies.name_of(area),
        sentence="您已登录。" if person else "您已登录，请关联医保电子凭证后办理业务。",
    )


async def _person(world: World, person_id: UUID | None) -> tuple[PersonView | None, str | None]:
    if person_id is None:
        return None, None
    async with world.database.read() as tx:
        row = await people.get(tx, id=person_id)
    known = reveal(world.vault, row)
    return person_view(name=known.name, id_number=known.id_number), row.area


router = Router(path="/v1", tags=["登录"], route_handlers=[sign_in, link, confirm, end, me])
