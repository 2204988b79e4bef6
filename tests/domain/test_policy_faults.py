"""What the loader of policy files refuses, naming the file."""

import re
from datetime import date

import msgspec
import pytest

from service.domain.policy import Policies, PolicyFault, Rules
from tests.domain.policy_samples import VALUES, at_most, file, nation, rule, value


def test_the_nation_of_these_tests_is_whole() -> None:
    assert set(VALUES) == {field.name for field in msgspec.structs.fields(Rules)}
    assert Policies.read({"cn.toml": nation()}).files[0].area == "000000"


FAULTS = {
    "overlap": (at_most(value("value = 1"), value("value = 2")), "overlaps"),
    "unsorted": (
        at_most(value("value = 1", date(2023, 1, 1)), value("value = 2", date(2022, 1, 1))),
        "overlaps",
    ),
    "until-overlaps": (
        at_most(
            value("value = 1", until=date(2022, 1, 1)), value("value = 2", since=date(2022, 1, 1))
        ),
        "overlaps",
    ),
    "unknown-key-of-a-value": (at_most(value("value = 1\nfoo = 2")), "foo"),
    "unknown-key-of-a-parameter": (rule("hotline", 'bar = "x"'), "bar"),
    "unknown-parameter": (rule("kinship", value("value = 1")), "kinship"),
    "unknown-top-level-key": ('province = "云南"', "province"),
    "no-reference": (at_most("since = 2021-01-01\nvalue = 1"), "reference"),
    "blank-reference": (at_most(value("value = 1", reference=" \u3000")), "no reference"),
    "no-since": (at_most('value = 1\nreference = "依据"'), "since"),
    "since-is-a-time": (at_most('since = 2021-01-01T00:00:00\nvalue = 1\nreference = "x"'), "date"),
    "text-for-a-number": (at_most(value('value = "5"')), "int"),
    "fraction-for-a-number": (at_most(value("value = 5.0")), "int"),
    "boolean-for-a-number": (at_most(value("value = true")), "int"),
    "number-for-a-boolean": (rule("beneficiary_enrolled", value("value = 1")), "bool"),
    "text-for-a-list": (rule("kinships", value('value = "spouse"')), "array"),
    "no-such-kinship": (rule("kinships", value('value = ["uncle"]')), "uncle"),
    "no-such-scope": (rule("area_scope", value('value = "world"')), "world"),
    "value-and-unknown": (at_most(value("value = 1\nunknown = true")), "either"),
    "neither-value-nor-unknown": (at_most(value("unknown = false")), "either"),
    "not-a-table": ("hotline = 12393", "object"),
    "not-toml": ("[[hotline.values", ""),
}


@pytest.mark.parametrize(("text", "why"), FAULTS.values(), ids=FAULTS)
def test_fault_names_the_file(text: str, why: str) -> None:
    province = f'area = "530000"\n{text}'
    with pytest.raises(PolicyFault, match=rf"53-test\.toml: .*{why}"):
        Policies.read({"cn.toml": nation(), "53-test.toml": province})


RATE = '{ of = "base", permille = 20 }'
NUMBERS = {"deductible_fen": "1", "cap_fen": "2", "tertiary_percent": "3", "other_percent": "4"}


def benefit(**changes: str) -> str:
    return ", ".join(f"{key} = {number}" for key, number in (NUMBERS | changes).items())


def pooling(**changes: str) -> str:
    """Benefits, those of the working with changed or additional numbers."""
    return f"value = {{ working = {{ {benefit(**changes)} }}, retired = {{ {benefit()} }} }}"


def credit(employee: str) -> str:
    return f"value = {{ employee = {{ {employee} }}, flexible = {RATE}, retiree = {RATE} }}"


COUNTER_FAULTS = [
    ("payable_services", 'value = ["outpatient", "spa"]', "Invalid enum value 'spa'"),
    ("payable_services", 'value = "outpatient"', "Expected `array"),
    ("pays_own_expense", 'value = "yes"', "Expected `bool"),
    ("donors_pay_when", 'value = "always"', "Invalid enum value 'always'"),
    ("mixed_payment", "value = 1", "Expected `bool"),
    ("away_filing", 'value = "outside_county"', "Invalid enum value 'outside_county'"),
    ("away_filing", "value = true", "Expected `str"),
    ("fund_includes_account", "value = 0", "Expected `bool"),
    ("outpatient_pooling", "value = 50", "Expected `object"),
    ("outpatient_pooling", f"value = {{ working = {{ {benefit()} }} }}", "field `retired`"),
    ("outpatient_pooling", f"{pooling()[:-1]}, other = 1 }}", "unknown field `other`"),
    ("outpatient_pooling", pooling(floor_fen="5"), "unknown field `floor_fen`"),
    ("outpatient_pooling", pooling().replace("cap_fen = 2, ", "", 1), "field `cap_fen`"),
    ("outpatient_pooling", pooling(deductible_fen="-1"), ">= 0"),
    ("outpatient_pooling", pooling(cap_fen="-1"), ">= 0"),
    ("outpatient_pooling", pooling(cap_fen='"1000"'), "Expected `int"),
    ("outpatient_pooling", pooling(tertiary_percent="101"), "<= 100"),
    ("outpatient_pooling", pooling(other_percent="-1"), ">= 0"),
    ("outpatient_pooling", pooling(other_percent="62.5"), "Expected `int"),
    ("account_credits", credit('of = "base", permille = 0'), ">= 1"),
    ("account_credits", credit('of = "base", permille = 1001'), "<= 1000"),
    ("account_credits", credit('of = "base", permille = 2.5'), "Expected `int"),
    ("account_credits", credit('of = "wage", permille = 20'), "Invalid enum value 'wage'"),
    ("account_credits", credit("permille = 20"), "field `of`"),
    ("account_credits", credit('of = "base", permille = 20, to = 1'), "unknown field `to`"),
    ("account_credits", f"value = {{ employee = {RATE}, flexible = {RATE} }}", "field `retiree`"),
    ("account_credits", f"{credit(RATE[2:-2])[:-1]}, other = {RATE} }}", "unknown field `other`"),
]
"""A key, what it is given, and what the loader says of it."""


