"""The notice and commitment: read whole, signed, and the evidence given to the signer."""

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody
from msgspec import Meta, Struct

from service.crypto import sm3
from service.domain.commitment import Document, Signing
from service.domain.evidence import EvidenceFile
from service.evidence import open_evidence
from service.flows.audit import actor_of
from service.flows.prepare_commitment import prepare_commitment
from service.flows.sign_commitment import Signature, sign_commitment
from service.handlers.access import level
from service.handlers.answers import (
    CONFIRMED,
    KEYED,
    SIGNED_IN,
    Change,
    documented,
)
from service.handlers.applications import my_binding
from service.handlers.documents import ENVELOPE_BYTES
from service.handlers.views import BindingView, binding_view
from service.images import SIGNATURE_BYTES_MAX
from service.problems import Problem
from service.sessions import Session
from service.store import commitments
from service.store.bindings import BindingParties
from service.world import World

SIGN_PROBLEMS = (
    "request.not_found",
    "commitment.notice_not_agreed",
    "commitment.text_changed",
    "commitment.signed",
    "binding.state_does_not_allow",
    "document.missing",
    "signature.blank",
    "image.unreadable",
    "image.dimensions",
)


class SignedCommitment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    notice_agreed: Annotated[bool, Meta(description="已阅读并勾选告知书")]
    digest: Annotated[
        str, Meta(pattern="^[0-9A-Fa-f]{64}$", description="所读承诺书的 digest，原样送回")
    ]
    file: Annotated[UploadFile, Meta(description="手写签名，PNG，不超过 512 KB")]


async def answer_signature(
    change: Change, binding: BindingParties, *, data: SignedCommitment, signing: Signing
) -> Response[BindingView]:
    """Run the signing once, for a citizen or a clerk with the citizen present."""
    image = await data.file.read()
    signature = Signature(notice_agreed=data.notice_agreed, digest=data.digest, image=image)
    return await change.once(
        content=b"%d" % data.notice_agreed + data.digest.encode() + sm3(image),
        status=200,
        render=lambda signed: binding_view(signed, change.world, change.session.person_id),
        action=lambda once: sign_commitment(
            change.world,
            binding,
            signature,
            signing=signing,
            actor=actor_of(change.session),
            once=once,
        ),
    )


@get(
    "/bindings/{binding_id:uuid}/commitment",
    opt=level(2),
    summary="阅读告知书和承诺书",
    responses=documented(*SIGNED_IN, "request.not_found"),
)
async def read(
    binding_id: FromPath[UUID], world: NamedDependency[World], session: NamedDependency[Session]
) -> Document:
    """告知书和承诺书全文，以及签署时要送回的 digest。"""
    binding = await my_binding(world, session, binding_id, as_donor=True)
    document, _ = prepare_commitment(world, binding)
    return document


@post(
    "/bindings/{binding_id:uuid}/commitment",
    opt=level(3),
    status_code=200,
    summary="签署承诺书",
    request_max_body_size=SIGNATURE_BYTES_MAX + ENVELOPE_BYTES,
    responses=documented(*CONFIRMED, *KEYED, *SIGN_PROBLEMS),
)
async def sign(
    binding_id: FromPath[UUID],
    data: MultipartBody[SignedCommitment],
    change: NamedDependency[Change],
    address: NamedDependency[str],
) -> Response[BindingView]:
    """手写签名，与所读文本的 digest 一起提交；需要刚刚做过本人验证。"""
    world, session = change.world, change.session
    binding = await my_binding(world, session, binding_id, as_donor=True)
    assert session.confirmed_at is not None
    signing = Signing(
        channel=session.channel,
        app_id=session.app_id,
        account_id=session.account_id,
        address=address,
        session_level=world.sessions.level(session),
        confirmed_at=session.confirmed_at,
        notice_agreed=data.notice_agreed,
        clerk_id=None,
        signed_at=world.clock(),
    )
    return await answer_signature(change, binding, data=data, signing=signing)


@get(
    "/commitments/{commitment_id:uuid}/evidence",
    opt=level(2),
    summary="下载签署凭证",
    responses=documented(*SIGNED_IN, "request.not_found"),
)
async def evidence(
    commitment_id: FromPath[UUID], world: NamedDependency[World], session: NamedDependency[Session]
) -> EvidenceFile:
    """本人签署的完整凭证，可以离线核验（python -m service evidence verify）。"""
    assert session.person_id is not None
    async with world.database.read() as tx:
        row = await commitments.find_of_donor(tx, id=commitment_id, donor_id=session.person_id)
    if row is None:
        raise Problem("request.not_found")
    return open_evidence(world, row)


router = Router(path="/v1", tags=["承诺书"], route_handlers=[read, sign, evidence])
