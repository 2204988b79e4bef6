"""One settlement: read through the ORM under row locks, split, written through the session."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from benchmarks.peers.fastapi_sqlalchemy import schemas
from benchmarks.peers.fastapi_sqlalchemy.models import (
    Account,
    Allowance,
    Binding,
    CodeClaim,
    CounterClaim,
    CounterEvent,
    Entry,
    Settlement,
    Transfer,
)
from benchmarks.peers.fastapi_sqlalchemy.security import Place
from benchmarks.peers.fastapi_sqlalchemy.splitting import Part, Splitter, split_view

_USE_MS = 600_000
_TAKE = """
local code = redis.call('HMGET', KEYS[1], 'digest', 'holder', 'taken_by')
if code[1] ~= ARGV[1] then return {'unknown'} end
if not code[3] then
  redis.call('HSET', KEYS[1], 'taken_by', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
elseif code[3] ~= ARGV[2] then
  return {'used'}
end
return {'taken', code[2]}
"""


class Refused(Exception):
    """A business refusal, by its code."""


async def take_code(
    redis: Any, content: str, *, counter: str
) -> schemas.CodeHolder | Literal["unknown", "used"]:
    tag, _, jti = content.partition(".")
    digest = hashlib.sha256(jti.encode()).hexdigest()
    key = f"gongji:{{{tag}}}:family-code"
    answer = await redis.eval(_TAKE, 1, key, digest, counter, _USE_MS)
    if answer[0] == b"taken":
        return schemas.CodeHolder.model_validate_json(answer[1])
    return "used" if answer[0] == b"used" else "unknown"


async def settle(
    session: AsyncSession,
    place: Place,
    order: schemas.Order,
    *,
    holder: schemas.CodeHolder | Literal["unknown", "used"],
    message_id: str,
) -> tuple[schemas.SettlementView, bool]:
    """The settlement and whether it is an earlier one; one transaction."""
    content = hashlib.sha256(order.model_dump_json().encode()).digest()
    async with session.begin():
        claim = await session.get(CounterClaim, (place.code, message_id))
        if claim is not None:
            return await _replay(session, claim, content), True
        if isinstance(holder, str):
            raise Refused("family_code.used" if holder == "used" else "family_code.refused")
        code = hashlib.sha256(order.code.encode()).digest()
        if await session.get(CodeClaim, code) is not None:
            raise Refused("family_code.used")
        now = datetime.now(UTC)
        splitter = await _facts(session, holder.patient, now)
        parts = splitter.split(order.bill)
        settlement_id = uuid7()
        view = schemas.SettlementView(
            id=settlement_id,
            message_id=message_id,
            settled_at=now.astimezone(ZoneInfo("Asia/Shanghai")),
            split=split_view(order.bill, parts, splitter),
        )
        _record(session, place, order, view, patient=holder.patient.id, code=code, content=content)
        _pay(session, splitter, parts, settlement_id=settlement_id, place=place, now=now)
    return view, False


async def _replay(
    session: AsyncSession, claim: CounterClaim, content: bytes
) -> schemas.SettlementView:
    if claim.fingerprint != content or claim.kind != "settlement":
        raise Refused("counter.message_reused")
    row = await session.get_one(Settlement, (claim.claimed_book, claim.claimed_id))
    return schemas.SettlementView.model_validate_json(row.plan)


async def _facts(session: AsyncSession, patient: schemas.Patient, now: datetime) -> Splitter:
    """Bindings, then the accounts under lock in the order of their ids, then what was used."""
    bindings = (
        await session.scalars(
            select(Binding).where(
                Binding.beneficiary_id == patient.id, Binding.effective_at.is_not(None)
            )
        )
    ).all()
    books = [patient.id, *(binding.donor_id for binding in bindings)]
    accounts = await session.scalars(
        select(Account).where(Account.book_id.in_(books)).order_by(Account.book_id)
        .with_for_update()
    )  # fmt: skip
    allowances = await session.scalars(
        select(Allowance).where(
            Allowance.book_id.in_(books),
            Allowance.binding_id.in_([binding.id for binding in bindings]),
        )
    )
    return Splitter(
        patient_id=patient.id,
        accounts={account.book_id: account for account in accounts},
        bindings=bindings,
        allowances=allowances.all(),
        now=now,
    )


def _record(
    session: AsyncSession,
    place: Place,
    order: schemas.Order,
    view: schemas.SettlementView,
    *,
    patient: UUID,
    code: bytes,
    content: bytes,
) -> None:
    split = view.split
    claimed = {"claimed_book": patient, "claimed_id": view.id}
    session.add(
        CounterClaim(
            institution_code=place.code,
            message_id=view.message_id,
            kind="settlement",
            fingerprint=content,
            **claimed,
        )
    )
    session.add(CodeClaim(code_digest=code, **claimed))
    session.add(
        Settlement(
            book_id=patient,
            settlement_id=view.id,
            institution_code=place.code,
            message_id=view.message_id,
            service=order.bill.service,
            total_fen=split.total_fen,
            fund_fen=split.fund_fen,
            own_fen=split.own_fen,
            aid_fen=split.aid_fen,
            cash_fen=split.cash_fen,
            eligible_fen=0,
            pooled_fen=0,
            plan=view.model_dump_json().encode(),
            settled_on=view.settled_at.date(),
            settled_at=view.settled_at,
        )
    )
    session.add(
        CounterEvent(
            book_id=patient,
            event_id=view.id,
            settlement_id=view.id,
            kind="settled",
            at=view.settled_at,
        )
    )


def _pay(
    session: AsyncSession,
    splitter: Splitter,
    parts: list[Part],
    *,
    settlement_id: UUID,
    place: Place,
    now: datetime,
) -> None:
    """Move the money: account, allowance, transfer and entry of every payer."""
    day = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    for part in parts:
        if part.account is None:
            continue
        account, contra = part.account, f"institution:{place.code}"
        account.posted_fen -= part.amount_fen
        account.entry_count += 1
        account.version += 1
        moved = {"contra": contra, "amount_fen": -part.amount_fen, "booked_on": day}
        session.add(
            Entry(
                **moved,
                number=account.entry_count,
                balance_fen=account.posted_fen,
                transfer=Transfer(
                    **moved,
                    book_id=account.book_id,
                    transfer_id=uuid7(),
                    journal_id=settlement_id,
                    phase="single",
                    purpose="settlement",
                    binding_id=part.binding and part.binding.id,
                    year=day.year if part.binding else None,
                    recorded_at=now,
                ),
            )
        )
        if part.binding is not None:
            allowance = splitter.allowance(part.binding, day.year)
            if allowance is None:
                allowance = Allowance(
                    book_id=account.book_id,
                    binding_id=part.binding.id,
                    year=day.year,
                    used_fen=0,
                    held_fen=0,
                )
                session.add(allowance)
            allowance.used_fen += part.amount_fen
