"""The policy keys of the premium (居民医保费): what the loader refuses, how the rules are said."""

import re
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from service.domain.policy import Policies, PolicyFault
from service.domain.policy_text import NOT_ANNOUNCED, sentences
from service.domain.premium_terms import Waiting
from tests.domain.policy_samples import VALUES, file, nation, rule, value
from tests.domain.premium_samples import LATE, WINDOW, rules
from tests.domain.shipped import policies

KEYS = [key for key in VALUES if key.startswith("premium_")]
WINDOW_PARTS = {
    "year": "2026",
    "opens_on": "2025-10-01",
    "closes_on": "2025-12-25",
    "amounts_fen": "{ ordinary = 40000 }",
}
LATE_PARTS = {name: WINDOW_PARTS[name] for name in ("year", "closes_on", "amounts_fen")}
WAITING_PARTS = {
    "fixed_months": "3",
    "months_per_further_year": "1",
    "stated_from_year": "2025",
}


def _table(parts: dict[str, str], **changes: str) -> str:
    known = {name: text for name, text in (parts | changes).items() if text}
    return "value = { " + ", ".join(f"{name} = {text}" for name, text in known.items()) + " }"


def window(**changes: str) -> tuple[str, str]:
    return "premium_window", _table(WINDOW_PARTS, **changes)


def late(**changes: str) -> tuple[str, str]:
    return "premium_late", _table(LATE_PARTS, **changes)


def waiting(**changes: str) -> tuple[str, str]:
    return "premium_waiting", _table(WAITING_PARTS, **changes)


def read(key: str, toml: str) -> Policies:
    province = file("530000", rule(key, value(toml)))
    return Policies.read({"cn.toml": nation(), "53-test.toml": province})


FAULTS = [
    (("premium_by_account", "value = 1"), "Expected `bool"),
    (window(closes_on="2025-09-30"), "closes before it opens"),
    (window(year="2019"), ">= 2020"),
    (window(year='"2026"'), "Expected `int"),
    (window(opens_on='"soon"'), "date"),
    (window(opens_on=""), "field `opens_on`"),
    (window(amounts_fen=""), "field `amounts_fen`"),
    (window(amounts_fen="{ ordinary = -1 }"), ">= 0"),
    (window(amounts_fen="{ ordinary = 400.00 }"), "Expected `int"),
    (window(amounts_fen="{ student = 40000 }"), "student"),
    (window(subsidy_fen="70000"), "unknown field `subsidy_fen`"),
    (late(opens_on="2025-12-26"), "unknown field `opens_on`"),
    (late(closes_on=""), "field `closes_on`"),
    (late(amounts_fen="{ orphan = -1 }"), ">= 0"),
    (waiting(fixed_months="0"), ">= "),
    (waiting(months_per_further_year="-1"), ">= 0"),
    (waiting(fixed_months="3.5"), "Expected `int"),
    (waiting(months_per_further_year=""), "field `months_per_further_year`"),
    (("premium_newborn_days", "value = 0"), ">= 1"),
    (("premium_refund", 'value = "always"'), "Invalid enum value 'always'"),
    (("premium_refund", "value = true"), "Expected `str"),
]


@pytest.mark.parametrize(("wrong", "why"), FAULTS, ids=[why for _, why in FAULTS])
def test_a_wrong_value_stops_the_start(wrong: tuple[str, str], why: str) -> None:
    with pytest.raises(PolicyFault, match=rf"^53-test\.toml: .*{re.escape(why)}"):
        read(*wrong)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("since = 2021-01-01\n{}", "field `reference`"),
        ('since = 2021-01-01\n{}\nreference = " "', "no reference"),
        ('since = 2021-01-01\n{}\nreference = "x"\nunknown = true', "either"),
    ],
)
def test_a_rule_of_the_premium_needs_its_reference(key: str, text: str, why: str) -> None:
    province = file("530000", rule(key, text.format(f"value = {VALUES[key]}")))
    with pytest.raises(PolicyFault, match=rf"^53-test\.toml: .*{why}"):
        Policies.read({"cn.toml": nation(), "53-test.toml": province})


@pytest.mark.parametrize("parts", [window(), window(closes_on="2025-10-01"), late(), waiting()])
def test_a_good_value_is_read(parts: tuple[str, str]) -> None:
    found = read(*parts).at(date(2025, 11, 20), "530600")
    assert found is not None
    assert getattr(found, parts[0]).reference == "依据"


def test_days_and_amounts_as_they_are_read() -> None:
    found = read(*window()).at(date(2025, 11, 20), "530600")
    assert found is not None
    assert found.premium_window.value == replace(WINDOW, amounts_fen={"ordinary": 40_000})


@pytest.mark.parametrize(
    ("key", "changed", "said"),
    [
        ("premium_by_account", True, "个人账户可以为家人缴纳居民医保费。"),
        ("premium_by_account", False, "个人账户不能为家人缴纳居民医保费。"),
        (
            "premium_window",
            WINDOW,
            "2026年度居民医保费从2025年10月1日开始缴，到2025年12月25日为止；"
            "普通居民 400.00 元，低保对象 110.00 元，孤儿不用缴。",
        ),
        (
            "premium_late",
            LATE,
            "2026年度逾期的可以补缴到2026年2月28日；普通居民 1070.00 元。",
        ),
        (
            "premium_waiting",
            Waiting(fixed_months=3, months_per_further_year=1, stated_from_year=2025),
            "没有按时缴费或没有连续参保的，要等 3 个月才能享受待遇；每多断缴 1 年，再等 1 个月。",
        ),
        ("premium_newborn_days", 90, "新生儿出生 90 天内缴费，待遇从出生之日算起。"),
        ("premium_refund", "before_credit", "医保到账以前可以申请退费，退回原来的个人账户。"),
        *((key, None, NOT_ANNOUNCED) for key in KEYS),
    ],
)
def test_how_a_rule_is_said(key: str, changed: Any, said: str) -> None:
    told = {name: sentence for name, _, sentence in sentences(rules(**{key: changed}))}
    assert told[key] == said


def test_what_xian_has_announced() -> None:
    found = policies().at(date(2025, 11, 20), "610100")
    assert found is not None
    told = {key: sentence for key, _, sentence in sentences(found) if sentence != NOT_ANNOUNCED}
    assert told.keys() & set(KEYS) == {
        "premium_by_account",
        "premium_window",
        "premium_waiting",
        "premium_newborn_days",
    }
    assert "普通居民 400.00 元，低保对象 110.00 元，监测对象 110.00 元" in told["premium_window"]
    assert "特困人员不用缴，孤儿不用缴。" in told["premium_window"]
