"""Whether a paid premium can be given back now."""

from typing import get_args

import pytest

from service.domain.premium import PremiumState
from service.domain.premium_refund import refundable
from tests.domain.premium_samples import premium, rules

NOT_NOW = "premium.refund_not_now"
CODES: dict[PremiumState, tuple[str | None, str | None]] = {
    "planned": (NOT_NOW, NOT_NOW),
    "held": (NOT_NOW, NOT_NOW),
    "paid": (None, "premium.refund_not_announced"),
    "credited": ("premium.refund_too_late", "premium.refund_too_late"),
    "declined": (NOT_NOW, NOT_NOW),
    "skipped": (NOT_NOW, NOT_NOW),
    "refunding": (NOT_NOW, NOT_NOW),
    "refunded": (NOT_NOW, NOT_NOW),
}
"""By state: what is said where refunds are announced, and where they are not."""


@pytest.mark.parametrize("state", get_args(PremiumState))
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "not-announced"])
def test_what_can_be_given_back(state: PremiumState, announced: bool) -> None:
    value = "before_credit" if announced else None
    area = rules(premium_refund=value)
    found = refundable(premium(state), area)
    wanted = CODES[state][0 if announced else 1]
    assert (found.code if found else None) == wanted
    if found is not None:
        clause = "" if wanted == NOT_NOW else area.premium_refund.reference
        assert found.clause == clause
