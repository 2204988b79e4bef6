"""The rules of an area as sentences for citizens."""

from collections.abc import Callable
from typing import Any

import msgspec

from service.domain.policy import Rule, Rules
from service.domain.relation import KINSHIP_TEXT

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
