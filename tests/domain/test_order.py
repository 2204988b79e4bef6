"""What becomes of an order: an earlier answer, a refusal or a decision, and what goes first."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import pytest
from msgspec.structs import replace

from service.domain.bill import Bill
from service.domain.family_code import CodeHolder
from service.domain.order import Claim, Decision, Order, Situation, decide, repeated
from service.domain.refusal import Refusal
from service.domain.running import Running
from service.domain.settlement import Facts
from tests.domain.counter_samples import (
    NOW,
    PATIENT,
    bill,
    donor,
    facts,
    institution,
    patient,
    planned,
    rules_at,
)
from tests.domain.shipped import policies

MINE, OTHERS = b"m" * 32, b"o" * 32
HOLDER = CodeHolder(patient=patient())
EARLIER = Claim(kind="settlement", fingerprint=MINE, book_id=PATIENT, id=UUID(int=9))
GUANGZHOU = "440100"


def order(**changes: Any) -> Order:
    base = Order(
        institution=institution(),
        bill=bill(),
        code="tag.jti",
        holder=HOLDER,
        message_id="message-0001",
        fingerprint=MINE,
    )
    return replace(base, **changes)


def situation(**changes: Any) -> Situation:
    known = facts(donor(fen=4000), own=3000)
    return replace(Situation(claim=None, code_spent=False, facts=known), **changes)


def decided(
    what: Order, known: Situation, running: Running | None = None, now: datetime = NOW
) -> Decision | Claim | Refusal:
    return decide(what, known, policies(), running or Running(), now=now)


def code_of(outcome: Decision | Claim | Refusal) -> str:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def test_a_fresh_order_is_decided_on_the_facts_as_they_are() -> None:
    known = situation()
    outcome = decided(order(), known)
    assert isinstance(outcome, Decision)
    assert outcome.facts == known.facts
    assert outcome.plan == planned(bill(), outcome.facts)
    assert [line.amount_fen for line in outcome.plan.lines] == [3000, 4000, 3000]


@pytest.mark.parametrize("holder", [HOLDER, "unknown", "used"])
@pytest.mark.parametrize("spent", [False, True])
def test_the_same_message_is_answered_whatever_became_of_its_code(
    holder: CodeHolder | Literal["unknown", "used"], spent: bool
) -> None:
    known = situation(claim=EARLIER, code_spent=spent)
    if isinstance(holder, str):
        known = replace(known, facts=None)
    assert decided(order(holder=holder), known) == EARLIER
    other = order(holder=holder, fingerprint=OTHERS)
    assert code_of(decided(other, known)) == "counter.message_reused"


CLAIMS = [
    (EARLIER, None),
    (replace(EARLIER, fingerprint=OTHERS), "counter.message_reused"),
    (replace(EARLIER, kind="refund"), "counter.message_reused"),
    (replace(EARLIER, kind="refund", fingerprint=OTHERS), "counter.message_reused"),
    (replace(EARLIER, kind="cancelled"), "counter.cancelled"),
    (replace(EARLIER, kind="cancelled", fingerprint=OTHERS), "counter.cancelled"),
]


@pytest.mark.parametrize(("claim", "code"), CLAIMS)
def test_what_a_message_was_used_for_decides_its_repetition(claim: Claim, code: str | None) -> None:
    outcome = decided(order(), situation(claim=claim))
    assert outcome == (claim if code is None else Refusal(code=code))
    swapped = {"settlement": "refund", "refund": "settlement"}
    mirrored = replace(claim, kind=swapped.get(claim.kind, claim.kind))
    answer = repeated(mirrored, MINE, kind="refund")
    assert answer == (mirrored if code is None else Refusal(code=code)), "a refund alike"


@pytest.mark.parametrize(
    ("changes", "known", "code"),
    [
        ({"holder": "unknown"}, {"facts": None}, "family_code.refused"),
        ({"holder": "used"}, {"facts": None}, "family_code.used"),
        ({"holder": "unknown"}, {"facts": None, "code_spent": True}, "family_code.refused"),
        ({}, {"code_spent": True}, "family_code.used"),
        ({"person_id": UUID(int=77)}, {"code_spent": True}, "family_code.used"),
        ({"person_id": UUID(int=77)}, {}, "counter.person_mismatch"),
        ({"bill": bill(fund_fen=10_001)}, {}, "bill.fund_exceeds_total"),
        ({"bill": bill(fund_fen=10_001), "person_id": UUID(int=77)}, {}, "counter.person_mismatch"),
    ],
)
def test_an_order_is_refused_by_the_first_thing_wrong_with_it(
    changes: dict[str, Any], known: dict[str, Any], code: str
) -> None:
    assert code_of(decided(order(**changes), situation(**known))) == code


def test_who_the_counter_believes_to_serve_may_be_right() -> None:
    outcome = decided(order(person_id=PATIENT), situation())
    assert isinstance(outcome, Decision)


def test_a_patient_from_an_area_that_is_not_served_is_told_so() -> None:
    away = facts(own=3000, area=GUANGZHOU)
    holder = CodeHolder(patient=away.patient)
    outcome = decided(order(holder=holder), situation(facts=away))
    assert outcome == Refusal(code="area.not_served", facts={"area": policies().name_of(GUANGZHOU)})


def test_a_refusal_of_the_bill_names_its_rule() -> None:
    vaccine = order(bill=Bill(service="vaccine", total_fen=100))
    yunnan: Facts = facts(own=3000, area="530600")
    outcome = decided(vaccine, situation(facts=yunnan))
    assert isinstance(outcome, Refusal)
    assert outcome.code == "settlement.service_not_payable"
    assert outcome.clause == rules_at("530600").payable_services.reference
    assert outcome.facts == {"service": "预防接种"}


def test_the_rules_are_those_of_the_day_in_shanghai() -> None:
    """陕西 pays for vaccines since 12 March 2025: 16:00 UTC the day before."""
    begins = datetime(2025, 3, 11, 16, tzinfo=UTC)
    known = situation(facts=facts(own=3000))
    vaccine = order(bill=Bill(service="vaccine", total_fen=100))
    before = decided(vaccine, known, now=begins - timedelta(seconds=1))
    assert code_of(before) == "settlement.service_not_payable"
    assert isinstance(decided(vaccine, known, now=begins), Decision)


def test_what_earlier_orders_of_the_batch_took_is_gone() -> None:
    running, known = Running(), situation()
    first = decided(order(bill=bill(5000)), known, running)
    assert isinstance(first, Decision)
    running.apply(first.facts, first.plan)
    second = decided(order(bill=bill(5000), code="tag.other"), known, running)
    assert isinstance(second, Decision)
    paid = [(line.payer, line.amount_fen) for line in second.plan.lines]
    assert paid == [("donor", 2000), ("cash", 3000)]
    assert second.facts.own is not None
    assert second.facts.own.posted_fen == 0
    assert known.facts is not None
    assert known.facts.own is not None
    assert known.facts.own.posted_fen == 3000, "what was read stays as it was read"