@pytest.mark.parametrize(
    ("key", "toml", "why"),
    [pytest.param(*row, id=f"{row[0]}: {row[2]}") for row in COUNTER_FAULTS],
)
def test_a_wrong_value_of_the_counter(key: str, toml: str, why: str) -> None:
    province = file("530000", rule(key, value(toml)))
    with pytest.raises(PolicyFault, match=rf"^53-test\.toml: .*{re.escape(why)}"):
        Policies.read({"cn.toml": nation(), "53-test.toml": province})


COUNTER_KEYS = (
    "payable_services",
    "pays_own_expense",
    "donors_pay_when",
    "mixed_payment",
    "away_filing",
    "outpatient_pooling",
    "fund_includes_account",
    "account_credits",
)


@pytest.mark.parametrize("key", COUNTER_KEYS)
@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("since = 2021-01-01\n{}", "field `reference`", id="without"),
        pytest.param('since = 2021-01-01\n{}\nreference = " "', "no reference", id="blank"),
        pytest.param(
            'since = 2021-01-01\n{}\nreference = "x"\nunknown = true', "either", id="and-unknown"
        ),
    ],
)
def test_a_rule_of_the_counter_needs_its_reference(key: str, text: str, why: str) -> None:
    province = file("530000", rule(key, text.format(f"value = {VALUES[key]}")))
    with pytest.raises(PolicyFault, match=rf"^53-test\.toml: .*{why}"):
        Policies.read({"cn.toml": nation(), "53-test.toml": province})


@pytest.mark.parametrize("key", COUNTER_KEYS)
def test_nobody_may_have_announced_a_rule_of_the_counter(key: str) -> None:
    province = file("530000", rule(key, value("unknown = true", reference="未见规定")))
    found = Policies.read({"cn.toml": nation(), "53-test.toml": province})
    rules = found.at(date(2026, 1, 15), "530600")
    assert rules is not None
    assert (getattr(rules, key).value, getattr(rules, key).reference) == (None, "未见规定")


def test_no_area() -> None:
    with pytest.raises(PolicyFault, match=r"53-test\.toml: .*area"):
        Policies.read({"cn.toml": nation(), "53-test.toml": at_most(value("value = 1"))})


def test_no_nation_file() -> None:
    with pytest.raises(PolicyFault, match="nation"):
        Policies.read({"53-test.toml": file("530000")})


def test_two_nation_files() -> None:
    with pytest.raises(PolicyFault, match=r"cn\.toml and cn2\.toml"):
        Policies.read({"cn.toml": nation(), "cn2.toml": nation()})


@pytest.mark.parametrize("key", VALUES)
@pytest.mark.parametrize("there", [True, False], ids=["without-title", "missing"])
def test_nation_needs_every_key_with_a_title(key: str, there: bool) -> None:
    text = rule(key, value(f"value = {VALUES[key]}")) if there else ""
    with pytest.raises(PolicyFault, match=f"needs {key} with a title"):
        Policies.read({"cn.toml": nation(**{key: text})})


BAD = {
    "area-a-number": "area = 530000",
    "area-empty": 'area = ""',
    "names-not-a-table": 'area = "530000"\nnames = "云南省"',
    "name-not-a-text": 'area = "530000"\nnames = { "530000" = 5 }',
    "until-before-since": file("530000", at_most(value("value = 1", until=date(2020, 1, 1)))),
    "no-values": 'area = "530000"\nhotline = { values = [] }',
    "number-below-one": file("530000", at_most(value("value = -1"))),
    "area-of-another-file": file("610000"),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_fault_of_a_well_formed_file(text: str) -> None:
    other = file("610000", names='"610000" = "陕西省"')
    with pytest.raises(PolicyFault, match=r"53-test\.toml"):
        Policies.read({"cn.toml": nation(), "61-test.toml": other, "53-test.toml": text})
