"""Bills of one batch, decided on facts that were read once, as if each were alone in its turn."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from service.domain.bill import Bill
from service.domain.donor import Account, Donor
from service.domain.pooling import Used
from service.domain.running import Running
from service.domain.settlement import Facts, Plan
from tests.domain.counter_samples import (
    PANZHIHUA,
    SHAANXI,
    YUNNAN,
    account,
    bill,
    donor,
    facts,
    institution,
    patient,
    planned,
    rules_at,
    shares,
)
from tests.domain.counter_strategies import ACCOUNTS, FEN, LIMITS, bills

AREAS = st.sampled_from([SHAANXI, YUNNAN, PANZHIHUA])


def person(number: int) -> UUID:
    return UUID(int=200 + number)


class Books(Struct, kw_only=True):
    """The naive books: what stands on them is changed after every bill, and read again."""

    area: str
    accounts: dict[UUID, Account | None]
    bindings: dict[UUID, list[Donor]]
    benefits: dict[UUID, Used]

    def read(self, patient_id: UUID) -> Facts:
        """All that a bill of this patient rests on, as it is now."""
        donors = self.bindings.get(patient_id, [])
        return Facts(
            patient=patient(self.area, id=patient_id),
            institution=institution(area=self.area),
            own=self.accounts[patient_id],
            donors=tuple(replace(it, account=self.accounts[it.donor_id]) for it in donors),
            benefit=self.benefits[patient_id],
        )

    def record(self, patient_id: UUID, plan: Plan) -> None:
        for line in plan.lines:
            if line.payer in ("fund", "cash"):
                continue
            assert line.book_id is not None
            held = self.accounts[line.book_id]
            assert held is not None
            left = held.posted_fen - line.amount_fen
            assert left >= held.held_fen, "nobody is overdrawn"
            self.accounts[line.book_id] = replace(held, posted_fen=left)
            self.bindings[patient_id] = [
                replace(
                    it,
                    used_fen=it.used_fen + line.amount_fen,
                    used_year_fen=it.used_year_fen + line.amount_fen,
                )
                if it.binding_id == line.binding_id
                else it
                for it in self.bindings.get(patient_id, [])
            ]
        used = self.benefits[patient_id]
        self.benefits[patient_id] = Used(
            eligible_fen=used.eligible_fen + plan.eligible_fen,
            fund_fen=used.fund_fen + plan.pooled_fen,
        )


@st.composite
def books(draw: st.DrawFn) -> Books:
    """Four people, each of whom may pay for any of the others."""
    people = [person(number) for number in range(4)]
    pairs = [(a, b) for a in range(4) for b in range(4) if a != b]
    bound = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6))
    made: dict[UUID, list[Donor]] = {}
    for number, (gives, takes) in enumerate(bound):
        made.setdefault(person(takes), []).append(
            donor(
                number,
                donor_id=person(gives),
                rank=draw(st.integers(1, 3)),
                year_limit_fen=draw(LIMITS),
                total_limit_fen=draw(LIMITS),
                use_limit_fen=draw(LIMITS),
                used_year_fen=draw(FEN),
                used_fen=draw(FEN),
            )
        )
    return Books(
        area=draw(AREAS),
        accounts={one: draw(ACCOUNTS) for one in people},
        bindings=made,
        benefits={one: Used(eligible_fen=draw(FEN), fund_fen=draw(FEN)) for one in people},
    )


ORDERS = st.lists(st.tuples(st.integers(0, 3), bills()), min_size=1, max_size=6)


@given(books(), ORDERS)
def test_a_batch_is_decided_as_one_by_one(known: Books, orders: list[tuple[int, Bill]]) -> None:
    rules, running = rules_at(known.area), Running()
    read_once = [known.read(person(number)) for number, _ in orders]
    for (number, asked), read in zip(orders, read_once, strict=True):
        seen, alone = running.seen(read), known.read(person(number))
        assert seen == alone
        plan = planned(asked, seen, rules)
        running.apply(seen, plan)
        known.record(person(number), plan)


@given(books())
def test_the_first_of_a_batch_sees_what_was_read(known: Books) -> None:
    read = known.read(person(0))
    assert Running().seen(read) == read


def test_two_patients_share_one_donor() -> None:
    running = Running()
    one = facts(donor(fen=10_000))
    running.apply(one, planned(bill(7000), one))
    other = facts(
        replace(donor(fen=10_000), binding_id=UUID(int=150)),
        patient=patient(id=UUID(int=4)),
    )
    plan = planned(bill(7000), running.seen(other))
    assert shares(plan) == [(1, 3000), ("cash", 4000)]
    seen = running.seen(other).donors[0]
    assert (seen.used_fen, seen.used_year_fen) == (0, 0), "the limits are those of each binding"


def test_a_donor_who_is_a_patient_too_has_one_account() -> None:
    running = Running()
    for_a_relative = facts(donor(fen=5000))
    running.apply(for_a_relative, planned(bill(3000), for_a_relative))
    own_bill = facts(own=5000, patient=patient(id=UUID(int=201)))
    assert shares(planned(bill(4000), running.seen(own_bill))) == [("own", 2000), ("cash", 2000)]


def test_limits_are_used_up_within_a_batch() -> None:
    running = Running()
    known = facts(donor(fen=90_000, total_limit_fen=2500, year_limit_fen=4000))
    first = planned(bill(2000), known)
    running.apply(known, first)
    second = planned(bill(2000), running.seen(known))
    assert shares(second) == [(1, 500), ("cash", 1500)]
    running.apply(running.seen(known), second)
    third = planned(bill(2000), running.seen(known))
    assert shares(third) == [("cash", 2000)]
    assert third.skipped[0].reason == "total_limit_reached"


def test_the_deductible_is_paid_once_in_a_batch() -> None:
    """攀枝花, in work: 200 yuan first, then 60 of 100 at a secondary hospital."""
    running, known = Running(), facts(area=PANZHIHUA)
    first = planned(bill(20_000), known)
    assert shares(first) == [("cash", 20_000)]
    running.apply(known, first)
    assert shares(planned(bill(10_000), running.seen(known))) == [("fund", 6000), ("cash", 4000)]


def test_the_version_is_what_the_books_had() -> None:
    """The ledger compares it when all is recorded."""
    running, known = Running(), facts(own=5000)
    own: Account = replace(account(5000), version=7)
    known = replace(known, own=own)
    running.apply(known, planned(bill(1000), known))
    assert running.seen(known).own == replace(own, posted_fen=4000)
