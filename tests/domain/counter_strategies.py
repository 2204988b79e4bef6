"""Any bill, any family and any rules, for the properties of splits and refunds."""

from datetime import date, timedelta

from hypothesis import strategies as st
from msgspec.structs import replace

from service.domain.bill import Bill
from service.domain.donor import Donor
from service.domain.enrolment import PersonKind
from service.domain.policy import Rules
from service.domain.pooling import Used
from service.domain.settlement import Facts, Plan
from tests.domain.counter_samples import (
    NOW,
    PANZHIHUA,
    SHAANXI,
    YUNNAN,
    account,
    donor,
    facts,
    patient,
    planned,
    rules_at,
)

FEN = st.integers(0, 60_000)
ACCOUNTS = st.none() | st.builds(lambda held, free: account(held + free, held), FEN, FEN)
LIMITS = st.none() | st.integers(1, 60_000)
DAYS = st.sampled_from([date(2026, 1, 14), date(2026, 1, 15), date(2026, 1, 16)])
SINCE = st.sampled_from([None, NOW - timedelta(days=9), NOW, NOW + timedelta(seconds=1)])
KINDS: st.SearchStrategy[PersonKind] = st.sampled_from(["working", "retired"])


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    parts = [draw(FEN) for _ in range(4)]
    total = sum(parts) or 1
    return Bill(
        service="outpatient",
        total_fen=total,
        own_expense_fen=parts[0],
        over_limit_fen=parts[1],
        own_first_fen=parts[2],
        fund_fen=draw(st.none() | st.integers(0, total)),
    )


@st.composite
def donors(draw: st.DrawFn) -> tuple[Donor, ...]:
    """Up to five, some of one rank, some out of force."""
    return tuple(
        donor(
            number,
            rank=draw(st.integers(1, 3)),
            state=draw(st.sampled_from(["active", "active", "active", "paused", "ended"])),
            begins_on=draw(DAYS),
            ends_on=draw(st.none() | DAYS),
            effective_at=draw(SINCE),
            account=draw(ACCOUNTS),
            use_limit_fen=draw(LIMITS),
            year_limit_fen=draw(LIMITS),
            total_limit_fen=draw(LIMITS),
            used_fen=draw(FEN),
            used_year_fen=draw(FEN),
        )
        for number in range(1, draw(st.integers(0, 5)) + 1)
    )


@st.composite
def families(draw: st.DrawFn) -> Facts:
    area = draw(st.sampled_from([SHAANXI, YUNNAN, PANZHIHUA]))
    known = facts(
        *draw(donors()),
        area=area,
        patient=patient(area, person_kind=draw(KINDS)),
        benefit=Used(eligible_fen=draw(FEN), fund_fen=draw(FEN)),
    )
    return replace(known, own=draw(ACCOUNTS))


@st.composite
def rules_for(draw: st.DrawFn, area: str) -> Rules:
    """The area's rules, with every answer to the questions that an area may settle otherwise."""
    return rules_at(
        area,
        pays_own_expense=draw(st.booleans()),
        donors_pay_when=draw(st.sampled_from(["own_account_short", "own_account_empty"])),
        mixed_payment=draw(st.sampled_from([True, False, None])),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Bill, Facts, Rules]:
    known = draw(families())
    return draw(bills()), known, draw(rules_for(known.patient.area))


def plans() -> st.SearchStrategy[Plan]:
    return cases().map(lambda case: planned(*case))
