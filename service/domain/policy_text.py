"""The rules of an area as sentences for citizens."""

from collections.abc import Callable
from typing import Any

import msgspec

from service.domain.calendar import date_text
from service.domain.credit import CreditBase, CreditRate
from service.domain.institution import SERVICE_TEXT
from service.domain.money import yuan_text
from service.domain.policy import Rule, Rules
from service.domain.pooling import Benefit
from service.domain.premium_terms import Amounts
from service.domain.relation import KINSHIP_TEXT
from service.domain.resident import CATEGORY_TEXT

_CREDITED = {"employee": "在职职工", "flexible": "灵活就业人员", "retiree": "退休人员"}
_CREDIT_BASE: dict[CreditBase, str] = {
    "contribution": "个人缴费",
    "base": "缴费基数",
    "pension_average": "当地基本养老金平均水平",
}


def _credit(name: str, rate: CreditRate) -> str:
    share = "全部" if rate.permille == 1000 else f" {rate.permille / 10:g}%"
    return f"{name}为{_CREDIT_BASE[rate.of]}的{share}"


def _benefit(who: str, benefit: Benefit) -> str:
    return (
        f"{who}起付 {benefit.deductible_fen // 100} 元，三级机构和药店报销"
        f" {benefit.tertiary_percent}%，其他机构 {benefit.other_percent}%，"
        f"每年最多 {benefit.cap_fen // 100} 元"
    )


def _amounts(amounts_fen: Amounts) -> str:
    return "，".join(
        f"{CATEGORY_TEXT[category]} {yuan_text(fen)} 元"
        if fen
        else f"{CATEGORY_TEXT[category]}不用缴"
        for category, fen in amounts_fen.items()
    )


_DOCUMENTS = {"marriage_certificate": "结婚证", "household_register": "居民户口簿"}

_SAID: dict[str, Callable[[Any], str]] = {
    "kinships": lambda value: f"可以绑定{'、'.join(KINSHIP_TEXT[k] for k in value)}。",
    "donor_scheme": lambda _: "正常参加职工医保、有个人账户的人，可以把账户共济给家人。",
    "beneficiary_enrolled": lambda _: "家人须正常参加基本医保（职工或居民医保）。",
    "area_scope": lambda value: (
        "可以绑定在本省参保的家人。"
        if value == "province"
        else "可以绑定在同一统筹区（市）参保的家人。"
    ),
    "beneficiaries_per_donor_max": lambda value: f"一位授权人最多绑定 {value} 位家人。",
    "donors_per_beneficiary_max": lambda value: f"一位使用人最多由 {value} 位授权人共济。",
    "kinship_proof": lambda value: (
        "签署个人承诺书即可，不用提交证明材料。"
        if value == "commitment"
        else "须上传证明材料，或由医保部门通过数据核验亲属关系。"
    ),
    "proof_under_age": lambda value: f"未满 {value} 周岁的家人须上传证明材料照片。",
    "proof_documents": lambda value: f"可以上传{'或'.join(_DOCUMENTS[d] for d in value)}照片。",
    "used_amounts_returned": lambda value: (
        "结束绑定后，已使用的金额" + ("会退回。" if value else "不退回。")
    ),
    "card_lending_allowed": lambda _: (
        "钱可以共济，卡不能共用：看病买药须用患者本人的医保码或医保卡。"
    ),
    "excluded_uses": lambda value: f"{'、'.join(value)}不能用个人账户支付。",
    "commitment_version": lambda value: f"现行告知书和承诺书为 {value} 版。",
    "payable_services": lambda value: (
        f"个人账户可以支付：{'、'.join(SERVICE_TEXT[service] for service in value)}。"
    ),
    "pays_own_expense": lambda value: (
        "个人负担的费用都可以用个人账户支付，包括全自费部分。"
        if value
        else "全自费部分不能用个人账户支付。"
    ),
    "donors_pay_when": lambda value: (
        "先用使用人本人的个人账户，余额为零时才使用家人共济的钱。"
        if value == "own_account_empty"
        else "先用使用人本人的个人账户，不够的部分使用家人共济的钱。"
    ),
    "mixed_payment": lambda value: (
        "一笔费用可以由本人账户和共济账户合付。"
        if value
        else "一笔费用不能由本人账户和共济账户合付。"
    ),
    "away_filing": lambda value: (
        "到参保地所在市以外就医，须先办理异地就医备案。"
        if value == "outside_area"
        else "到外省就医，须先办理异地就医备案。"
    ),
    "outpatient_pooling": lambda value: (
        f"职工普通门诊统筹：{_benefit('在职', value.working)}；{_benefit('退休', value.retired)}。"
        "按使用人本人的待遇计算。"
    ),
    "fund_includes_account": lambda value: (
        "结算接口的“基金支付总额”" + ("包含个人账户。" if value else "不包含个人账户。")
    ),
    "account_credits": lambda value: (
        "个人账户每月划入："
        + "，".join(_credit(name, getattr(value, key)) for key, name in _CREDITED.items())
        + "。"
    ),
    "premium_by_account": lambda value: (
        "个人账户" + ("可以" if value else "不能") + "为家人缴纳居民医保费。"
    ),
    "premium_window": lambda value: (
        f"{value.year}年度居民医保费从{date_text(value.opens_on)}开始缴，"
        f"到{date_text(value.closes_on)}为止；{_amounts(value.amounts_fen)}。"
    ),
    "premium_late": lambda value: (
        f"{value.year}年度逾期的可以补缴到{date_text(value.closes_on)}；"
        f"{_amounts(value.amounts_fen)}。"
    ),
    "premium_waiting": lambda value: (
        f"没有按时缴费或没有连续参保的，要等 {value.fixed_months} 个月才能享受待遇；"
        f"每多断缴 1 年，再等 {value.months_per_further_year} 个月。"
    ),
    "premium_newborn_days": lambda value: f"新生儿出生 {value} 天内缴费，待遇从出生之日算起。",
    "premium_refund": lambda _: "医保到账以前可以申请退费，退回原来的个人账户。",
    "in_person": lambda value: f"不方便用手机的：{value}",
    "hotline": lambda value: f"有疑问请拨打医保服务热线 {value}。",
}
NOT_ANNOUNCED = "尚无公开依据，以当地医保经办机构的答复为准。"


def sentences(rules: Rules) -> list[tuple[str, Rule[Any], str]]:
    """Key, rule and sentence of every parameter."""
    found = []
    for key, rule in msgspec.structs.asdict(rules).items():
        sentence = NOT_ANNOUNCED if rule.value is None else _SAID[key](rule.value)
        found.append((key, rule, sentence))
    return found
