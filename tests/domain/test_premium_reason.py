"""Why an order was not carried out: a sentence for every reason, and who is told of it when."""

import inspect
import re
from typing import get_args

import pytest

from service.domain import payable, premium_hold
from service.domain.premium_reason import (
    PATIENT,
    REASON_TEXT,
    reason_of,
    word_of_decline,
    word_of_skip,
    word_of_wait,
)
from service.domain.refusal import Refusal
from service.flows import find_due
from service.gateways.tax import Decline


def refusals() -> set[str]:
    """The codes a planned order can be refused with, as its decisions are written."""
    sources = [inspect.getsource(module) for module in (payable, premium_hold, find_due)]
    return {code for source in sources for code in re.findall(r'\bcode="([a-z_.]+)"', source)}


def test_every_refusal_of_an_order_has_its_reason() -> None:
    codes = refusals()
    assert codes >= {"premium.deceased", "premium.money_short", "area.not_served"}
    assert {reason_of(Refusal(code=code)) for code in codes} <= REASON_TEXT.keys()


def test_every_decline_has_its_reason_and_no_reason_is_idle() -> None:
    declines = set(get_args(Decline))
    assert declines <= REASON_TEXT.keys()
    refused = {reason_of(Refusal(code=code)) for code in refusals()}
    assert REASON_TEXT.keys() == declines | refused


def test_what_may_pass_is_a_reason_that_we_decide() -> None:
    refused = {reason_of(Refusal(code=code)) for code in refusals()}
    assert refused >= PATIENT


def test_reasons_fit_into_a_sentence() -> None:
    assert len(set(REASON_TEXT.values())) == len(REASON_TEXT)
    for text in REASON_TEXT.values():
        assert text.strip("。，；： ") == text != ""


@pytest.mark.parametrize(
    ("code", "reason"),
    [("premium.money_short", "money_short"), ("area.not_served", "area_not_served")],
)
def test_the_reason_of_a_refusal(code: str, reason: str) -> None:
    assert reason_of(Refusal(code=code)) == reason


@pytest.mark.parametrize("reason", sorted(PATIENT))
def test_who_waits_is_told_where_something_can_be_done(reason: str) -> None:
    silent = {"not_open_yet": None, "taken_care_of": None, "money_short": "premium_short"}
    assert word_of_wait(reason) == silent.get(reason, "premium_waiting")


@pytest.mark.parametrize(
    ("reason", "taken", "word"),
    [
        ("already_paid", False, None),
        ("nothing_to_pay", False, None),
        ("window_closed", True, None),
        ("window_closed", False, "premium_declined"),
        ("deceased", False, "premium_declined"),
        ("plan_limit", False, "premium_declined"),
    ],
)
def test_what_was_not_needed_is_no_bad_news(reason: str, taken: bool, word: str) -> None:
    assert word_of_skip(reason, taken_care_of=taken) == word


@pytest.mark.parametrize("reason", get_args(Decline))
def test_money_that_was_held_and_is_free_again_is_always_told(reason: str) -> None:
    expected = "premium_not_needed" if reason == "already_paid" else "premium_declined"
    assert word_of_decline(reason) == expected
