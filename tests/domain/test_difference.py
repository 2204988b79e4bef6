"""Two statements of one day, compared message by message."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from service.domain.difference import Amount, Difference, compare

DAY = date(2026, 1, 5)
HOSPITAL, PHARMACY = "H53060200001", "P53060200001"


def amount(
    message: str = "m1", total: int = 1000, account: int = 600, back: int = 0, at: str = HOSPITAL
) -> Amount:
    return Amount(
        institution_code=at,
        message_id=message,
        total_fen=total,
        account_fen=account,
        refunded_fen=back,
    )


def differences(ours: list[Amount], theirs: list[Amount]) -> list[Difference]:
    return compare(ours, theirs, day=DAY, source="platform", new_id=uuid4)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([amount()], [amount()], []),
        ([], [], []),
        ([amount()], [], [("missing_there", 600, None)]),
        ([], [amount(back=100)], [("missing_here", None, 500)]),
        ([amount()], [amount(account=500)], [("amount", 600, 500)]),
        ([amount(back=600)], [amount()], [("amount", 0, 600)]),
        ([amount()], [amount(account=700, back=100)], [("amount", 600, 700)]),
        ([amount()], [amount(total=1001)], [("amount", 1000, 1001)]),
    ],
)
def test_what_differs_is_told_with_both_amounts(
    ours: list[Amount], theirs: list[Amount], expected: list[tuple[str, int | None, int | None]]
) -> None:
    found = differences(ours, theirs)
    assert [(one.kind, one.ours_fen, one.theirs_fen) for one in found] == expected


def test_the_same_message_of_two_institutions_is_two() -> None:
    found = differences([amount(), amount("m2")], [amount("m2"), amount(at=PHARMACY)])
    assert [(one.institution_code, one.message_id, one.kind) for one in found] == [
        (HOSPITAL, "m1", "missing_there"),
        (PHARMACY, "m1", "missing_here"),
    ]


def test_every_difference_has_an_id_its_day_and_its_source() -> None:
    ids = [UUID(int=1), UUID(int=2)]
    found = compare(
        [amount("m2"), amount("m1")],
        [],
        day=DAY,
        source="institution",
        new_id=lambda: ids.pop(0),
    )
    told = [(one.id.int, one.message_id, one.day, one.source) for one in found]
    assert told == [(1, "m1", DAY, "institution"), (2, "m2", DAY, "institution")]
