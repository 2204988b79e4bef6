"""The account and what became of its money; a patient's own bills."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Struct

from service.domain.institution import KIND_TEXT, SERVICE_TEXT
from service.domain.person import mask_name
from service.domain.usage import Purpose, balance_text, movement_text
from service.handlers.access import level
from service.handlers.answers import SIGNED_IN, Page, documented
from service.handlers.counter_views import LineView, line_view
from service.handlers.views import local
from service.personal import name_purpose
from service.sessions import Session
from service.store import accounts, statements
from service.store.statements import BillRow, Movement
from service.world import World

_NEWEST = 2**62
_LAST = UUID(int=2**128 - 1)

Before = Annotated[
    int | None, QueryParameter(ge=1, le=_NEWEST, description="上一页最后一条的 next")
]
BeforeBill = Annotated[UUID | None, QueryParameter(description="上一页最后一条的 next")]
Limit = Annotated[int, QueryParameter(ge=1, le=50, description="每页条数")]


class MovementView(Struct, frozen=True, kw_only=True):
    """`amount_fen` below zero was paid out. `relative` (masked) used it; null for oneself."""

    number: int
    at: datetime
    purpose: Purpose
    amount_fen: int
    balance_after_fen: int
    relative: str | None
    place_text: str | None
    sentence: str


class AccountView(Page, frozen=True, kw_only=True):
    """Fen. `held_fen` is promised to payments under way."""

    has_account: bool
    balance_fen: int
    held_fen: int
    available_fen: int
    sentence: str
    items: list[MovementView]


class StatementView(Page, frozen=True, kw_only=True):
    """What relatives spent of the reader's account: amount, time and kind of institution only."""

    items: list[MovementView]


class BillView(Struct, frozen=True, kw_only=True):
    """One of the reader's own bills; fen."""

    id: UUID
    settled_at: datetime
    institution: str
    service_text: str
    total_fen: int
    fund_fen: int
    own_fen: int
    aid_fen: int
    cash_fen: int
    refunded_fen: int
    lines: list[LineView]


class BillPage(Page, frozen=True, kw_only=True):
    items: list[BillView]


@get("/account", opt=level(2), summary="我的个人账户", responses=documented(*SIGNED_IN))
async def account(
    world: NamedDependency[World],
    session: NamedDependency[Session],
    after: Before = None,
    limit: Limit = 20,
) -> AccountView:
    """余额，和每一笔进出：划入、本人使用、家人使用、退回。"""
    me = session.person_id
    assert me is not None
    async with world.database.read() as tx:
        found = await accounts.get(tx, book_id=me)
        moved = await statements.movements(
            tx, book_id=me, before=after or _NEWEST, aid_only=False, limit=limit + 1
        )
    posted, held = (found.posted_fen, found.held_fen) if found else (0, 0)
    sentence = balance_text(posted - held, held) if found else "您在本平台没有职工医保个人账户。"
    return AccountView(
        has_account=found is not None,
        balance_fen=posted,
        held_fen=held,
        available_fen=posted - held,
        sentence=sentence,
        items=[_movement(movement, world) for movement in moved[:limit]],
        next=str(moved[limit - 1].number) if len(moved) > limit else None,
    )


@get("/statement", opt=level(2), summary="家人使用记录", responses=documented(*SIGNED_IN))
async def statement(
    world: NamedDependency[World],
    session: NamedDependency[Session],
    after: Before = None,
    limit: Limit = 20,
) -> StatementView:
    """家人用了我的账户多少钱：时间、金额、机构类别，不含看了什么病。"""
    assert session.person_id is not None
    async with world.database.read() as tx:
        moved = await statements.movements(
            tx, book_id=session.person_id, before=after or _NEWEST, aid_only=True, limit=limit + 1
        )
    return StatementView(
        items=[_movement(movement, world) for movement in moved[:limit]],
        next=str(moved[limit - 1].number) if len(moved) > limit else None,
    )


@get("/bills", opt=level(2), summary="我的就医购药账单", responses=documented(*SIGNED_IN))
async def bills(
    world: NamedDependency[World],
    session: NamedDependency[Session],
    after: BeforeBill = None,
    limit: Limit = 20,
) -> BillPage:
    """我本人的每一笔结算：基金、本人账户、家庭共济、现金各付多少。"""
    assert session.person_id is not None
    async with world.database.read() as tx:
        rows = await statements.bills(
            tx, book_id=session.person_id, before=after or _LAST, limit=limit + 1
        )
    return BillPage(
        items=[_bill(row) for row in rows[:limit]],
        next=str(rows[limit - 1].settlement_id) if len(rows) > limit else None,
    )


def _movement(movement: Movement, world: World) -> MovementView:
    relative = None
    if movement.beneficiary_id is not None and movement.name_sealed is not None:
        purpose = name_purpose(movement.beneficiary_id)
        relative = mask_name(world.vault.open_text(movement.name_sealed, purpose=purpose))
    return MovementView(
        number=movement.number,
        at=local(movement.at),
        purpose=movement.purpose,
        amount_fen=movement.amount_fen,
        balance_after_fen=movement.balance_fen,
        relative=relative,
        place_text=KIND_TEXT[movement.place] if movement.place else None,
        sentence=movement_text(
            movement.purpose, movement.amount_fen, relative=relative, place=movement.place
        ),
    )


def _bill(row: BillRow) -> BillView:
    receipt = row.content
    plan = receipt.plan
    return BillView(
        id=row.settlement_id,
        settled_at=local(receipt.settled_at),
        institution=receipt.place.name,
        service_text=SERVICE_TEXT[plan.bill.service],
        total_fen=plan.bill.total_fen,
        fund_fen=plan.paid_by("fund"),
        own_fen=plan.paid_by("own"),
        aid_fen=plan.paid_by("donor"),
        cash_fen=plan.paid_by("cash"),
        refunded_fen=row.refunded_fen,
        lines=[line_view(line) for line in plan.lines],
    )


router = Router(path="/v1", tags=["账户和账单"], route_handlers=[account, statement, bills])
