"""Which relatives are near, and what does not fit an ID number."""

from datetime import date
from typing import get_args

import pytest

from service.domain.relation import KINSHIP_TEXT, RELATIONS, Kinship, implausible
from tests.domain.people import id_number

NEAR = {
    "spouse": {"10", "11", "12"},
    "child": {*(str(code) for code in range(20, 28)), *(str(code) for code in range(30, 38))},
    "grandchild": {"40", "41", "42", "43", "44"},
    "parent": {"51", "52", "57", "58"},
    "grandparent": {"61", "62", "63", "64"},
    "sibling": {"70", "71", "73", "75", "77"},
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
    codes = {code for code, relation in RELATIONS.items() if relation.kinship == kinship}
    assert codes == NEAR[kinship]


def test_in_laws_and_others_are_not_near() -> None:
    others = {code: r.text for code, r in RELATIONS.items() if r.kinship is None}
    assert others == NOT_NEAR


@pytest.mark.parametrize("code", RELATIONS)
def test_code_and_sex(code: str) -> None:
    relation = RELATIONS[code]
    sex = None if code in EITHER else "male" if code in MEN else "female"
    assert (relation.code, relation.sex) == (code, sex)


def test_texts_tell_the_relations_apart() -> None:
    assert len({relation.text for relation in RELATIONS.values()}) == len(RELATIONS)
    assert set(KINSHIP_TEXT) == set(get_args(Kinship))
    assert RELATIONS["51"].text == "父亲"
    assert RELATIONS["30"].text == "女儿"


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
        assert RELATIONS[code].text in sentence
        assert sentence.endswith("请核对。")
