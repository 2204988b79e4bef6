"""The agency's hall: clerks sign in with two factors, take applications in for citizens present,
and review what the rules send to a person. Every act is audited, reading a document too."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody
from msgspec import Meta, Struct

from service.domain.commitment import Document, Signing
from service.flows.apply_for_binding import apply_for_binding
from service.flows.audit import actor_of
from service.flows.end_binding import end_binding
from service.flows.show_commitment import show_commitment
from service.handlers.access import role
from service.handlers.answers import (
    CLERK,
    KEYED,
    LOOK_UP,
    Change,
    documented,
)
from service.handlers.applications import APPLICATION_PROBLEMS, ApplicationBody
from service.handlers.commitments import SIGN_PROBLEMS, SignedCommitment, answer_signature
from service.handlers.documents import (
    DOCUMENT_PROBLEMS,
    ENVELOPE_BYTES,
    DocumentList,
    DocumentUpload,
    answer_upload,
)
from service.handlers.fields import Fields, IdNumberText, NameText
from service.handlers.views import (
    ApplicationView,
    BindingView,
    application_view,
    binding_view,
)
from service.images import SIGNATURE_BYTES_MAX, UPLOAD_BYTES_MAX
from service.problems import Problem
from service.sessions import Session
from service.store import bindings
from service.store.bindings import BindingParties
from service.world import World


class DonorBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The citizen at the desk. The clerk has seen the person and the ID card."""

    name: NameText
    id_number: IdNumberText
    identity_checked: Annotated[Literal[True], Meta(description="已核对本人和身份证")]


class HallEnd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    identity_checked: Annotated[Literal[True], Meta(description="已核对授权人本人和身份证")]


class HallApplication(ApplicationBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    donor: DonorBody


async def area_binding(world: World, session: Session, binding_id: UUID) -> BindingParties:
    """The binding, if it belongs to the clerk's pooling area; else it does not exist."""
    async with world.database.read() as tx:
        found = await bindings.find_in_area(tx, id=binding_id, area=session.area)
    if found is None:
        raise Problem("request.not_found")
    return found


async def desk_binding(world: World, session: Session, binding_id: UUID) -> BindingParties:
    """The same, taken in at the hall: a citizen's own application is the citizen's to sign."""
    found = await area_binding(world, session, binding_id)
    if found.channel != "hall":
        raise Problem("request.not_found")
    return found


@post(
    "/bindings",
    opt=role("intake"),
    status_code=201,
    summary="为到场群众申请绑定",
    responses=documented(*CLERK, *APPLICATION_PROBLEMS, "clerk.other_area", *LOOK_UP, *KEYED),
)
async def apply(
    data: JSONBody[HallApplication],
    change: NamedDependency[Change],
) -> Response[ApplicationView]:
    """群众本人到场、核对身份证后，由工作人员代为填写；下一步由本人在签名板上签署承诺书。"""
    world, session = change.world, change.session
    fields = Fields(world)
    donor = fields.relative(data.donor.id_number, data.donor.name, prefix="donor.")
    application = data.application(
        world,
        donor=donor,
        owner=session.principal,
        look_ups=world.settings.clerk_lookups_per_hour,
        desk_area=session.area,
    )
    return await change.once(
        content=data,
        status=201,
        render=lambda result: application_view(result, world, None),
        action=lambda once: apply_for_binding(
            world,
            application,
            actor=actor_of(session),
            channel="hall",
            phone=data.beneficiary.phone,
            once=once,
        ),
    )


@post(
    "/bindings/{binding_id:uuid}/documents",
    opt=role("intake"),
    status_code=201,
    summary="上传到场群众的证明材料",
    request_max_body_size=UPLOAD_BYTES_MAX + ENVELOPE_BYTES,
    responses=documented(*CLERK, *KEYED, *DOCUMENT_PROBLEMS),
)
async def upload(
    binding_id: FromPath[UUID],
    data: MultipartBody[DocumentUpload],
    change: NamedDependency[Change],
) -> Response[DocumentList]:
    world, session = change.world, change.session
    binding = await desk_binding(world, session, binding_id)
    return await answer_upload(change, binding, data=data)


@get(
    "/bindings/{binding_id:uuid}/commitment",
    opt=role("intake"),
    summary="到场群众阅读承诺书",
    responses=documented(*CLERK, "request.not_found"),
)
async def read(
    binding_id: FromPath[UUID], world: NamedDependency[World], session: NamedDependency[Session]
) -> Document:
    """屏幕上给本人看的全文；每次打开都有记录。"""
    return await show_commitment(world, session, await desk_binding(world, session, binding_id))


@post(
    "/bindings/{binding_id:uuid}/commitment",
    opt=role("intake"),
    status_code=200,
    summary="到场群众签署承诺书",
    request_max_body_size=SIGNATURE_BYTES_MAX + ENVELOPE_BYTES,
    responses=documented(*CLERK, *KEYED, *SIGN_PROBLEMS),
)
async def sign(
    binding_id: FromPath[UUID],
    data: MultipartBody[SignedCommitment],
    change: NamedDependency[Change],
    address: NamedDependency[str],
) -> Response[BindingView]:
    """本人在签名板上签名；凭证记录在场的工作人员。"""
    world, session = change.world, change.session
    binding = await desk_binding(world, session, binding_id)
    signing = Signing(
        channel="hall",
        app_id="",
        account_id=None,
        address=address,
        session_level=2,
        confirmed_at=None,
        notice_agreed=data.notice_agreed,
        clerk_id=session.clerk_id,
        signed_at=world.clock(),
    )
    return await answer_signature(change, binding, data=data, signing=signing)


@post(
    "/bindings/{binding_id:uuid}/end",
    opt=role("intake"),
    status_code=200,
    summary="为到场群众结束绑定",
    responses=documented(*CLERK, *KEYED, "request.not_found", "binding.state_does_not_allow"),
)
async def end(
    binding_id: FromPath[UUID],
    data: JSONBody[HallEnd],
    change: NamedDependency[Change],
) -> Response[BindingView]:
    """授权人本人到场、核对身份证后，立即结束绑定或撤回申请。"""
    world, session = change.world, change.session
    binding = await area_binding(world, session, binding_id)
    return await change.once(
        content=data,
        status=200,
        render=lambda result: binding_view(result, world, None),
        action=lambda once: end_binding(world, binding, actor=actor_of(session), once=once),
    )


router = Router(
    path="/v1/hall",
    tags=["服务大厅"],
    route_handlers=[apply, upload, read, sign, end],
)
