"""Which value is in force where and when; the files as they ship."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from service.domain.policy import Policies
from tests.domain.policy_samples import BEGAN, VALUES, at_most, file, nation, rule, value
from tests.domain.shipped import POLICY_FILES, policies, versions

OVERLAY = {
    "5306-test.toml": file("530600", at_most(value("value = 1", date(2024, 1, 1)))),
    "53-test.toml": file(
        "530000",
        at_most(value("value = 2", date(2022, 1, 1), date(2022, 12, 31), "省依据")),
        rule("donors_per_beneficiary_max", value("unknown = true", reference="省未规定")),
        rule("hotline", value('value = "1"'), title="省题目"),
        names='"530000" = "云南省", "530600" = "云南省昭通市"',
    ),
    "cn.toml": nation(),
}


@pytest.mark.parametrize(
    ("area", "day", "most"),
    [
        pytest.param("530100", date(2021, 12, 31), 10, id="before-the-province"),
        pytest.param("530100", date(2022, 1, 1), 2, id="first-day-of-the-province"),
        pytest.param("530100", date(2022, 12, 31), 2, id="last-day-of-the-province"),
        pytest.param("530100", date(2023, 1, 1), 10, id="the-nation-again"),
        pytest.param("530600", date(2022, 6, 1), 2, id="city-before-its-own"),
        pytest.param("530600", date(2023, 12, 31), 10, id="city-the-day-before"),
        pytest.param("530600", date(2024, 1, 1), 1, id="city"),
        pytest.param("530602", date(2024, 1, 1), 1, id="county-of-the-city"),
        pytest.param("530100", date(2024, 1, 1), 10, id="another-city"),
    ],
)
@pytest.mark.parametrize("backwards", [False, True], ids=["in-order", "backwards"])
def test_overlay(area: str, day: date, most: int, backwards: bool) -> None:
    texts = dict(reversed(OVERLAY.items())) if backwards else OVERLAY
    rules = Policies.read(texts).at(day, area)
    assert rules is not None
    assert rules.beneficiaries_per_donor_max.value == most


def test_the_local_clause_and_the_nations_title() -> None:
    rules = Policies.read(OVERLAY).at(date(2022, 6, 1), "530600")
    assert rules is not None
    assert rules.beneficiaries_per_donor_max.reference == "省依据"
    assert rules.beneficiaries_per_donor_max.since == date(2022, 1, 1)
    assert rules.area_scope.reference == "国家依据"
    assert rules.hotline.title == "题目hotline"


def test_unknown_covers_the_nations_value() -> None:
    rules = Policies.read(OVERLAY).at(date(2022, 6, 1), "530600")
    assert rules is not None
    assert rules.donors_per_beneficiary_max.value is None
    assert rules.donors_per_beneficiary_max.reference == "省未规定"


@pytest.mark.parametrize(
    ("covering", "area", "served"),
    [
        pytest.param("530000", "530000", True, id="province-level-insurance"),
        pytest.param("530000", "530602", True, id="county-of-the-province"),
        pytest.param("530000", "533100", True, id="far-city-of-the-province"),
        pytest.param("510400", "510422", True, id="far-county-of-the-city"),
        pytest.param("530602", "530602", True, id="county"),
        pytest.param("530602", "530603", False, id="another-county"),
        pytest.param("530000", "540000", False, id="next-province"),
        pytest.param("510400", "510402", True, id="county-of-the-city"),
        pytest.param("510400", "510300", False, id="another-city"),
        pytest.param("510400", "510000", False, id="province-around-the-city"),
        pytest.param("510400", "000000", False, id="nation"),
        *(
            pytest.param(covering, area, False, id=name)
            for covering, area, name in (
                ("500000", "530600", "chongqing-is-not-yunnan"),
                ("511000", "511100", "neijiang-is-not-leshan"),
            )
        ),
    ],
)
def test_served_areas(covering: str, area: str, served: bool) -> None:
    found = Policies.read({"cn.toml": nation(), "local.toml": file(covering)})
    assert found.serves(area) == served
    assert (found.at(date(2026, 1, 15), area) is not None) == served


@pytest.mark.parametrize(
    ("area", "name"),
    [
        pytest.param("530600", "云南省昭通市", id="itself"),
        pytest.param("530602", "云南省昭通市", id="its-city"),
        pytest.param("530100", "云南省", id="its-province"),
        pytest.param("440100", "440100", id="nobody-named-it"),
    ],
)
def test_name_of(area: str, name: str) -> None:
    assert Policies.read(OVERLAY).name_of(area) == name


NAMED = {code for file in policies().files for code in file.names}
"""A city that is named in the province's file needs no name in its own."""


