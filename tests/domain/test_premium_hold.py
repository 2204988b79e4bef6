"""Whether an account can carry a premium: in what order it is refused, and one after another."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from msgspec.structs import replace

from service.domain.calendar import business_date
from service.domain.donor import Donor
from service.domain.payable import Due
from service.domain.premium import Premium
from service.domain.premium_hold import affordable, alone, carry, with_held
from service.domain.refusal import Refusal
from tests.domain.counter_samples import NOW, account, binding_id, donor
from tests.domain.premium_samples import DUE as EARLIER
from tests.domain.premium_samples import premium

DUE = replace(EARLIER, until=date(2026, 1, 31))
FEN = DUE.amount_fen
NOT_YET = NOW + timedelta(microseconds=1)
WORST: dict[str, Any] = {
    "state": "paused",
    "effective_at": NOT_YET,
    "account": None,
    "year_limit_fen": 1,
}
WALK: list[tuple[str | None, dict[str, Any], int | None]] = [
    ("premium.binding_paused", {}, 1),
    ("premium.binding_ended", {"state": "ended"}, 1),
    ("premium.binding_not_begun", {"state": "active"}, 1),
    ("premium.plan_limit", {"effective_at": NOW}, FEN - 1),
    ("premium.money_short", {}, FEN),
    ("premium.money_short", {"account": account(FEN - 1)}, None),
    ("premium.money_short", {"account": account(2 * FEN, FEN + 1)}, None),
    ("premium.limit_reached", {"account": account(2 * FEN, FEN)}, None),
    (None, {"year_limit_fen": FEN}, None),
]
"""What is refused, what was mended before, and the most of the plan."""


def code(it: Donor, most_fen: int | None = None, *, due: Due = DUE, now: datetime = NOW) -> str:
    refusal = affordable(it, due, most_fen=most_fen, now=now)
    return refusal.code if refusal else ""


@pytest.mark.parametrize("place", range(len(WALK)), ids=[str(row[0]) for row in WALK])
def test_refusals_in_their_order(place: int) -> None:
    wanted, _, most_fen = WALK[place]
    changes = dict(WORST)
    for _, mended, _ in WALK[: place + 1]:
        changes |= mended
    assert code(donor(**changes), most_fen) == (wanted or "")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"use_limit_fen": FEN}, ""),
        ({"use_limit_fen": FEN - 1}, "premium.limit_reached"),
        ({"year_limit_fen": FEN + 5, "used_year_fen": 5}, ""),
        ({"year_limit_fen": FEN + 5, "used_year_fen": 6}, "premium.limit_reached"),
        ({"year_limit_fen": FEN, "used_fen": FEN}, ""),
        ({"total_limit_fen": FEN + 5, "used_fen": 5}, ""),
        ({"total_limit_fen": FEN + 5, "used_fen": 6}, "premium.limit_reached"),
        ({"ends_on": date(2026, 1, 14)}, "premium.binding_ended"),
        ({"ends_on": date(2026, 1, 15)}, ""),
        ({"begins_on": date(2026, 1, 16)}, "premium.binding_not_begun"),
        ({"state": "awaiting_signature"}, "premium.binding_ended"),
        ({"account": account(0)}, "premium.money_short"),
        ({"account": account(FEN)}, ""),
    ],
)
def test_the_donors_own_limits(changes: dict[str, Any], wanted: str) -> None:
    assert code(donor(fen=10 * FEN, **changes)) == wanted


@pytest.mark.parametrize(("most_fen", "wanted"), [(FEN, ""), (FEN - 1, "premium.plan_limit")])
def test_the_most_that_was_agreed_to(most_fen: int, wanted: str) -> None:
    assert code(donor(fen=FEN), most_fen) == wanted


def test_what_is_held_is_not_there_any_more() -> None:
    it = donor(account=account(3 * FEN, FEN))
    assert with_held(it, account_fen=FEN, binding_fen=0).account == account(3 * FEN, 2 * FEN)
    assert with_held(it, account_fen=0, binding_fen=0) == it
    assert with_held(donor(account=None), account_fen=FEN, binding_fen=FEN).account is None
    found = [code(with_held(it, account_fen=more, binding_fen=more)) for more in (0, FEN, FEN + 1)]
    assert found == ["", "", "premium.money_short"]


SOME = st.integers(0, 3 * FEN)
LIMIT = st.none() | st.integers(FEN - 1, 3 * FEN)
DONORS = st.builds(
    donor,
    state=st.sampled_from(["active", "active", "active", "paused", "ended"]),
    account=st.none() | st.builds(lambda held, free: account(held + free, held), SOME, SOME),
    use_limit_fen=LIMIT,
    year_limit_fen=LIMIT,
    total_limit_fen=LIMIT,
    used_fen=SOME,
    used_year_fen=SOME,
)


@given(DONORS, LIMIT, st.integers(1, 2 * FEN))
def test_what_is_accepted_is_there_and_within_every_limit(
    it: Donor, most_fen: int | None, fen: int
) -> None:
    refused = code(it, most_fen, due=replace(DUE, amount_fen=fen))
    event(refused or "accepted")
    if refused:
        return
    assert it.state == "active"
    assert most_fen is None or fen <= most_fen
    assert it.account is not None
    assert fen <= it.account.posted_fen - it.account.held_fen
    assert it.use_limit_fen is None or fen <= it.use_limit_fen
    assert it.year_limit_fen is None or it.used_year_fen + fen <= it.year_limit_fen
    assert it.total_limit_fen is None or it.used_fen + fen <= it.total_limit_fen


def order(number: int, *, book: int = 1, binding: int = 1, **changes: Any) -> Premium:
    return premium(
        book_id=UUID(int=book),
        premium_id=UUID(int=number),
        binding_id=binding_id(binding),
        **changes,
    )


def carried(
    orders: list[Premium], *donors: Donor, dues: dict[int, Due | Refusal] | None = None, **more: Any
) -> list[str]:
    """In the order given: "held", or the code of the refusal."""
    known = {UUID(int=number): due for number, due in (dues or {}).items()}
    found = carry(
        orders,
        {it.premium_id: known.get(it.premium_id, DUE) for it in orders},
        donors={it.binding_id: it for it in donors},
        agreed=more.get("agreed", {}),
        won=more.get("won", {it.premium_id for it in orders}),
        now=NOW,
    )
    told: dict[UUID, str] = {it.premium_id: it.state for it in found.held}
    told |= {it.premium_id: refusal.code for it, refusal in found.refused}
    assert len(told) == len(found.held) + len(found.refused) == len(orders)
    return [told[it.premium_id] for it in orders]


def test_an_order_is_told_as_it_is_once_held() -> None:
    due = replace(DUE, category="low_income", amount_fen=11_000, late=True)
    planned = order(5, reason="money_short")
    found = carry(
        [planned],
        {planned.premium_id: due},
        donors={planned.binding_id: donor(fen=FEN)},
        agreed={},
        won={planned.premium_id},
        now=NOW,
    )
    held = {"state": "held", "category": "low_income", "amount_fen": 11_000, "late": True}
    assert found.held == (replace(planned, **held, reason=None, held_at=NOW),)
    assert found.refused == ()


def test_what_one_holds_the_next_cannot() -> None:
    rich = [donor(number, fen=2 * FEN) for number in (1, 2, 3)]
    orders = [order(number, binding=number) for number in (1, 2, 3)]
    assert carried(orders, *rich) == ["held", "held", "premium.money_short"]
    another = [*orders[:2], order(3, book=2, binding=3)]
    assert carried(another, *rich) == ["held", "held", "held"]


def test_what_is_refused_holds_nothing() -> None:
    donors = [donor(1, fen=FEN, state="paused"), donor(2, fen=FEN), donor(3, fen=FEN)]
    orders = [order(number, binding=number) for number in (1, 2, 3)]
    gone = Refusal(code="premium.deceased")
    assert carried(orders, *donors, dues={2: gone}) == [
        "premium.binding_paused",
        "premium.deceased",
        "held",
    ]


def test_without_the_claim_nothing_is_held() -> None:
    orders = [order(1), order(2, binding=2)]
    donors = [donor(1, fen=FEN), donor(2, fen=FEN)]
    found = carried(orders, *donors, won={UUID(int=2)})
    assert found == ["premium.taken_care_of", "held"]


def test_a_plan_binds_its_own_orders() -> None:
    plan, other, over = UUID(int=70), UUID(int=71), UUID(int=8)
    plans = {1: plan, 2: None, 3: other, 4: over}
    orders = [order(number, binding=number, plan_id=it) for number, it in plans.items()]
    donors = [donor(number, fen=9 * FEN) for number in plans]
    found = carried(orders, *donors, agreed={plan: FEN - 1, other: FEN})
    assert found == ["premium.plan_limit", "held", "held", "premium.plan_ended"]


def test_who_cannot_pay_is_told_so_whoever_has_the_claim() -> None:
    donors = [donor(1, fen=FEN - 1), donor(2, fen=FEN)]
    orders = [order(1), order(2, binding=2)]
    found = carried(orders, *donors, won=set())
    assert found == ["premium.money_short", "premium.taken_care_of"]


def test_alone_is_without_any_other_order() -> None:
    it, rich = order(1), donor(1, fen=FEN)
    for wanted, due, agreed in (
        (True, DUE, {}),
        (False, replace(DUE, amount_fen=FEN + 1), {}),
        (False, Refusal(code="premium.employee"), {}),
    ):
        assert alone(it, due, donor=rich, agreed=agreed, now=NOW) == wanted
    planned = order(1, plan_id=UUID(int=7))
    assert not alone(planned, DUE, donor=rich, agreed={}, now=NOW)
    assert alone(planned, DUE, donor=rich, agreed={UUID(int=7): FEN}, now=NOW)


def test_a_window_that_closed_while_the_platform_was_asked() -> None:
    today = business_date(NOW)
    assert code(donor(fen=FEN), due=replace(DUE, until=today)) == ""
    late = replace(DUE, until=today - timedelta(days=1))
    assert code(donor(fen=FEN), due=late) == "premium.window_closed"


@pytest.mark.parametrize("limit", ["year_limit_fen", "total_limit_fen"])
def test_two_years_of_one_relative_are_within_the_limits_together(limit: str) -> None:
    rich = donor(1, fen=9 * FEN, **{limit: FEN})
    assert carried([order(1), order(2, year=2027)], rich) == ["held", "premium.limit_reached"]
