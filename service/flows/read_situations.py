"""Read what the books say to a batch of orders: one statement, whatever their number."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import cast
from uuid import UUID

from service.database import Tx
from service.domain.donor import Account, Donor
from service.domain.order import Claim, ClaimKind, Order, Situation
from service.domain.pooling import Used
from service.domain.settlement import Facts
from service.family_codes import code_digest
from service.store import settlements
from service.store.settlements import FactRow


async def read_situations(
    tx: Tx, orders: Sequence[Order], *, today: date, lock: bool = False
) -> list[Situation]:
    """One situation per order, in their order, on a day in Asia/Shanghai. `lock`: and the accounts
    stay as they are until the end of the transaction."""
    if lock:
        patients = {_patient(order) for order in orders}
        await settlements.lock_accounts(tx, patients=[p for p in patients if p is not None])
    rows = await _rows(tx, orders, today=today)
    groups = [list(found) for _, found in groupby(rows, key=lambda row: row.n)]
    return [_situation(order, found) for order, found in zip(orders, groups, strict=True)]


async def _rows(tx: Tx, orders: Sequence[Order], *, today: date) -> list[FactRow]:
    return await settlements.facts(
        tx,
        institutions=[order.institution.code for order in orders],
        messages=[order.message_id for order in orders],
        codes=[code_digest(order.code) for order in orders],
        patients=[_patient(order) for order in orders],
        today=today,
    )


def _patient(order: Order) -> UUID | None:
    return None if isinstance(order.holder, str) else order.holder.patient.id


def _situation(order: Order, rows: Sequence[FactRow]) -> Situation:
    first = rows[0]
    return Situation(
        claim=_claim(first),
        code_spent=first.code_claimed_id is not None,
        facts=None if isinstance(order.holder, str) else _facts(order, rows),
    )


def _claim(row: FactRow) -> Claim | None:
    if row.claimed_kind is None:
        return None
    assert row.claimed_fingerprint is not None
    assert row.claimed_book is not None
    assert row.claimed_id is not None
    return Claim(
        kind=cast(ClaimKind, row.claimed_kind),
        fingerprint=row.claimed_fingerprint,
        book_id=row.claimed_book,
        id=row.claimed_id,
    )


def _facts(order: Order, rows: Sequence[FactRow]) -> Facts:
    assert not isinstance(order.holder, str)
    first = rows[0]
    return Facts(
        patient=order.holder.patient,
        institution=order.institution,
        own=_account(first.own_posted_fen, first.own_held_fen, first.own_version),
        donors=tuple(_donor(row) for row in rows if row.binding_id is not None),
        benefit=Used(
            eligible_fen=first.benefit_eligible_fen or 0, fund_fen=first.benefit_fund_fen or 0
        ),
        filed_areas=first.filed_areas,
    )


def _donor(row: FactRow) -> Donor:
    assert row.binding_id is not None
    assert row.donor_id is not None
    assert row.state is not None
    assert row.rank is not None
    assert row.begins_on is not None
    return Donor(
        binding_id=row.binding_id,
        donor_id=row.donor_id,
        state=row.state,
        rank=row.rank,
        begins_on=row.begins_on,
        ends_on=row.ends_on,
        effective_at=row.effective_at,
        total_limit_fen=row.total_limit_fen,
        year_limit_fen=row.year_limit_fen,
        use_limit_fen=row.use_limit_fen,
        used_fen=row.used_fen or 0,
        used_year_fen=row.used_year_fen or 0,
        account=_account(row.donor_posted_fen, row.donor_held_fen, row.donor_version),
    )


def _account(posted: int | None, held: int | None, version: int | None) -> Account | None:
    if posted is None or held is None or version is None:
        return None
    return Account(posted_fen=posted, held_fen=held, version=version)
