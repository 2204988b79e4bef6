"""Designated institutions: what each supports, so that people know before they go."""

from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Struct

from service.domain.calendar import business_date
from service.domain.institution import (
    KIND_TEXT,
    LEVEL_TEXT,
    SERVICE_TEXT,
    Institution,
    InstitutionKind,
    InstitutionLevel,
    Service,
    area_prefix,
)
from service.handlers.access import level as session_level
from service.handlers.answers import SIGNED_IN, Page, documented
from service.store import institutions
from service.world import World

Area = Annotated[
    str | None,
    QueryParameter(
        pattern="^[1-9][0-9]{5}$",
        max_length=6,
        description="六位地区代码：530000 全省，530600 全市，530602 一个区县",
    ),
]
Kind = Annotated[InstitutionKind | None, QueryParameter(description="机构种类")]
Level = Annotated[InstitutionLevel | None, QueryParameter(description="医院等级")]
Supports = Annotated[Service | None, QueryParameter(description="开通的服务")]
Away = Annotated[bool | None, QueryParameter(description="是否开通异地直接结算")]
After = Annotated[
    str | None,
    QueryParameter(pattern="^[A-Z][0-9]{11}$", max_length=12, description="上一页返回的 next"),
]
Limit = Annotated[int, QueryParameter(ge=1, le=50, description="每页条数")]


class InstitutionView(Struct, frozen=True, kw_only=True):
    """`away`: people insured elsewhere are settled there directly; `open`: agreement in force
    today."""

    code: str
    name: str
    kind: InstitutionKind
    kind_text: str
    level: InstitutionLevel
    level_text: str
    area: str
    area_name: str
    address: str
    services: tuple[Service, ...]
    services_text: tuple[str, ...]
    away: bool
    open: bool


class InstitutionPage(Page, frozen=True, kw_only=True):
    items: list[InstitutionView]


def institution_view(place: Institution, world: World) -> InstitutionView:
    return InstitutionView(
        code=place.code,
        name=place.name,
        kind=place.kind,
        kind_text=KIND_TEXT[place.kind],
        level=place.level,
        level_text=LEVEL_TEXT[place.level],
        area=place.area,
        area_name=world.policies.name_of(place.area),
        address=place.address,
        services=place.services,
        services_text=tuple(SERVICE_TEXT[service] for service in place.services),
        away=place.away,
        open=place.open_on(business_date(world.clock())),
    )


@get(
    "/institutions",
    opt=session_level(1),
    summary="定点医药机构",
    responses=documented(*SIGNED_IN),
)
async def page(
    world: NamedDependency[World],
    area: Area = None,
    kind: Kind = None,
    level: Level = None,
    service: Supports = None,
    away: Away = None,
    after: After = None,
    limit: Limit = 20,
) -> InstitutionPage:
    """定点医药机构在哪里、开通哪些服务，按机构编号排列；可以按地区、种类、等级、服务、异地直接结算筛选。"""
    async with world.database.read() as tx:
        found = await institutions.page(
            tx,
            area_prefix=area_prefix(area) if area else "",
            kind=kind,
            level=level,
            service=service,
            away=away,
            after=after or "",
            limit=limit + 1,
        )
    items = [institution_view(place, world) for place in found[:limit]]
    return InstitutionPage(items=items, next=items[-1].code if len(found) > limit else None)


router = Router(path="/v1", tags=["定点机构"], route_handlers=[page])
