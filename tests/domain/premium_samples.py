"""Synthetic premiums, and rules of an area that has announced everything."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from service.domain.payable import Due
from service.domain.policy import Rules
from service.domain.premium import Premium, PremiumState
from service.domain.premium_terms import PremiumLate, PremiumWindow, Waiting
from service.domain.resident import Resident
from tests.domain.counter_samples import rules_at

TODAY = date(2025, 11, 20)
WINDOW = PremiumWindow(
    year=2026,
    opens_on=date(2025, 10, 1),
    closes_on=date(2025, 12, 25),
    amounts_fen={"ordinary": 40_000, "low_income": 11_000, "orphan": 0},
)
LATE = PremiumLate(year=2026, closes_on=date(2026, 2, 28), amounts_fen={"ordinary": 107_000})
WAITING = Waiting(fixed_months=3, months_per_further_year=1, stated_from_year=2020)
OPENED: dict[str, Any] = {
    "premium_by_account": True,
    "premium_window": WINDOW,
    "premium_late": LATE,
    "premium_waiting": WAITING,
    "premium_newborn_days": 90,
    "premium_refund": "before_credit",
}
RESIDENT = Resident(known=True, status="active", area="610100", last_year=2025)
DUE = Due(
    year=2026,
    category="ordinary",
    amount_fen=40_000,
    until=date(2025, 12, 25),
    late=False,
    benefits="连续参保并按时缴费，2026年1月1日起享受待遇。",
    clause="依据",
)


def rules(**changes: Any) -> Rules:
    """Everything announced but for the changes."""
    return rules_at("610100", TODAY, **(OPENED | changes))


MADE = datetime(2025, 11, 20, 1, 0, tzinfo=UTC)
HELD, RECEIPTED, PAID, CREDITED, ENDED = (MADE + timedelta(hours=hours) for hours in range(1, 6))
_HELD = {"category": "ordinary", "amount_fen": 40_000, "held_at": HELD}
_PAID = _HELD | {"receipt_number": "T610100", "receipted_at": RECEIPTED, "paid_at": PAID}
_SO_FAR: dict[PremiumState, dict[str, Any]] = {
    "planned": {},
    "held": _HELD,
    "paid": _PAID,
    "credited": _PAID | {"credited_at": CREDITED},
    "declined": _HELD | {"reason": "employee", "ended_at": ENDED},
    "skipped": {"reason": "suspended", "ended_at": ENDED},
    "refunding": _PAID,
    "refunded": _PAID | {"ended_at": ENDED},
}
"""What is known of an order in each state, as the constraints of its table demand."""


def premium(state: PremiumState = "planned", **changes: Any) -> Premium:
    base = Premium(
        book_id=UUID(int=1),
        premium_id=UUID(int=2),
        insured_id=UUID(int=3),
        binding_id=UUID(int=4),
        plan_id=None,
        batch_id=None,
        area="610100",
        year=2026,
        category=None,
        amount_fen=None,
        late=False,
        state=state,
        reason=None,
        tries=0,
        receipt_number=None,
        made_at=MADE,
        held_at=None,
        receipted_at=None,
        paid_at=None,
        credited_at=None,
        ended_at=None,
    )
    return replace(base, **(_SO_FAR[state] | changes))
