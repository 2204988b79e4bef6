"""The rules of an area as sentences."""

from datetime import date
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from service.domain.credit import CreditRate, CreditRates
from service.domain.institution import SERVICE_TEXT, Service
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
        (
            "610100",
            "payable_services",
            "个人账户可以支付：普通门诊、急诊、门诊慢特病、住院、定点药店购药、预防接种、健康体检。",
        ),
        (
            "530600",
            "payable_services",
            "个人账户可以支付：普通门诊、急诊、门诊慢特病、住院、定点药店购药。",
        ),
        (
            "530600",
            "pays_own_expense",
            "个人负担的费用都可以用个人账户支付，包括全自费部分。",
        ),
        (
            "530600",
            "donors_pay_when",
            "先用使用人本人的个人账户，不够的部分使用家人共济的钱。",
        ),
        (
            "510400",
            "donors_pay_when",
            "先用使用人本人的个人账户，余额为零时才使用家人共济的钱。",
        ),
        ("530600", "away_filing", "到参保地所在市以外就医，须先办理异地就医备案。"),
        ("610100", "away_filing", NOT_ANNOUNCED),
        (
            "510400",
            "outpatient_pooling",
            "职工普通门诊统筹：在职起付 200 元，三级机构和药店报销 50%，其他机构 60%，"
            "每年最多 1000 元；退休起付 150 元，三级机构和药店报销 55%，其他机构 65%，"
            "每年最多 1500 元。按使用人本人的待遇计算。",
        ),
        (
            "510400",
            "account_credits",
            "个人账户每月划入：在职职工为个人缴费的全部，灵活就业人员为缴费基数的 2%，"
            "退休人员为当地基本养老金平均水平的 2%。",
        ),
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


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("used_amounts_returned", True, "结束绑定后，已使用的金额会退回。"),
        ("payable_services", ("inpatient",), "个人账户可以支付：住院。"),
        ("pays_own_expense", False, "全自费部分不能用个人账户支付。"),
        ("mixed_payment", True, "一笔费用可以由本人账户和共济账户合付。"),
        ("mixed_payment", False, "一笔费用不能由本人账户和共济账户合付。"),
        ("away_filing", "outside_province", "到外省就医，须先办理异地就医备案。"),
        ("fund_includes_account", True, "结算接口的“基金支付总额”包含个人账户。"),
        ("fund_includes_account", False, "结算接口的“基金支付总额”不包含个人账户。"),
        (
            "account_credits",
            CreditRates(
                employee=CreditRate(of="base", permille=25),
                flexible=CreditRate(of="contribution", permille=999),
                retiree=CreditRate(of="pension_average", permille=1000),
            ),
            "个人账户每月划入：在职职工为缴费基数的 2.5%，灵活就业人员为个人缴费的 99.9%，"
            "退休人员为当地基本养老金平均水平的全部。",
        ),
    ],
)
def test_a_sentence_no_shipped_file_needs(key: str, value: Any, sentence: str) -> None:
    assert said(_with(key, value))[key] == sentence


@pytest.mark.parametrize("service", get_args(Service))
def test_every_service_has_its_word(service: Service) -> None:
    assert said(_with("payable_services", (service,)))["payable_services"] == (
        f"个人账户可以支付：{SERVICE_TEXT[service]}。"
    )
