"""异地就医备案: where away from home a citizen may be treated and settled directly."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from service.domain.calendar import business_date
from service.domain.enrolment import pooling_area, province
from service.domain.filing import (
    NEXT_STEP,
    REASON_TEXT,
    Filing,
    FilingStatus,
    Reason,
    sentence,
    status,
)
from service.domain.policy import Policies
from service.flows.end_filing import end_filing
from service.flows.file_away import Wish, file_away
from service.handlers.access import level
from service.handlers.answers import CONFIRMED, KEYED, SIGNED_IN, Change, Page, documented
from service.handlers.bindings import LAST, After, Limit, Nothing
from service.handlers.views import local
from service.sessions import Session
from service.store import filings
from service.world import World

AreaCode = Annotated[
    str,
    Meta(
        pattern="^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|81|82)[0-9]{4}$",
        max_length=6,
        description="就医地的六位地区代码：530000 全省，530100 全市，530102 一个区县",
        examples=["610100"],
    ),
]


class FilingBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to, why, from when, and the last day (none: no end)."""

    to_area: AreaCode
    reason: Reason
    begins_on: date
    ends_on: date | None = None


class FilingView(Struct, frozen=True, kw_only=True):
    """A filing with where it stands today."""

    id: UUID
    from_area: str
    from_area_name: str
    to_area: str
    to_area_name: str
    reason: Reason
    reason_text: str
    begins_on: date
    ends_on: date | None
    status: FilingStatus
    sentence: str
    next_step: str
    filed_at: datetime
    ended_at: datetime | None


class FilingPage(Page, frozen=True, kw_only=True):
    items: list[FilingView]


def filing_view(filing: Filing, world: World) -> FilingView:
    today = business_date(world.clock())
    place = _place(world.policies, filing.to_area)
    stands = status(filing, today=today)
    return FilingView(
        id=filing.id,
        from_area=filing.from_area,
        from_area_name=world.policies.name_of(filing.from_area),
        to_area=filing.to_area,
        to_area_name=place,
        reason=filing.reason,
        reason_text=REASON_TEXT[filing.reason],
        begins_on=filing.begins_on,
        ends_on=filing.ends_on,
        status=stands,
        sentence=sentence(filing, place=place, today=today),
        next_step=NEXT_STEP[stands],
        filed_at=local(filing.filed_at),
        ended_at=local(filing.ended_at),
    )


def _place(policies: Policies, area: str) -> str:
    """The area's name. Where only the area around it has one, the code stands beside it: a filing
    for a county must not read like one for the whole province."""
    name = policies.name_of(area)
    around = {policies.name_of(code) for code in {pooling_area(area), province(area)} - {area}}
    if name == area:
        return f"外地（地区代码 {area}）"
    return f"{name}（地区代码 {area}）" if name in around else name


@post(
    "/filings",
    opt=level(3),
    status_code=201,
    summary="办理异地就医备案",
    responses=documented(
        *CONFIRMED,
        *KEYED,
        "credential.not_insured",
        "area.not_served",
        "filing.exists",
        "filing.not_needed",
        "filing.dates_wrong",
    ),
)
async def file(data: JSONBody[FilingBody], change: NamedDependency[Change]) -> Response[FilingView]:
    """离开参保地就医前备案；备案后在备案地就医，可以直接结算和使用家庭共济。"""
    world, me = change.world, change.session.person_id
    assert me is not None
    wish = Wish(
        to_area=data.to_area,
        reason=data.reason,
        begins_on=data.begins_on,
        ends_on=data.ends_on,
    )
    return await change.once(
        content=data,
        status=201,
        render=lambda filing: filing_view(filing, world),
        action=lambda once: file_away(world, me, wish, once=once),
    )


@get("/filings", opt=level(2), summary="我的异地就医备案", responses=documented(*SIGNED_IN))
async def page(
    world: NamedDependency[World],
    session: NamedDependency[Session],
    after: After = None,
    limit: Limit = 20,
) -> FilingPage:
    """没有结束的备案，新的在前；已到期的也列出，方便重新备案。"""
    assert session.person_id is not None
    async with world.database.read() as tx:
        found = await filings.page(
            tx, person_id=session.person_id, after=after or LAST, limit=limit + 1
        )
    items = [filing_view(filing, world) for filing in found[:limit]]
    return FilingPage(items=items, next=str(items[-1].id) if len(found) > limit else None)


@post(
    "/filings/{filing_id:uuid}/end",
    opt=level(2),
    status_code=200,
    summary="结束异地就医备案",
    responses=documented(*SIGNED_IN, *KEYED, "request.not_found"),
)
async def end(
    filing_id: FromPath[UUID],
    data: JSONBody[Nothing],
    change: NamedDependency[Change],
) -> Response[FilingView]:
    """本人立即结束备案；已经结算的费用不受影响。"""
    world, me = change.world, change.session.person_id
    assert me is not None
    return await change.once(
        content=data,
        status=200,
        render=lambda filing: filing_view(filing, world),
        action=lambda once: end_filing(world, me, filing_id, once=once),
    )


router = Router(path="/v1", tags=["异地就医"], route_handlers=[file, page, end])
