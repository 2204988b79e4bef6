"""One answer for the status page: both roles, code delegations apart, and what to do next."""

from litestar import Router, get
from litestar.di import NamedDependency
from msgspec import Struct

from service.domain.status import EXPLANATION, summary
from service.handlers.access import level
from service.handlers.answers import SIGNED_IN, documented
from service.handlers.code_delegations import CodeDelegationView, delegation_view
from service.handlers.views import BindingView, binding_view
from service.sessions import Session
from service.store import bindings, code_delegations
from service.world import World

_MOST = 50


class StatusView(Struct, frozen=True, kw_only=True):
    """`as_donor`: who may use my account; `as_beneficiary`: whose account I may use;
    `code_delegations`: who shows whose code, which never shares money."""

    sentence: str
    next_step: str
    as_donor: list[BindingView]
    as_beneficiary: list[BindingView]
    code_delegations: list[CodeDelegationView]
    explanation: str
    hotline: str


@get("/status", opt=level(2), summary="我的共济", responses=documented(*SIGNED_IN))
async def status(world: NamedDependency[World], session: NamedDependency[Session]) -> StatusView:
    """共济办到哪一步了：我共济给谁、谁共济给我、谁帮谁出示医保码。"""
    assert session.person_id is not None
    me = session.person_id
    async with world.database.read() as tx:
        found = await bindings.for_status(tx, person_id=me, limit=_MOST)
        shown = await code_delegations.of_person(tx, person_id=me)
    views = [binding_view(binding, world, me) for binding in found]
    as_donor = [view for view in views if view.role == "donor"]
    as_beneficiary = [view for view in views if view.role == "beneficiary"]
    return StatusView(
        sentence=summary(
            giving=sum(view.usable for view in as_donor),
            using=sum(view.usable for view in as_beneficiary),
        ),
        next_step=_next_step(views),
        as_donor=as_donor,
        as_beneficiary=as_beneficiary,
        code_delegations=[delegation_view(row, world, me) for row in shown],
        explanation=EXPLANATION,
        hotline="有疑问请拨打医保服务热线 12393。",
    )


def _next_step(views: list[BindingView]) -> str:
    """The first thing that waits for this reader."""
    waiting = [view for view in views if view.role == "donor" and view.commitment_id is None]
    for view in waiting:
        if view.state == "awaiting_signature":
            return view.next_step
    return "" if views else "如需让家人使用您的个人账户，请点击“申请绑定”。"


router = Router(path="/v1", tags=["我的共济"], route_handlers=[status])
