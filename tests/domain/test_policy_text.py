"""The rules of an area as sentences."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from service.domain.policy import Rule, Rules
from service.domain.policy_text import NOT_ANNOUNCED, sentences
from tests.domain.shipped import policies

TODAY = date(2026, 1, 15)


def rules_at(area: str) -> Rules:
    rules = policies().at(TODAY, area)
    assert rules is not None
    return rules


def said(rules: Rules) -> dict[str, str]:
    return {key: sentence for key, _, sentence in sentences(rules)}


@pytest.mark.parametrize("area", ["530600", "610100", "510400"])
def test_every_rule_is_said_in_a_sentence(area: str) -> None:
    rules = rules_at(area)
    found = sentences(rules)
    assert [key for key, _, _ in found] == list(Rules.__struct_fields__)
    for key, rule, sentence in found:
        assert rule == getattr(rules, key)
        assert sentence.endswith("。")
        assert (sentence == NOT_ANNOUNCED) == (rule.value is None)


@pytest.mark.parametrize(
    ("area", "key", "sentence"),
    [
        ("530600", "kinships", "可以绑定配偶、父母、子女。"),
        ("530600", "area_scope", "可以绑定在本省参保的家人。"),
        ("510400", "area_scope", "可以绑定在同一统筹区（市）参保的家人。"),
        ("510400", "beneficiaries_per_donor_max", "一位授权人最多绑定 5 位家人。"),
        ("610100", "donors_per_beneficiary_max", "一位使用人最多由 2 位授权人共济。"),
        ("610100", "kinship_proof", "签署个人承诺书即可，不用提交证明材料。"),
        ("510400", "kinship_proof", "须上传证明材料，或由医保部门通过数据核验亲属关系。"),
        ("510400", "proof_under_age", "未满 16 周岁的家人须上传证明材料照片。"),
        ("510400", "proof_documents", "可以上传结婚证或居民户口簿照片。"),
        ("530600", "used_amounts_returned", "结束绑定后，已使用的金额不退回。"),
        (
            "530600",
            "card_lending_allowed",
            "钱可以共济，卡不能共用：看病买药须用患者本人的医保码或医保卡。",
        ),
        ("530600", "excluded_uses", "公共卫生费用、体育健身、养生保健消费不能用个人账户支付。"),
        ("530600", "commitment_version", "现行告知书和承诺书为 2026-1 版。"),
        ("510400", "in_person", "不方便用手机的：可以到参保地医保经办机构服务大厅办理。"),
        ("530600", "hotline", "有疑问请拨打医保服务热线 12393。"),
    ],
)
def test_sentence(area: str, key: str, sentence: str) -> None:
    assert said(rules_at(area))[key] == sentence


def _with(key: str, value: Any) -> Rules:
    rules = rules_at("510400")
    rule: Rule[Any] = getattr(rules, key)
    return replace(rules, **{key: replace(rule, value=value)})


@pytest.mark.parametrize("key", Rules.__struct_fields__)
def test_what_no_source_states_is_said_so(key: str) -> None:
    assert said(_with(key, None))[key] == NOT_ANNOUNCED


def test_used_amounts_that_are_returned() -> None:
    rules = _with("used_amounts_returned", True)
    assert said(rules)["used_amounts_returned"] == "结束绑定后，已使用的金额会退回。"
