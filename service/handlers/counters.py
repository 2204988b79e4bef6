"""The counter API of designated institutions, in JSON; the national envelope has the same flows."""

import hashlib
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from service.domain.institution import Institution
from service.domain.money import FEN_MAX
from service.domain.order import Order
from service.domain.person import mask_name
from service.flows.quote import quote
from service.flows.refund_settlement import RefundOrder, refund_settlement
from service.flows.settle import settle
from service.flows.take_code import take_code
from service.handlers.access import COUNTER, COUNTER_SECURITY
from service.handlers.answers import AT_COUNTER, SPLIT, IdempotencyKey, documented, granted
from service.handlers.counter_views import (
    OrderBody,
    QuoteView,
    RefundView,
    SettlementView,
    refund_view,
    settlement_view,
    split_view,
)
from service.personal import reveal
from service.problems import Problem
from service.store import people, settlements
from service.world import World


class RefundBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without an amount: all that has not been refunded yet."""

    amount_fen: Annotated[int, Meta(ge=1, le=FEN_MAX, description="退费金额，单位：分")] | None = (
        None
    )


@post("/quotes", opt=COUNTER, status_code=200, summary="预结算", responses=documented(*SPLIT))
async def quotes(
    data: JSONBody[OrderBody],
    world: NamedDependency[World],
    institution: NamedDependency[Institution],
) -> QuoteView:
    """扫码后先看怎么付：本人账户、家人账户、现金各多少。不扣钱。"""
    order = await order_of(world, institution, data, message_id="")
    plan = granted(await quote(world, order))
    assert not isinstance(order.holder, str)
    async with world.database.read() as tx:
        person = await people.get(tx, id=order.holder.patient.id)
    shown = mask_name(reveal(world.vault, person).name)
    return QuoteView(patient=shown, split=split_view(plan))


@post(
    "/settlements",
    opt=COUNTER,
    status_code=201,
    summary="结算",
    responses=documented(*SPLIT, "idempotency.key_missing"),
)
async def settlements_post(
    data: JSONBody[OrderBody],
    world: NamedDependency[World],
    institution: NamedDependency[Institution],
    idempotency_key: IdempotencyKey,
) -> Response[SettlementView]:
    """扣钱并记账。没有收到答复时用同一个 Idempotency-Key 重发，不会重复扣钱。"""
    order = await order_of(world, institution, data, message_id=idempotency_key)
    settled = granted(await settle(world, order))
    return _answer(settlement_view(settled.receipt), 201, replayed=settled.replayed)


@get(
    "/settlements/{settlement_id:uuid}",
    opt=COUNTER,
    summary="查询结算",
    responses=documented(*AT_COUNTER, "request.not_found"),
)
async def settlement(
    settlement_id: FromPath[UUID],
    world: NamedDependency[World],
    institution: NamedDependency[Institution],
) -> SettlementView:
    """本机构的一笔结算。"""
    async with world.database.read() as tx:
        row = await settlements.find(
            tx, institution_code=institution.code, settlement_id=settlement_id
        )
    if row is None:
        raise Problem("request.not_found")
    return settlement_view(row.content, refunded_fen=row.refunded_fen)


@post(
    "/settlements/{settlement_id:uuid}/reversal",
    opt=COUNTER,
    status_code=200,
    summary="撤销或退费",
    responses=documented(
        *AT_COUNTER,
        "idempotency.key_missing",
        "request.not_found",
        "counter.message_reused",
        "refund.exceeds_settlement",
    ),
)
async def reversal(
    settlement_id: FromPath[UUID],
    data: JSONBody[RefundBody],
    world: NamedDependency[World],
    institution: NamedDependency[Institution],
    idempotency_key: IdempotencyKey,
) -> Response[RefundView]:
    """全部或部分退回原支付账户；同一笔撤销两次不会多退。"""
    order = RefundOrder(
        institution_code=institution.code,
        settlement_id=settlement_id,
        amount_fen=data.amount_fen,
        message_id=idempotency_key,
        fingerprint=fingerprint("refund", settlement_id.bytes, data),
    )
    refunded = granted(await refund_settlement(world, order))
    return _answer(refund_view(refunded.receipt), 200, replayed=refunded.replayed)


async def order_of(
    world: World, institution: Institution, data: OrderBody, *, message_id: str
) -> Order:
    return await take_code(
        world,
        institution,
        code=data.code,
        bill=data.bill.bill,
        message_id=message_id,
        fingerprint=fingerprint("settlement", b"", data),
    )


def fingerprint(kind: str, subject: bytes, content: Struct) -> bytes:
    """A digest of all that decides a request's effect."""
    return hashlib.sha256(kind.encode() + b"\0" + subject + msgspec.json.encode(content)).digest()


def _answer(view: Struct, status: int, *, replayed: bool) -> Response[Any]:
    headers = {"Idempotency-Replayed": "true"} if replayed else None
    return Response(
        content=msgspec.json.encode(view),
        status_code=status,
        media_type="application/json",
        headers=headers,
    )


router = Router(
    path="/v1/counter",
    tags=["定点医药机构"],
    security=COUNTER_SECURITY,
    route_handlers=[quotes, settlements_post, settlement, reversal],
)
