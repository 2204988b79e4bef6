"""Family relations by GB/T 4761 (two digits): what the beneficiary is to the donor.

Near relatives (近亲属) are those of article 1045 of the Civil Code: spouse, parents, children,
siblings, grandparents, grandchildren. In-laws are not, whatever people call them at home.
"""

from typing import Literal

from msgspec import Struct

from service.domain.person import IdNumber, Sex

Kinship = Literal["spouse", "parent", "child", "sibling", "grandparent", "grandchild"]

KINSHIP_TEXT: dict[Kinship, str] = {
    "spouse": "配偶",
    "parent": "父母",
    "child": "子女",
    "sibling": "兄弟姐妹",
    "grandparent": "祖父母、外祖父母",
    "grandchild": "孙子女、外孙子女",
}

_ELDERS: frozenset[Kinship] = frozenset({"parent", "grandparent"})
_YOUNGER: frozenset[Kinship] = frozenset({"child", "grandchild"})


class Relation(Struct, frozen=True):
    """`kinship` is None for relatives the Civil Code does not count as near."""

    code: str
    text: str
    kinship: Kinship | None
    sex: Sex | None = None


RELATIONS: dict[str, Relation] = {
    relation.code: relation
    for relation in (
        Relation("10", "配偶", "spouse"),
        Relation("11", "丈夫", "spouse", "male"),
        Relation("12", "妻子", "spouse", "female"),
        Relation("20", "儿子", "child", "male"),
        Relation("21", "独生子", "child", "male"),
        Relation("22", "长子", "child", "male"),
        Relation("23", "次子", "child", "male"),
        Relation("24", "三子", "child", "male"),
        Relation("25", "四子", "child", "male"),
        Relation("26", "五子", "child", "male"),
        Relation("27", "养子或继子", "child", "male"),
        Relation("28", "女婿", None, "male"),
        Relation("30", "女儿", "child", "female"),
        Relation("31", "独生女", "child", "female"),
        Relation("32", "长女", "child", "female"),
        Relation("33", "次女", "child", "female"),
        Relation("34", "三女", "child", "female"),
        Relation("35", "四女", "child", "female"),
        Relation("36", "五女", "child", "female"),
        Relation("37", "养女或继女", "child", "female"),
        Relation("38", "儿媳", None, "female"),
        Relation("40", "孙子女或外孙子女", "grandchild"),
        Relation("41", "孙子", "grandchild", "male"),
        Relation("42", "孙女", "grandchild", "female"),
        Relation("43", "外孙", "grandchild", "male"),
        Relation("44", "外孙女", "grandchild", "female"),
        Relation("45", "孙媳妇或外孙媳妇", None, "female"),
        Relation("46", "孙女婿或外孙女婿", None, "male"),
        Relation("47", "曾孙子女", None),
        Relation("51", "父亲", "parent", "male"),
        Relation("52", "母亲", "parent", "female"),
        Relation("53", "公公", None, "male"),
        Relation("54", "婆婆", None, "female"),
        Relation("55", "岳父", None, "male"),
        Relation("56", "岳母", None, "female"),
        Relation("57", "继父或养父", "parent", "male"),
        Relation("58", "继母或养母", "parent", "female"),
        Relation("61", "祖父", "grandparent", "male"),
        Relation("62", "祖母", "grandparent", "female"),
        Relation("63", "外祖父", "grandparent", "male"),
        Relation("64", "外祖母", "grandparent", "female"),
        Relation("65", "配偶的祖父母", None),
        Relation("70", "兄弟姐妹", "sibling"),
        Relation("71", "兄", "sibling", "male"),
        Relation("72", "嫂", None, "female"),
        Relation("73", "弟", "sibling", "male"),
        Relation("74", "弟媳", None, "female"),
        Relation("75", "姐姐", "sibling", "female"),
        Relation("76", "姐夫", None, "male"),
        Relation("77", "妹妹", "sibling", "female"),
        Relation("78", "妹夫", None, "male"),
        Relation("99", "其他亲属", None),
    )
}


def implausible(relation: Relation, *, donor: IdNumber, beneficiary: IdNumber) -> tuple[str, ...]:
    """Sentences about what does not fit the ID numbers. They warn and never block: a stepfather
    may be younger, a record may be wrong, and the citizen knows their own family."""
    doubts = []
    if relation.sex is not None and relation.sex != beneficiary.sex:
        doubts.append(f"您填写的关系是“{relation.text}”，但身份证号码显示的性别不同，请核对。")
    if relation.kinship in _ELDERS and beneficiary.born_on >= donor.born_on:
        doubts.append(f"您填写的关系是“{relation.text}”，但这位家人的年龄不比您大，请核对。")
    if relation.kinship in _YOUNGER and beneficiary.born_on <= donor.born_on:
        doubts.append(f"您填写的关系是“{relation.text}”，但这位家人的年龄不比您小，请核对。")
    return tuple(doubts)
