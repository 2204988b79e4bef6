"""What an institution settled and refunded on a day, for its own books."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from service.domain.institution import Institution
from service.domain.institution_statement import Booked, Kind
from service.handlers.access import COUNTER, COUNTER_SECURITY
from service.handlers.answers import SIGNED_HEADERS, Page, documented
from service.handlers.views import local
from service.store import institution_statements
from service.store.institution_statements import TotalRow
from service.world import World

After = Annotated[UUID | None, QueryParameter(description="上一页返回的 next")]
Limit = Annotated[int, QueryParameter(ge=1, le=500, description="每页条数")]


class TotalView(Struct, frozen=True, kw_only=True):
    """Sums over the day, in fen. `aid_fen` is what relatives paid (家庭共济)."""

    count: int
    total_fen: int
    fund_fen: int
    own_fen: int
    aid_fen: int
    cash_fen: int


class StatementItem(Struct, frozen=True, kw_only=True):
    """A settlement or a refund; `settlement_id` is the bill's for both."""

    id: UUID
    kind: Kind
    settlement_id: UUID
    message_id: str
    at: datetime
    total_fen: int
    fund_fen: int
    own_fen: int
    aid_fen: int
    cash_fen: int


class StatementPage(Page, frozen=True, kw_only=True):
    """Totals are those of the whole day on every page."""

    day: date
    settlements: TotalView
    refunds: TotalView
    items: list[StatementItem]


@get(
    "/statements/{day:date}",
    opt=COUNTER,
    summary="机构对账单",
    responses=documented(*SIGNED_HEADERS, "request.not_found"),
)
async def statement(
    day: FromPath[date],
    world: NamedDependency[World],
    institution: NamedDependency[Institution],
    after: After = None,
    limit: Limit = 100,
) -> StatementPage:
    """本机构一天（北京时间）的结算和退费：合计和明细，明细按时间先后排列。"""
    async with world.database.read() as tx:
        totals = await institution_statements.totals(tx, institution_code=institution.code, day=day)
        found = await institution_statements.items(
            tx,
            institution_code=institution.code,
            day=day,
            after=after or UUID(int=0),
            limit=limit + 1,
        )
    by_kind = {row.kind: _total(row) for row in totals}
    items = [_item(item) for item in found[:limit]]
    return StatementPage(
        day=day,
        settlements=by_kind["settlement"],
        refunds=by_kind["refund"],
        items=items,
        next=str(items[-1].id) if len(found) > limit else None,
    )


def _total(row: TotalRow) -> TotalView:
    return TotalView(
        count=row.count,
        total_fen=row.total_fen,
        fund_fen=row.fund_fen,
        own_fen=row.own_fen,
        aid_fen=row.aid_fen,
        cash_fen=row.cash_fen,
    )


def _item(item: Booked) -> StatementItem:
    return StatementItem(
        id=item.id,
        kind=item.kind,
        settlement_id=item.settlement_id,
        message_id=item.message_id,
        at=local(item.at),
        total_fen=item.total_fen,
        fund_fen=item.fund_fen,
        own_fen=item.own_fen,
        aid_fen=item.aid_fen,
        cash_fen=item.cash_fen,
    )


router = Router(
    path="/v1/counter",
    tags=["定点医药机构"],
    security=COUNTER_SECURITY,
    route_handlers=[statement],
)
