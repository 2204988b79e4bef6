"""Rows about premiums, one in every table, and what its constraints refuse and allow."""

from typing import Any

from tests.sql.rows import copy

PAYER = "00000000-0000-0000-0000-000000000001"
RELATIVE = "00000000-0000-0000-0000-000000000002"
BINDING = "00000000-0000-0000-0000-0000000000b1"
NEW = "00000000-0000-0000-0000-0000000000fe"
PLAN = "00000000-0000-0000-0000-000000000091"
PREMIUM = "00000000-0000-0000-0000-000000000093"

PREMIUM_ROWS = f"""
INSERT INTO premium_plan (book_id, plan_id, binding_id, insured_id, area, year, most_fen, source,
    made_at)
VALUES ('{PAYER}', '{PLAN}', '{BINDING}', '{RELATIVE}', '610100', NULL, 50000, 'citizen',
    '2025-10-01Z');
INSERT INTO premium_batch (id, area, year, mode, made_at)
VALUES ('00000000-0000-0000-0000-000000000092', '610100', 2026, 'running', '2025-10-01Z');
INSERT INTO premium (book_id, premium_id, insured_id, binding_id, plan_id, area, year, category,
    amount_fen, state, next_try_at, receipt_number, made_at, held_at, receipted_at, paid_at)
VALUES ('{PAYER}', '{PREMIUM}', '{RELATIVE}', '{BINDING}', '{PLAN}', '610100', 2026, 'ordinary',
    40000, 'paid', '2025-10-02Z', 'T1', '2025-10-01Z', '2025-10-01Z', '2025-10-01Z',
    '2025-10-01Z');
INSERT INTO premium_claim (insured_id, year, area, claimed_book, claimed_id)
VALUES ('{RELATIVE}', 2026, '610100', '{PAYER}', '{PREMIUM}');
INSERT INTO premium_refund (book_id, refund_id, premium_id, amount_fen, state, next_try_at,
    asked_at)
VALUES ('{PAYER}', '00000000-0000-0000-0000-000000000094', '{PREMIUM}', 40000, 'asked',
    '2025-10-02Z', '2025-10-01Z');
"""


def premium(**changes: Any) -> str:
    """Another order, of no plan."""
    return copy("premium", **{"premium_id": NEW, "plan_id": None} | changes)


def unpaid(**changes: Any) -> str:
    """One whose money is held, and nothing more."""
    nothing = dict.fromkeys(("receipt_number", "receipted_at", "paid_at"))
    return premium(**{"state": "held", **nothing} | changes)


def planned(**changes: Any) -> str:
    return unpaid(**{"state": "planned", "held_at": None} | changes)


def over(**changes: Any) -> str:
    """One that was declined."""
    values = {
        "state": "declined",
        "next_try_at": None,
        "ended_at": "2025-10-03Z",
        "reason": "other",
    }
    return unpaid(**values | changes)


def refund(**changes: Any) -> str:
    """Another refund, of an order whose first was declined."""
    values = {
        "refund_id": NEW,
        "state": "declined",
        "next_try_at": None,
        "ended_at": "2025-10-03Z",
        "reason": "other",
    }
    return copy("premium_refund", **values | changes)


PREMIUM_BREAKS = {
    "premium_plan_once": copy("premium_plan", insured_id=NEW),
    "premium_plan_known_source": copy("premium_plan", plan_id=NEW, year=2027, source="rumour"),
    "premium_plan_most_positive": copy("premium_plan", plan_id=NEW, year=2027, most_fen=0),
    "premium_plan_area_six_digits": copy("premium_plan", plan_id=NEW, year=2027, area="6101"),
    "premium_plan_one_live_per_relative": copy("premium_plan", plan_id=NEW),
    "premium_batch_once": copy("premium_batch"),
    "premium_batch_known_mode": copy("premium_batch", year=2027, mode="asleep"),
    "premium_batch_area_six_digits": copy("premium_batch", area="6101"),
    "premium_once": copy("premium", plan_id=None),
    "premium_for_another": premium(insured_id=PAYER),
    "premium_area_six_digits": premium(area="6101"),
    "premium_known_category": premium(category="rich"),
    "premium_known_state": premium(state="lost"),
    "premium_amount_positive": premium(amount_fen=0),
    "premium_held_has_amount": unpaid(amount_fen=None),
    "premium_paid_has_receipt": premium(receipt_number=None),
    "premium_credited_has_time": premium(state="credited", next_try_at=None),
    "premium_refused_says_why": over(reason=None),
    "premium_over_has_a_time": over(ended_at=None),
    "premium_waits_or_is_over": unpaid(next_try_at=None),
    "premium_once_per_plan_and_year": copy("premium", premium_id=NEW),
    "premium_claim_once": copy("premium_claim", claimed_id=NEW),
    "premium_refund_once": copy("premium_refund", state="refunded", next_try_at=None,
                                refunded_at="2025-10-03Z", ended_at="2025-10-03Z"),
    "premium_refund_of_a_premium": refund(premium_id=NEW),
    "premium_refund_amount_positive": refund(amount_fen=0),
    "premium_refund_known_state": refund(state="lost", reason=None),
    "premium_refund_waits_or_is_over": refund(ended_at=None),
    "premium_refund_one_live": copy("premium_refund", refund_id=NEW),
}  # fmt: skip

PREMIUM_OTHER_SIDES = {
    "premium_held_has_amount planned": planned(held_at="2025-10-01Z"),
    "premium_held_has_amount category": unpaid(category=None),
    "premium_held_has_amount held": unpaid(held_at=None),
    "premium_paid_has_receipt held": unpaid(receipt_number="T2"),
    "premium_paid_has_receipt time": premium(receipted_at=None),
    "premium_paid_has_receipt posted": premium(paid_at=None),
    "premium_over_has_a_time held": unpaid(ended_at="2025-10-03Z"),
    "premium_waits_or_is_over over": over(next_try_at="2025-10-03Z"),
    "premium_waits_or_is_over aside": unpaid(aside="Fault"),
    "premium_refund_waits_or_is_over reason": refund(reason=None),
    "premium_refund_waits_or_is_over next": refund(next_try_at="2025-10-03Z"),
    "premium_refund_waits_or_is_over refunded": refund(refunded_at="2025-10-03Z"),
}

PREMIUM_ALLOWED = {
    "a plan for one year beside one for every year": copy("premium_plan", plan_id=NEW, year=2027),
    "a plan once the other is over": copy("premium_plan", plan_id=NEW, ended_at="2025-10-02Z"),
    "a batch of the next year": copy("premium_batch", year=2027),
    "the plan's order of the next year": copy("premium", premium_id=NEW, year=2027),
    "a citizen's own order": premium(),
    "a planned order without an amount": planned(amount_fen=None, category=None),
    "an order set aside": unpaid(aside="Fault", next_try_at=None),
    "a declined order": over(),
    "a claim of another year": copy("premium_claim", year=2027),
    "a refund after a declined one": refund(),
}
