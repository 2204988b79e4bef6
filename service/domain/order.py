"""What a counter orders, and what may become of it: a plan, a refusal, or an earlier answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.domain.bill import Bill
from service.domain.calendar import business_date
from service.domain.family_code import CodeHolder
from service.domain.institution import Institution
from service.domain.policy import Policies
from service.domain.refusal import Refusal
from service.domain.running import Running
from service.domain.settlement import Facts, Plan, split

ClaimKind = Literal["settlement", "refund", "cancelled", "refused"]


class Order(Struct, frozen=True, kw_only=True):
    """One request to settle. `message_id` is the counter's own number for it, `fingerprint` a
    digest of all that decides its effect; `person_id` is whom the counter believes to serve."""

    institution: Institution
    bill: Bill
    code: str
    holder: CodeHolder | Literal["unknown", "used"]
    message_id: str
    fingerprint: bytes
    person_id: UUID | None = None


class Claim(Struct, frozen=True, kw_only=True):
    """What this counter's message number has been used for."""

    kind: ClaimKind
    fingerprint: bytes
    book_id: UUID
    id: UUID


class Situation(Struct, frozen=True, kw_only=True):
    """What the books say to an order. `facts` is None when nobody's code was shown."""

    claim: Claim | None
    code_spent: bool
    facts: Facts | None


class Decision(Struct, frozen=True, kw_only=True):
    """To be recorded. `facts` are what the plan rests on, earlier plans of the batch taken."""

    facts: Facts
    plan: Plan


def decide(
    order: Order, situation: Situation, policies: Policies, running: Running, *, now: datetime
) -> Decision | Claim | Refusal:
    """A fresh decision, the claim of an earlier one to be answered again, or a refusal."""
    if situation.claim is not None:
        return repeated(situation.claim, order.fingerprint, kind="settlement")
    if isinstance(order.holder, str):
        used = order.holder == "used"
        return Refusal(code="family_code.used" if used else "family_code.refused")
    if situation.code_spent:
        return Refusal(code="family_code.used")
    assert situation.facts is not None
    patient = situation.facts.patient
    if order.person_id is not None and order.person_id != patient.id:
        return Refusal(code="counter.person_mismatch")
    rules = policies.at(business_date(now), patient.area)
    if rules is None:
        return Refusal(code="area.not_served", facts={"area": policies.name_of(patient.area)})
    facts = running.seen(situation.facts)
    plan = split(order.bill, facts, rules, now=now)
    return plan if isinstance(plan, Refusal) else Decision(facts=facts, plan=plan)


def repeated(claim: Claim, fingerprint: bytes, *, kind: ClaimKind) -> Claim | Refusal:
    """The earlier answer of the same message, unless it was about something else."""
    if claim.kind == "cancelled":
        return Refusal(code="counter.cancelled")
    if claim.kind == "refused" and claim.fingerprint == fingerprint:
        return Refusal(code="family_code.refused")
    if claim.kind != kind or claim.fingerprint != fingerprint:
        return Refusal(code="counter.message_reused")
    return claim


def strangers(orders: Sequence[Order]) -> tuple[list[int], list[int]]:
    """Places of orders that can be settled together, and of those that share their message or their
    code with an earlier one: they wait for its end."""
    seen: set[object] = set()
    first: list[int] = []
    later: list[int] = []
    for n, order in enumerate(orders):
        keys = {(order.institution.code, order.message_id), order.code}
        (later if keys & seen else first).append(n)
        seen |= keys
    return first, later