@pytest.mark.parametrize("path", POLICY_FILES, ids=lambda path: path.name)
def test_shipped_file(path: Path) -> None:
    raw = tomllib.loads(path.read_text("utf-8"))
    area, _ = raw.pop("area"), raw.pop("names")
    assert area == "000000" or path.name.startswith(area.rstrip("0"))
    assert area == "000000" or area in NAMED
    for name, parameter in raw.items():
        for shipped in parameter["values"]:
            assert len(shipped["reference"].strip()) >= 8, name


@pytest.mark.parametrize("area", ["530000", "530602", "610100", "510400"])
def test_shipped_areas_have_rules_every_day(area: str) -> None:
    for week in range(600):
        rules = policies().at(date(2021, 5, 1) + timedelta(weeks=week), area)
        assert rules is not None
        assert all(getattr(rules, name).title for name in VALUES)


@pytest.mark.parametrize("path", POLICY_FILES, ids=lambda path: path.name)
def test_every_commitment_version_ships_its_texts(path: Path) -> None:
    shipped = tomllib.loads(path.read_text("utf-8")).get("commitment_version", {"values": []})
    assert {value["value"] for value in shipped["values"]} <= set(versions())


def test_the_same_question_has_the_same_answer() -> None:
    found = Policies.read(OVERLAY)
    day = date(2022, 6, 1)
    first = found.at(day, "530600")
    assert first is not None
    assert found.at(day, "530600") is first
    assert found.at(day, "530100") is not first
    assert found.at(day + timedelta(days=1), "530600") is not first
    assert found.at(day, "540000") is None
    assert found.at(day, "540000") is None


def test_what_is_kept_is_what_was_worked_out() -> None:
    kept, days = Policies.read(OVERLAY), [date(2021, 12, 31), date(2022, 1, 1), date(2024, 1, 1)]
    for _ in range(2):
        for day in days:
            for area in ("530100", "530600", "540000"):
                assert kept.at(day, area) == Policies.read(OVERLAY).at(day, area)


def test_more_questions_than_are_kept() -> None:
    found, day = Policies.read({"cn.toml": nation(), "53-test.toml": file("530000")}), BEGAN
    first = found.at(day, "530600")
    for number in range(5_000):
        assert found.at(day + timedelta(days=number), "540000") is None
    assert len(found.kept) < 5_000
    assert found.at(day, "530600") == first


def test_policies_keep_their_answers_apart() -> None:
    day = date(2024, 1, 1)
    one = Policies.read(OVERLAY)
    other = Policies.read(OVERLAY | {"5306-test.toml": file("530600")})
    answers = [found.at(day, "530600") for found in (one, other, one)]
    assert [rules and rules.beneficiaries_per_donor_max.value for rules in answers] == [1, 10, 1]


def test_answering_leaves_the_files_as_they_were() -> None:
    asked, other = Policies.read(OVERLAY), Policies.read(OVERLAY)
    before = asked.files
    assert asked.at(date(2024, 1, 1), "530600") is not None
    assert asked.files is before
    assert asked.files == other.files


@pytest.mark.parametrize("what", ["files", "kept"])
def test_policies_are_not_changed(what: str) -> None:
    with pytest.raises(AttributeError, match="immutable"):
        setattr(Policies.read(OVERLAY), what, ())


@pytest.mark.parametrize("what", ["area", "parameters"])
def test_files_are_not_changed(what: str) -> None:
    (nation_file, *_) = Policies.read(OVERLAY).files
    with pytest.raises(AttributeError, match="immutable"):
        setattr(nation_file, what, "")
