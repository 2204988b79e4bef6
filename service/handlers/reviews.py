"""The review queue of the hall: what the rules send to a person."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from service.flows.audit import actor_of
from service.flows.read_document_image import read_document_image
from service.flows.read_reviews import read_reviews
from service.flows.review_binding import review_binding
from service.handlers.access import role
from service.handlers.answers import (
    CLERK,
    KEYED,
    Change,
    Page,
    documented,
    granted,
)
from service.handlers.bindings import After, Limit
from service.handlers.documents import DocumentList, document_list
from service.handlers.hall import area_binding
from service.handlers.views import BindingView, binding_view
from service.sessions import Session
from service.world import World


class ReviewView(Struct, frozen=True, kw_only=True):
    binding: BindingView
    documents: DocumentList


class ReviewPage(Page, frozen=True, kw_only=True):
    items: list[ReviewView]


class Decision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    decision: Literal["approve", "reject"]
    reason: Annotated[
        Literal[
            "documents_prove_kinship",
            "documents_unreadable",
            "documents_do_not_match",
            "kinship_not_shown",
        ],
        Meta(
            description="审核意见：材料证明亲属关系、材料看不清、材料与申请不符、未能证明亲属关系"
        ),
    ]


@get(
    "/reviews",
    opt=role("review"),
    summary="待审核",
    responses=documented(*CLERK),
)
async def queue(
    world: NamedDependency[World],
    session: NamedDependency[Session],
    after: After = None,
    limit: Limit = 20,
) -> ReviewPage:
    """本统筹区等待审核的申请，等得最久的在前。"""
    found = await read_reviews(world, session, after=after or UUID(int=0), limit=limit + 1)
    items = [
        ReviewView(binding=binding_view(binding, world, None), documents=document_list(rows))
        for binding, rows in found[:limit]
    ]
    following = str(items[-1].binding.id) if len(found) > limit else None
    return ReviewPage(items=items, next=following)


@get(
    "/reviews/{binding_id:uuid}/documents/{document_id:uuid}",
    opt=role("review"),
    summary="查看证明材料",
    media_type="image/jpeg",
    responses=documented(*CLERK, "request.not_found"),
)
async def image(
    binding_id: FromPath[UUID],
    document_id: FromPath[UUID],
    world: NamedDependency[World],
    session: NamedDependency[Session],
) -> bytes:
    """证明材料照片（JPEG）。每次查看都有记录。"""
    return granted(await read_document_image(world, session, binding_id, document_id))


@post(
    "/reviews/{binding_id:uuid}",
    opt=role("review"),
    status_code=200,
    summary="审核",
    responses=documented(
        *CLERK,
        *KEYED,
        "request.not_found",
        "clerk.own_application",
        "binding.state_does_not_allow",
    ),
)
async def decide(
    binding_id: FromPath[UUID],
    data: JSONBody[Decision],
    change: NamedDependency[Change],
) -> Response[BindingView]:
    """通过或不通过；不能审核自己受理的申请。"""
    world, session = change.world, change.session
    binding = await area_binding(world, session, binding_id)
    return await change.once(
        content=data,
        status=200,
        render=lambda result: binding_view(result, world, None),
        action=lambda once: review_binding(
            world,
            binding,
            data.decision,
            reason=data.reason,
            actor=actor_of(session),
            once=once,
        ),
    )


router = Router(path="/v1/hall", tags=["服务大厅"], route_handlers=[queue, image, decide])
