"""Record decided settlements: their rows, claims, events and the ledger's legs, in one call."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from service.database import Tx
from service.domain.calendar import business_date
from service.domain.ledger import Leg, Seen, transfer_id
from service.domain.order import Decision, Order
from service.domain.receipt import Receipt, place_of
from service.domain.settlement import Facts, Plan
from service.family_codes import code_digest
from service.store import settlements
from service.store.settlements import SettlementRecord
from service.world import World


async def record_settlements(
    tx: Tx, world: World, decided: Sequence[tuple[Order, Decision]], *, now: datetime
) -> list[Receipt]:
    """A receipt for each, all recorded or none. Raises Stale, ConstraintBroken."""
    if not decided:
        return []
    records = [_record(world.new_id(), order, decision, now=now) for order, decision in decided]
    await settlements.settle(tx, records, at=now, on=business_date(now))
    return [record.receipt for record in records]


def _record(
    settlement_id: UUID, order: Order, decision: Decision, *, now: datetime
) -> SettlementRecord:
    facts, plan = decision.facts, decision.plan
    receipt = Receipt(
        settlement_id=settlement_id,
        message_id=order.message_id,
        place=place_of(order.institution),
        patient=facts.patient,
        plan=plan,
        settled_at=now,
    )
    return SettlementRecord(
        receipt=receipt,
        fingerprint=order.fingerprint,
        code=code_digest(order.code),
        legs=_legs(receipt),
        seen=_seen(facts, plan),
        benefit=facts.benefit if plan.eligible_fen or plan.pooled_fen else None,
    )


def _legs(receipt: Receipt) -> tuple[Leg, ...]:
    """One per account that pays."""
    return tuple(
        Leg(
            journal_id=receipt.settlement_id,
            transfer_id=transfer_id(receipt.place.code, receipt.message_id, n),
            purpose="settlement",
            book_id=line.book_id,
            binding_id=line.binding_id,
            year=business_date(receipt.settled_at).year if line.binding_id else None,
            contra=f"institution:{receipt.place.code}",
            amount_fen=-line.amount_fen,
        )
        for n, line in enumerate(receipt.plan.lines)
        if line.book_id is not None
    )


def _seen(facts: Facts, plan: Plan) -> tuple[Seen, ...]:
    """The own account always, since donors pay what it lacks; and every donor who pays."""
    paying = {line.book_id for line in plan.lines}
    seen = [(facts.patient.id, facts.own.version if facts.own else None)]
    for donor in facts.donors:
        if donor.donor_id in paying and donor.account is not None:
            seen.append((donor.donor_id, donor.account.version))
    return tuple(seen)
