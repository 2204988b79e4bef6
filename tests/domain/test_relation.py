"""Which relatives are near, and what does not fit an ID number."""

from datetime import date
from typing import get_args

import pytest

from service.domain.relation import KINSHIP_TEXT, RELATIONS, Kinship, implausible
from tests.domain.people import id_number

NEAR: dict[Kinship, dict[str, str]] = {
    "spouse": {"10": "配偶", "11": "丈夫", "12": "妻子"},
    "child": {
        **{"20": "儿子", "21": "独生子", "22": "长子", "23": "次子", "24": "三子", "25": "四子"},
        **{"26": "五子", "27": "养子或继子", "30": "女儿", "31": "独生女", "32": "长女"},
        **{"33": "次女", "34": "三女", "35": "四女", "36": "五女", "37": "养女或继女"},
    },
    "grandchild": {
        **{"40": "孙子女或外孙子女", "41": "孙子", "42": "孙女", "43": "外孙", "44": "外孙女"}
    },
    "parent": {"51": "父亲", "52": "母亲", "57": "继父或养父", "58": "继母或养母"},
    "grandparent": {"61": "祖父", "62": "祖母", "63": "外祖父", "64": "外祖母"},
    "sibling": {"70": "兄弟姐妹", "71": "兄", "73": "弟", "75": "姐姐", "77": "妹妹"},
}
NOT_NEAR = {
    "28": "女婿",
    "38": "儿媳",
    "45": "孙媳妇或外孙媳妇",
    "46": "孙女婿或外孙女婿",
    "47": "曾孙子女",
    "53": "公公",
    "54": "婆婆",
    "55": "岳父",
    "56": "岳母",
    "65": "配偶的祖父母",
    "72": "嫂",
    "74": "弟媳",
    "76": "姐夫",
    "78": "妹夫",
    "99": "其他亲属",
}
MEN = {"11", "20", "27", "28", "41", "43", "51", "53", "55", "57", "61", "63", "71", "73"}
MEN |= {"21", "22", "23", "24", "25", "26", "46", "76", "78"}
EITHER = {"10", "40", "47", "65", "70", "99"}

OLD, YOUNG = date(1960, 5, 1), date(1990, 5, 1)


@pytest.mark.parametrize("kinship", get_args(Kinship))
def test_near_relatives(kinship: Kinship) -> None:
    assert {c: r.text for c, r in RELATIONS.items() if r.kinship == kinship} == NEAR[kinship]


def test_in_laws_and_others_are_not_near() -> None:
    others = {code: r.text for code, r in RELATIONS.items() if r.kinship is None}
    assert others == NOT_NEAR


@pytest.mark.parametrize("code", RELATIONS)
def test_code_and_sex(code: str) -> None:
    relation = RELATIONS[code]
    sex = None if code in EITHER else "male" if code in MEN else "female"
    assert (relation.code, relation.sex) == (code, sex)


def test_kinships_in_words() -> None:
    assert KINSHIP_TEXT == {
        "spouse": "配偶",
        "parent": "父母",
        "child": "子女",
        "sibling": "兄弟姐妹",
        "grandparent": "祖父母、外祖父母",
        "grandchild": "孙子女、外孙子女",
    }


@pytest.mark.parametrize(
    ("code", "donor_born", "born", "sequence", "doubts"),
    [
        pytest.param("51", YOUNG, OLD, 11, [], id="father"),
        pytest.param("51", YOUNG, OLD, 12, ["性别"], id="father-a-woman"),
        pytest.param("51", OLD, YOUNG, 11, ["不比您大"], id="father-younger"),
        pytest.param("51", OLD, OLD, 11, ["不比您大"], id="father-same-day"),
        pytest.param("52", OLD, YOUNG, 11, ["性别", "不比您大"], id="mother-a-younger-man"),
        pytest.param("57", OLD, YOUNG, 11, ["不比您大"], id="stepfather-younger"),
        pytest.param("62", YOUNG, OLD, 12, [], id="grandmother"),
        pytest.param("62", OLD, YOUNG, 12, ["不比您大"], id="grandmother-younger"),
        pytest.param("20", OLD, YOUNG, 11, [], id="son"),
        pytest.param("30", OLD, YOUNG, 11, ["性别"], id="daughter-a-man"),
        pytest.param("30", YOUNG, OLD, 12, ["不比您小"], id="daughter-older"),
        pytest.param("44", YOUNG, YOUNG, 12, ["不比您小"], id="granddaughter-same-day"),
        pytest.param("10", OLD, YOUNG, 11, [], id="spouse-of-either-sex"),
        pytest.param("11", YOUNG, OLD, 12, ["性别"], id="husband-a-woman"),
        pytest.param("12", YOUNG, OLD, 12, [], id="wife-of-any-age"),
        pytest.param("71", OLD, YOUNG, 11, [], id="brother-of-any-age"),
        pytest.param("55", OLD, YOUNG, 11, [], id="in-laws-have-no-age-rule"),
    ],
)
def test_plausibility(
    code: str, donor_born: date, born: date, sequence: int, doubts: list[str]
) -> None:
    donor = id_number(donor_born, sequence=1)
    beneficiary = id_number(born, sequence=sequence)
    found = implausible(RELATIONS[code], donor=donor, beneficiary=beneficiary)
    assert len(found) == len(doubts)
    for sentence, fragment in zip(found, doubts, strict=True):
        assert fragment in sentence
        assert sentence.startswith(f"您填写的关系是“{RELATIONS[code].text}”，")
        assert sentence.endswith("请核对。")
