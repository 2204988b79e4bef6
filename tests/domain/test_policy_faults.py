"""What the loader of policy files refuses, naming the file."""

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


def pooling(**benefit: str) -> str:
    """The sample's benefits with some numbers changed or added for those at work."""
    numbers = {"deductible_fen": "1", "cap_fen": "2", "tertiary_percent": "3", "other_percent": "4"}
    whole = ", ".join(f"{key} = {number}" for key, number in numbers.items())
    changed = ", ".join(f"{key} = {number}" for key, number in (numbers | benefit).items())
    return f"value = {{ working = {{ {changed} }}, retired = {{ {whole} }} }}"


def credits_of(employee: str) -> str:
    rate = '{ of = "base", permille = 20 }'
    return f"value = {{ employee = {{ {employee} }}, flexible = {rate}, retiree = {rate} }}"


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


COUNTER_FAULTS = {
    "no-such-service": ("payable_services", 'value = ["outpatient", "spa"]', "spa"),
    "a-service-for-services": ("payable_services", 'value = "outpatient"', "array"),
    "text-for-own-expense": ("pays_own_expense", 'value = "yes"', "bool"),
    "no-such-order": ("donors_pay_when", 'value = "always"', "always"),
    "number-for-mixed": ("mixed_payment", "value = 1", "bool"),
    "no-such-filing": ("away_filing", 'value = "outside_county"', "outside_county"),
    "filing-a-boolean": ("away_filing", "value = true", "str"),
    "number-for-the-fund": ("fund_includes_account", "value = 0", "bool"),
    "pooling-without-retired": (
        "outpatient_pooling",
        changed(pooling(), "retired", "working2"),
        "working2",
    ),
    "pooling-of-the-working-only": (
        "outpatient_pooling",
        changed(pooling(), ", retired = {", "#"),
        "",
    ),
    "pooling-unknown-number": ("outpatient_pooling", pooling(floor_fen="5"), "floor_fen"),
    "pooling-negative-deductible": ("outpatient_pooling", pooling(deductible_fen="-1"), ">= 0"),
    "pooling-negative-cap": ("outpatient_pooling", pooling(cap_fen="-1"), ">= 0"),
    "pooling-above-a-hundred": ("outpatient_pooling", pooling(tertiary_percent="101"), "<= 100"),
    "pooling-below-nothing": ("outpatient_pooling", pooling(other_percent="-1"), ">= 0"),
    "pooling-a-fraction": ("outpatient_pooling", pooling(other_percent="62.5"), "int"),
    "pooling-yuan-in-text": ("outpatient_pooling", pooling(cap_fen='"1000元"'), "int"),
    "credit-of-nothing": ("account_credits", credits_of('of = "base", permille = 0'), ">= 1"),
    "credit-above-all": ("account_credits", credits_of('of = "base", permille = 1001'), "<= 1000"),
    "credit-a-fraction": ("account_credits", credits_of('of = "base", permille = 2.5'), "int"),
    "credit-of-no-such-base": (
        "account_credits",
        credits_of('of = "wage", permille = 20'),
        "wage",
    ),
    "credit-without-a-base": ("account_credits", credits_of("permille = 20"), "of"),
    "credit-unknown-key": (
        "account_credits",
        credits_of('of = "base", permille = 20, monthly = true'),
        "monthly",
    ),
    "credit-without-retirees": (
        "account_credits",
        changed(credits_of('of = "base", permille = 20'), "retiree", "farmer"),
        "farmer",
    ),
}


@pytest.mark.parametrize(("key", "toml", "why"), COUNTER_FAULTS.values(), ids=COUNTER_FAULTS)
def test_a_wrong_value_of_the_counter(key: str, toml: str, why: str) -> None:
    province = file("530000", rule(key, value(toml)))
    with pytest.raises(PolicyFault, match=rf"53-test\.toml: .*{why}"):
        Policies.read({"cn.toml": nation(), "53-test.toml": province})


def test_no_area() -> None:
    with pytest.raises(PolicyFault, match=r"53-test\.toml: .*area"):
        Policies.read({"cn.toml": nation(), "53-test.toml": at_most(value("value = 1"))})


def test_no_nation_file() -> None:
    with pytest.raises(PolicyFault, match="nation"):
        Policies.read({"53-test.toml": file("530000")})


def test_two_nation_files() -> None:
    with pytest.raises(PolicyFault, match=r"cn\.toml and cn2\.toml"):
        Policies.read({"cn.toml": nation(), "cn2.toml": nation()})


@pytest.mark.parametrize(
    "hotline",
    [
        pytest.param(rule("hotline", value('value = "12393"')), id="without-title"),
        pytest.param("", id="missing"),
    ],
)
def test_nation_needs_every_key_with_a_title(hotline: str) -> None:
    with pytest.raises(PolicyFault, match="hotline with a title"):
        Policies.read({"cn.toml": nation(hotline=hotline)})


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
