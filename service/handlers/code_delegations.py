"""亲情账户: let a relative show one's code. Kept apart from bindings: it shares no money."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from service.domain.person import mask_name
from service.flows.delegate_code import delegate_code
from service.flows.end_code_delegation import end_code_delegation
from service.handlers.access import level
from service.handlers.answers import (
    CONFIRMED,
    KEYED,
    LOOK_UP,
    SIGNED_IN,
    Change,
    documented,
)
from service.handlers.bindings import Nothing
from service.handlers.fields import Fields, IdNumberText, NameText
from service.handlers.views import local
from service.personal import name_purpose
from service.sessions import Session
from service.store import code_delegations
from service.store.code_delegations import CodeDelegationRow
from service.world import World


class DelegateBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may show the caller's code."""

    name: NameText
    id_number: IdNumberText


class CodeDelegationView(Struct, frozen=True, kw_only=True):
    """`role`: whether the reader's own code is shown, or the reader shows another's."""

    id: UUID
    role: Literal["owner", "delegate"]
    relative: str
    sentence: str
    began_at: datetime
    ended_at: datetime | None


class CodeDelegationList(Struct, frozen=True, kw_only=True):
    items: list[CodeDelegationView]


def delegation_view(row: CodeDelegationRow, world: World, reader: UUID) -> CodeDelegationView:
    owning = row.owner_id == reader
    other = (
        (row.delegate_id, row.delegate_name_sealed)
        if owning
        else (row.owner_id, row.owner_name_sealed)
    )
    name = mask_name(world.vault.open_text(other[1], purpose=name_purpose(other[0])))
    sentence = f"{name}可以帮您出示医保码。" if owning else f"您可以帮{name}出示医保码。"
    if row.ended_at is not None:
        sentence = "已经结束，不能再代为出示医保码。"
    return CodeDelegationView(
        id=row.id,
        role="owner" if owning else "delegate",
        relative=name,
        sentence=sentence + "这不会共享任何钱。",
        began_at=local(row.began_at),
        ended_at=local(row.ended_at),
    )


@post(
    "/code-delegations",
    opt=level(3),
    status_code=201,
    summary="让家人帮我出示医保码",
    responses=documented(
        *CONFIRMED,
        *KEYED,
        *LOOK_UP,
        "binding.person_not_matched",
        "delegation.exists",
        "delegation.with_oneself",
    ),
)
async def delegate(
    data: JSONBody[DelegateBody],
    change: NamedDependency[Change],
) -> Response[CodeDelegationView]:
    """亲情账户：只是帮忙出示医保码，不会共享任何钱。"""
    world, session = change.world, change.session
    relative = Fields(world).relative(data.id_number, data.name)
    me = session.person_id
    assert me is not None
    return await change.once(
        content=data,
        status=201,
        render=lambda row: delegation_view(row, world, me),
        action=lambda once: delegate_code(
            world, me, delegate=relative.id_number, delegate_name=relative.name, once=once
        ),
    )


@get("/code-delegations", opt=level(2), summary="亲情账户", responses=documented(*SIGNED_IN))
async def listing(
    world: NamedDependency[World], session: NamedDependency[Session]
) -> CodeDelegationList:
    """谁可以帮我出示医保码，我可以帮谁出示。"""
    me = session.person_id
    assert me is not None
    async with world.database.read() as tx:
        rows = await code_delegations.of_person(tx, person_id=me)
    return CodeDelegationList(items=[delegation_view(row, world, me) for row in rows])


@post(
    "/code-delegations/{delegation_id:uuid}/end",
    opt=level(2),
    status_code=200,
    summary="结束代为出示",
    responses=documented(*SIGNED_IN, *KEYED, "request.not_found"),
)
async def end(
    delegation_id: FromPath[UUID],
    data: JSONBody[Nothing],
    change: NamedDependency[Change],
) -> Response[CodeDelegationView]:
    """本人立即结束家人代为出示医保码。"""
    world, session = change.world, change.session
    me = session.person_id
    assert me is not None
    return await change.once(
        content=data,
        status=200,
        render=lambda row: delegation_view(row, world, me),
        action=lambda once: end_code_delegation(world, me, delegation_id, once=once),
    )


router = Router(path="/v1", tags=["亲情账户"], route_handlers=[delegate, listing, end])
