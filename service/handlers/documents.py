"""Images that prove kinship, where the area's rule asks for them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody
from msgspec import Meta, Struct

from service.crypto import sm3
from service.domain.policy import DocumentKind
from service.flows.audit import actor_of
from service.flows.upload_document import upload_document
from service.handlers.access import level
from service.handlers.answers import (
    KEYED,
    SIGNED_IN,
    Change,
    documented,
)
from service.handlers.applications import my_binding
from service.handlers.views import local
from service.images import UPLOAD_BYTES_MAX
from service.store.bindings import BindingParties
from service.store.documents import DocumentRow

DOCUMENT_PROBLEMS = (
    "request.not_found",
    "document.not_needed",
    "document.exists",
    "document.too_many",
    "image.unreadable",
    "image.dimensions",
)
ENVELOPE_BYTES = 16 * 1024
"""What multipart adds around one file."""


class DocumentUpload(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: Annotated[DocumentKind, Meta(description="结婚证或居民户口簿")]
    file: Annotated[UploadFile, Meta(description="jpg 或 png 照片，不超过 6 MB")]


class DocumentView(Struct, frozen=True, kw_only=True):
    id: UUID
    kind: DocumentKind
    uploaded_at: datetime


class DocumentList(Struct, frozen=True, kw_only=True):
    items: list[DocumentView]


def document_list(rows: list[DocumentRow]) -> DocumentList:
    return DocumentList(
        items=[
            DocumentView(id=row.id, kind=row.kind, uploaded_at=local(row.uploaded_at))
            for row in rows
        ]
    )


async def answer_upload(
    change: Change, binding: BindingParties, *, data: DocumentUpload
) -> Response[DocumentList]:
    """Run the upload once, for a citizen or a clerk."""
    image = await data.file.read()
    return await change.once(
        content=data.kind.encode() + sm3(image),
        status=201,
        render=document_list,
        action=lambda once: upload_document(
            change.world,
            binding,
            image,
            kind=data.kind,
            actor=actor_of(change.session),
            once=once,
        ),
    )


@post(
    "/bindings/{binding_id:uuid}/documents",
    opt=level(2),
    status_code=201,
    summary="上传证明材料",
    request_max_body_size=UPLOAD_BYTES_MAX + ENVELOPE_BYTES,
    responses=documented(*SIGNED_IN, *KEYED, *DOCUMENT_PROBLEMS),
)
async def upload(
    binding_id: FromPath[UUID],
    data: MultipartBody[DocumentUpload],
    change: NamedDependency[Change],
) -> Response[DocumentList]:
    """授权人上传结婚证或户口簿照片；照片会重新编码，去除拍摄信息。"""
    world, session = change.world, change.session
    binding = await my_binding(world, session, binding_id, as_donor=True)
    return await answer_upload(change, binding, data=data)


router = Router(path="/v1", tags=["绑定"], route_handlers=[upload])
