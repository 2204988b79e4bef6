"""How batches of premiums are getting on, for the hall's clerks; operators steer by command."""

from datetime import datetime
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from msgspec import Struct

from service.domain.premium_batch import MODE_TEXT, Batch, Mode, Progress
from service.flows.read_progress import read_progress
from service.handlers.access import role
from service.handlers.answers import CLERK, documented
from service.handlers.views import local
from service.sessions import Session
from service.store import premium_batches
from service.world import World


class BatchView(Struct, frozen=True, kw_only=True):
    """Orders by state, percent decided, receipts in the last minute; fen. `open`: still to be
    decided, `set_aside`: waiting for a person."""

    id: UUID
    area: str
    area_name: str
    year: int
    mode: Mode
    mode_text: str
    total: int
    planned: int
    held: int
    paid: int
    credited: int
    declined: int
    skipped: int
    refunded: int
    open: int
    set_aside: int
    paid_fen: int
    held_fen: int
    percent: float
    paid_per_minute: int
    made_at: datetime


class BatchList(Struct, frozen=True, kw_only=True):
    items: list[BatchView]


@get(
    "/premium-batches",
    opt=role("any"),
    summary="批量代缴进度",
    responses=documented(*CLERK),
)
async def every(world: NamedDependency[World], session: NamedDependency[Session]) -> BatchList:
    """本统筹区各年度的批量代缴：各状态多少笔、完成百分比、每分钟多少笔。"""
    async with world.database.read() as tx:
        found = await premium_batches.every(tx, area=session.area)
    counted = await read_progress(world, found)
    return BatchList(
        items=[
            batch_view(batch, progress, world)
            for batch, progress in zip(found, counted, strict=True)
        ]
    )


def batch_view(batch: Batch, progress: Progress, world: World) -> BatchView:
    return BatchView(
        id=batch.id,
        area=batch.area,
        area_name=world.policies.name_of(batch.area),
        year=batch.year,
        mode=batch.mode,
        mode_text=MODE_TEXT[batch.mode],
        total=progress.total,
        planned=progress.planned,
        held=progress.held,
        paid=progress.paid,
        credited=progress.credited,
        declined=progress.declined,
        skipped=progress.skipped,
        refunded=progress.refunded,
        open=progress.open,
        set_aside=progress.set_aside,
        paid_fen=progress.paid_fen,
        held_fen=progress.held_fen,
        percent=progress.percent,
        paid_per_minute=progress.paid_per_minute,
        made_at=local(batch.made_at),
    )


router = Router(path="/v1/hall", tags=["服务大厅"], route_handlers=[every])
