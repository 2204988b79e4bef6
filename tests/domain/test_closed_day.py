"""What the digest of a closed day is made of: these bytes may never change."""

from datetime import UTC, date, datetime
from uuid import UUID

from msgspec.structs import replace

from service.domain.closed_day import DayEntry, Tally, canonical

PAID = DayEntry(
    book_id=UUID(int=1),
    number=2,
    booked_on=date(2026, 1, 5),
    contra="institution:H53060200001",
    amount_fen=-300,
    balance_fen=700,
    transfer_id=UUID(int=3),
    journal_id=UUID(int=4),
    phase="single",
    purpose="settlement",
    binding_id=None,
    year=None,
    hold_id=None,
    recorded_at=datetime(2026, 1, 5, 4, 0, 0, 12, tzinfo=UTC),
)


def test_the_canonical_bytes_are_a_line_of_json() -> None:
    assert canonical(PAID) == (
        b'["00000000-0000-0000-0000-000000000001",2,"2026-01-05","institution:H53060200001",'
        b'-300,700,"00000000-0000-0000-0000-000000000003",'
        b'"00000000-0000-0000-0000-000000000004","single","settlement",null,null,null,'
        b'"2026-01-05T04:00:00.000012Z"]\n'
    )


def test_no_text_can_be_moved_from_one_field_to_the_next() -> None:
    one = replace(PAID, phase="a", purpose='b","c')
    other = replace(PAID, phase='a","b', purpose="c")
    assert canonical(one) != canonical(other)


def test_entries_are_summed_by_what_they_did() -> None:
    tally = Tally()
    for fen, purpose in ((-300, "settlement"), (100, "refund"), (5000, "credit"), (-20, "premium")):
        tally.add(replace(PAID, amount_fen=fen, purpose=purpose))
    assert tally == Tally(entries=4, paid_fen=320, returned_fen=100, credited_fen=5000)
