"""What the family certificate says, when it can be had, and how its number is read."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from service.domain.binding import State
from service.domain.certificate import (
    ALPHABET,
    Certificate,
    Party,
    Statement,
    check_address,
    grouped,
    in_force,
    lines,
    read_number,
    still_fresh,
    verdict,
)
from tests.domain.people import binding

AT = datetime(2026, 2, 1, 4, tzinfo=UTC)
NUMBER = "ABCDEFGHJK2345678923"
SAYS = Statement(
    donor=Party(name="**甲", id_number="530*************1X"),
    beneficiary=Party(name="**乙", id_number="530*************26"),
    relation_text="妻子",
    area_name="昭通市",
    effective_on=date(2026, 1, 5),
    ends_on=None,
)
ISSUED = Certificate(number=NUMBER, issued_at=AT, says=SAYS)

FORCE: dict[str, tuple[dict[str, Any], bool]] = {
    "active": ({}, True),
    "on its last day": ({"ends_on": date(2026, 2, 1)}, True),
    "after its last day": ({"ends_on": date(2026, 1, 31)}, False),
    "from this instant": ({"effective_at": AT}, True),
    "from a second later": ({"effective_at": AT + timedelta(seconds=1)}, False),
}


@pytest.mark.parametrize(("changes", "usable"), FORCE.values(), ids=FORCE)
def test_in_force(changes: dict[str, Any], usable: bool) -> None:
    assert in_force(binding(**changes), at=AT) == usable


@pytest.mark.parametrize("state", get_args(State))
def test_only_an_active_binding_is_in_force(state: State) -> None:
    assert in_force(binding(state=state), at=AT) == (state == "active")


def test_the_last_day_ends_at_midnight_in_shanghai() -> None:
    midnight = datetime(2026, 2, 1, 16, tzinfo=UTC)
    last = binding(ends_on=date(2026, 2, 1))
    assert in_force(last, at=midnight - timedelta(seconds=1))
    assert not in_force(last, at=midnight)


def test_a_paper_is_fresh_on_its_day_while_nothing_changes() -> None:
    midnight = datetime(2026, 2, 1, 16, tzinfo=UTC)
    assert still_fresh(ISSUED, SAYS, at=midnight - timedelta(seconds=1))
    assert not still_fresh(ISSUED, SAYS, at=midnight)
    for changed in (
        replace(SAYS, ends_on=date(2026, 12, 31)),
        replace(SAYS, effective_on=date(2026, 1, 6)),
        replace(SAYS, area_name="昆明市"),
        replace(SAYS, donor=SAYS.beneficiary),
    ):
        assert not still_fresh(ISSUED, changed, at=AT)


def test_the_lines_of_the_paper() -> None:
    assert dict(lines(ISSUED)) == {
        "授权人": "**甲  530*************1X",
        "使用人": "**乙  530*************26",
        "亲属关系": "使用人是授权人的：妻子",
        "参保地区": "昭通市",
        "生效日期": "2026年1月5日",
        "有效期至": "长期有效",
        "开具时间": "2026年2月1日 12:00",
    }
    ending = replace(ISSUED, says=replace(SAYS, ends_on=date(2026, 12, 31)))
    assert dict(lines(ending))["有效期至"] == "2026年12月31日"


def test_a_verdict_does_not_tell_why_not() -> None:
    assert verdict(valid=True) == "这份证明由本平台开具，现在有效。"
    assert "重新开具" in verdict(valid=False)


@pytest.mark.parametrize(
    "text", [NUMBER, grouped(NUMBER), NUMBER.lower(), "abcde-fghjk-23456-78923", f" {NUMBER} "]
)
def test_a_number_is_read_as_people_type_it(text: str) -> None:
    assert read_number(text) == NUMBER


@pytest.mark.parametrize(
    "text", ["", NUMBER[1:], NUMBER + "A", "O" * 20, "0" * 20, "甲" * 20, "\0" * 20]
)
def test_what_cannot_be_a_number(text: str) -> None:
    assert read_number(text) is None


def test_the_alphabet_has_no_two_signs_alike() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 30
    assert not set("0O1ILU") & set(ALPHABET)


@pytest.mark.parametrize("public_url", ["https://a.example/x", "https://a.example/x/", ""])
def test_the_address_in_the_code(public_url: str) -> None:
    expected = f"{public_url.rstrip('/')}/v1/certificates/{NUMBER}"
    assert check_address(NUMBER, public_url=public_url) == expected
