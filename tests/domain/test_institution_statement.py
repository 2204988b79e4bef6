"""What of a day is held against the other side's list."""

from datetime import UTC, datetime
from uuid import UUID

from service.domain.institution_statement import Booked, Kind, comparable


def _booked(number: int, kind: Kind, message: str, fen: int, *, bill: int) -> Booked:
    return Booked(
        id=UUID(int=number),
        kind=kind,
        settlement_id=UUID(int=bill),
        message_id=message,
        at=datetime(2026, 1, 15, 4, tzinfo=UTC),
        total_fen=fen,
        fund_fen=0,
        own_fen=fen - 100,
        aid_fen=100,
        cash_fen=0,
    )


BILL = _booked(1, "settlement", "m1", 5000, bill=1)
BACK = _booked(2, "refund", "m2", 5000, bill=1)
PART = _booked(3, "refund", "m3", 2000, bill=1)
EARLIER = _booked(4, "refund", "m4", 700, bill=9)


def test_what_both_sides_undid_and_neither_names_is_left_out() -> None:
    assert comparable([BILL, BACK], named=set()) == []


def test_what_one_side_names_stays_whole() -> None:
    for named in ({"m1"}, {"m2"}, {"m1", "m2"}):
        assert comparable([BILL, BACK], named=named) == [BILL, BACK]


def test_what_still_has_an_effect_stays() -> None:
    for booked in ([BILL], [BILL, PART], [EARLIER]):
        assert comparable(booked, named=set()) == booked


def test_a_refund_gives_back_what_accounts_paid() -> None:
    assert BILL.amount("H").net_fen == 5000
    assert BACK.amount("H").net_fen == -5000
