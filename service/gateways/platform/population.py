"""The synthetic people of the platform's sandbox. Nobody here exists; every name says 测试.

Ages are meant for the year 2026.
"""

from collections.abc import Mapping

from service.gateways.platform.synthetic import (
    BAOJI,
    CHENGDU,
    FEMALE,
    GUANGZHOU,
    KUNMING,
    MALE,
    PANZHIHUA,
    XIAN,
    ZHAOTONG,
    Member,
    SandboxPerson,
    families,
    family,
    resident,
    retired,
    working,
)

__all__ = ["PEOPLE", "SandboxPerson", "families", "population"]


def population() -> list[SandboxPerson]:
    """Everybody in PEOPLE."""
    return list(PEOPLE.values())


def _placed(place: str, family: Mapping[str, SandboxPerson]) -> dict[str, SandboxPerson]:
    return {f"{place}_{handle}": person for handle, person in family.items()}


_ZHAOTONG_FAMILY = family(
    "530602",
    members={
        "donor": Member("测试甲", "1976-04-12", MALE, working(ZHAOTONG, fen=386_050)),
        "spouse": Member("测试乙", "1978-09-03", FEMALE, resident(KUNMING)),
        "child": Member("测试丙", "2018-03-10", FEMALE, resident(ZHAOTONG)),
        "son": Member("测试丁", "1999-06-21", MALE, working(ZHAOTONG, fen=42_000)),
        "daughter_in_law": Member("测试戊", "2000-01-15", FEMALE, resident(ZHAOTONG)),
        "father": Member("测试己", "1950-11-08", MALE, retired(ZHAOTONG, fen=215_730)),
        "mother": Member("测试庚", "1952-02-29", FEMALE, resident(ZHAOTONG)),
        "sibling": Member("测试辛", "1981-07-30", FEMALE),
        "suspended": Member(
            "测试壬", "1979-12-05", MALE, working(ZHAOTONG, fen=9_900, status="suspended")
        ),
        "resident": Member("测试癸", "1988-05-19", FEMALE, resident(ZHAOTONG)),
        "rare_name": Member("测试𠮷", "1985-10-10", MALE, working(ZHAOTONG, fen=120_000)),
    },
    kin=(
        ("donor", "12", "spouse"),
        ("donor", "31", "child"),
        ("donor", "21", "son"),
        ("donor", "38", "daughter_in_law"),
        ("donor", "51", "father"),
        ("donor", "52", "mother"),
        ("donor", "77", "sibling"),
        ("donor", "73", "suspended"),
        ("spouse", "31", "child"),
        ("spouse", "21", "son"),
        ("son", "12", "daughter_in_law"),
        ("father", "12", "mother"),
        ("father", "31", "sibling"),
        ("father", "21", "suspended"),
    ),
)

_XIAN_FAMILY = family(
    "610103",
    members={
        "donor": Member("测试子", "1980-03-18", MALE, working(XIAN, fen=523_400)),
        "wife": Member("测试丑", "1982-08-26", FEMALE, resident(XIAN)),
        "son": Member("测试寅", "2010-05-04", MALE, resident(XIAN)),
        "daughter": Member("测试卯", "2015-03-01", FEMALE, resident(XIAN)),
        "father": Member("测试辰", "1952-10-02", MALE, resident(XIAN)),
        "mother": Member("测试巳", "1954-04-24", FEMALE, resident(XIAN)),
        "second_donor": Member("测试午", "1983-01-11", FEMALE, working(XIAN, fen=50_000)),
        "third_donor": Member("测试未", "1986-06-06", MALE, working(XIAN, fen=5_000)),
        "sibling": Member("测试申", "1990-09-17", MALE, resident(XIAN)),
        "grandmother_in_baoji": Member("测试酉", "1932-12-22", FEMALE, resident(BAOJI)),
        "retired": Member("测试戌", "1958-07-07", MALE, retired(XIAN, fen=310_000)),
    },
    kin=(
        ("donor", "12", "wife"),
        ("donor", "21", "son"),
        ("donor", "31", "daughter"),
        ("donor", "51", "father"),
        ("donor", "52", "mother"),
        ("donor", "77", "second_donor"),
        ("donor", "73", "third_donor"),
        ("donor", "73", "sibling"),
        ("donor", "62", "grandmother_in_baoji"),
        ("wife", "21", "son"),
        ("wife", "31", "daughter"),
        ("father", "12", "mother"),
        ("second_donor", "51", "father"),
        ("second_donor", "52", "mother"),
        ("third_donor", "51", "father"),
        ("third_donor", "52", "mother"),
        ("sibling", "51", "father"),
        ("sibling", "52", "mother"),
    ),
)

_PANZHIHUA_FAMILY = family(
    "510402",
    members={
        "donor": Member("测试乾", "1979-02-14", MALE, working(PANZHIHUA, fen=268_800)),
        "spouse": Member("测试坤", "1980-11-30", FEMALE, resident(PANZHIHUA)),
        "child": Member("测试震", "2014-09-09", MALE, resident(PANZHIHUA)),
        "grown_child": Member("测试巽", "2006-04-01", FEMALE, resident(PANZHIHUA)),
        "son_in_chengdu": Member("测试艮", "2002-08-18", MALE, resident(CHENGDU)),
        "father": Member("测试坎", "1951-05-25", MALE, retired(PANZHIHUA, fen=0)),
        "mother": Member("测试离", "1953-03-08", FEMALE, resident(PANZHIHUA)),
    },
    kin=(
        ("donor", "12", "spouse"),
        ("donor", "21", "child"),
        ("donor", "31", "grown_child"),
        ("donor", "21", "son_in_chengdu"),
        ("donor", "51", "father"),
        ("donor", "52", "mother"),
        ("spouse", "21", "child"),
        ("father", "12", "mother"),
    ),
)

_GUANGZHOU = {"stranger": Member("测试广", "1984-04-04", MALE, working(GUANGZHOU, fen=80_000))}

PEOPLE: Mapping[str, SandboxPerson] = {
    **_placed("zhaotong", _ZHAOTONG_FAMILY),
    **_placed("xian", _XIAN_FAMILY),
    **_placed("panzhihua", _PANZHIHUA_FAMILY),
    **_placed("guangzhou", family("440103", members=_GUANGZHOU, kin=())),
}
"""Everybody by a fixed handle. zhaotong_resident, zhaotong_rare_name, xian_retired and
guangzhou_stranger have no kin on record."""
