"""The synthetic population of the platform sandbox."""

from datetime import date

import pytest

from service.gateways.platform.population import PEOPLE, families, population
from service.gateways.platform.synthetic import id_number


@pytest.mark.parametrize(
    "known", ["530602199001011239", "530621198002290019", "510402195808221015"]
)
def test_check_digits(known: str) -> None:
    born_on = date.fromisoformat(known[6:14])
    assert id_number(known[:6], born_on=born_on, sequence=int(known[14:17])) == known


def test_everybody_is_different() -> None:
    people = population() + families(300) + families(300, first=8300)
    assert len({person.id_number for person in people}) == len(people) == 30 + 2400
    assert len({person.name for person in people}) == len(people)


def test_families_depend_on_their_index_only() -> None:
    assert families(2, first=7) == families(9)[28:]


def test_kin_know_each_other() -> None:
    people = population() + families(3)
    pairs = {(one.id_number, other) for one in people for _, other in one.kin}
    assert pairs == {(other, one) for one, other in pairs}


def test_kin_have_the_sex_and_age_of_their_code() -> None:
    by_number = {person.id_number: person for person in population()}
    for person in by_number.values():
        for code, number in person.kin:
            other = by_number[number]
            male = code in {"11", "21", "41", "51", "53", "71", "73"}
            older = code in {"51", "52", "53", "54", "61", "62", "71", "75"}
            assert other.male == male, (person.name, code)
            assert code[0] == "1" or (other.born_on < person.born_on) == older


def test_who_is_named_in_the_demonstrations() -> None:
    assert PEOPLE["zhaotong_rare_name"].name == "测试𠮷"
    assert PEOPLE["zhaotong_sibling"].enrolments == ()
    assert {handle.split("_")[0] for handle in PEOPLE} == {
        "zhaotong",
        "xian",
        "panzhihua",
        "guangzhou",
    }
