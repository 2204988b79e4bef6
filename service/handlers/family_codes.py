"""The family code: what a relative shows at the counter. It names the patient, never the money."""

from datetime import datetime
from uuid import UUID

import segno
from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from service.domain.calendar import business_date
from service.family_codes import SHOWN
from service.flows.issue_family_code import issue_family_code
from service.handlers.access import level
from service.handlers.answers import CONFIRMED, LOOK_UP, documented, granted
from service.handlers.views import local
from service.sessions import Session
from service.world import World


class FamilyCodeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a delegation the code is the caller's own."""

    code_delegation_id: UUID | None = None


class FamilyCodeView(Struct, frozen=True, kw_only=True):
    """`svg` is ready to show; `content` is what it says; seconds until it is void."""

    content: str
    svg: str
    expires_in: int
    expires_at: datetime
    patient: str
    sentence: str
    warning: str
    clause: str


@post(
    "/family-codes",
    opt=level(3),
    status_code=201,
    summary="出示家庭码",
    responses=documented(
        *CONFIRMED,
        *LOOK_UP,
        "request.malformed",
        "request.too_large",
        "request.media_type",
        "family_code.nobody_to_show",
        "family_code.not_insured",
        "area.not_served",
    ),
)
async def show(
    data: JSONBody[FamilyCodeBody], world: NamedDependency[World], session: NamedDependency[Session]
) -> FamilyCodeView:
    """60 秒内有效，只能用一次；再次打开，旧码立即失效。"""
    assert session.person_id is not None
    code = granted(
        await issue_family_code(world, session.person_id, delegation_id=data.code_delegation_id)
    )
    today = business_date(world.clock())
    rules = world.policies.at(today, code.area)
    return FamilyCodeView(
        content=code.content,
        svg=segno.make_qr(code.content, error="m").svg_inline(scale=8),
        expires_in=int(SHOWN.total_seconds()),
        expires_at=local(code.expires_at),
        patient=code.patient,
        sentence=f"这是{code.patient}的家庭码，请在 60 秒内给收费窗口扫一次。",
        warning="只能由看病买药的本人使用，或由本人授权的家人代为出示。医保卡、医保码和家庭码都不能借给他人。",
        clause=rules.card_lending_allowed.reference if rules else "",
    )


router = Router(path="/v1", tags=["家庭码"], route_handlers=[show])
