"""How synthetic people are made: valid ID numbers, enrolments, families with kin on both sides.

A code of kin is GB/T 4761 with two digits.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct, structs

from service.gateways.platform import Enrolment, EnrolmentStatus, PersonKind

ZHAOTONG, KUNMING, XIAN, BAOJI = "530600", "530100", "610100", "610300"
PANZHIHUA, CHENGDU, GUANGZHOU = "510400", "510100", "440100"
MALE, FEMALE = 11, 12


class SandboxPerson(Struct, frozen=True, kw_only=True):
    """A person the sandbox knows. `kin` holds (code, ID number): what the other is to this one."""

    id_number: str
    name: str
    area: str
    enrolments: tuple[Enrolment, ...] = ()
    kin: tuple[tuple[str, str], ...] = ()

    @property
    def male(self) -> bool:
        return int(self.id_number[16]) % 2 == 1

    @property
    def born_on(self) -> date:
        return date.fromisoformat(self.id_number[6:14])


class Member(Struct, frozen=True):
    """A line in the table of a family; an odd `sequence` of the ID number is male."""

    name: str
    born: str
    sequence: int
    enrolment: Enrolment | None = None


def families(count: int, *, first: int = 0) -> list[SandboxPerson]:
    """`count` more families of four for load, the same ones for the same indexes.

    Donor, wife, child and retired father; by turns in 昭通, 西安 and 攀枝花. Nobody is in PEOPLE.
    """
    return [person for index in range(first, first + count) for person in _numbered(index)]


def id_number(county: str, *, born_on: date, sequence: int) -> str:
    """A valid number of GB 11643; an odd `sequence` (1 to 999) is male."""
    if not 1 <= sequence <= 999:
        raise ValueError("the sequence of an ID number is 1 to 999")
    digits = f"{county}{born_on:%Y%m%d}{sequence:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]


def working(area: str, *, fen: int, status: EnrolmentStatus = "active") -> Enrolment:
    """职工医保 in work, with `fen` in the personal account."""
    return _enrolment(area, kind="working", status=status, fen=fen)


def retired(area: str, *, fen: int) -> Enrolment:
    """职工医保 in retirement, with `fen` in the personal account."""
    return _enrolment(area, kind="retired", fen=fen)


def resident(area: str) -> Enrolment:
    """城乡居民医保, which has no personal account."""
    return _enrolment(area, kind="resident")


def _enrolment(
    area: str, *, kind: PersonKind, status: EnrolmentStatus = "active", fen: int | None = None
) -> Enrolment:
    return Enrolment(
        scheme="resident" if kind == "resident" else "employee",
        scheme_code="390" if kind == "resident" else "310",
        status=status,
        person_kind=kind,
        area=area,
        account_balance_fen=fen,
    )


def _numbered(index: int) -> list[SandboxPerson]:
    county, area = (("530623", ZHAOTONG), ("610124", XIAN), ("510411", PANZHIHUA))[index % 3]
    rounds, day = divmod(index // 3, 2800)
    male, female = 2 * rounds + 1, 2 * rounds + 2
    tag = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(index))

    def member(role: str, year: int, sequence: int, enrolment: Enrolment) -> Member:
        born = (date(year, 1, 1) + timedelta(days=day)).isoformat()
        return Member(f"测试{role}{tag}", born, sequence, enrolment)

    members = {
        "donor": member("主", 1975, male, working(area, fen=100_000 + index % 900 * 1_000)),
        "wife": member("妻", 1976, female, resident(area)),
        "child": member("子", 2012, male, resident(area)),
        "father": member("父", 1948, male, retired(area, fen=50_000)),
    }
    kin = (("donor", "12", "wife"), ("donor", "21", "child"), ("donor", "51", "father"))
    return list(family(county, members=members, kin=(*kin, ("wife", "21", "child"))).values())


def family(
    county: str, *, members: Mapping[str, Member], kin: Sequence[tuple[str, str, str]]
) -> dict[str, SandboxPerson]:
    """`kin` holds (handle, code, other handle): what the other is to the first; both get it."""
    people = {handle: _person(county, member) for handle, member in members.items()}
    for handle, code, other in kin:
        in_return = _reverse(code, male=people[handle].male)
        people[handle] = _with_kin(people[handle], code=code, other=people[other])
        people[other] = _with_kin(people[other], code=in_return, other=people[handle])
    return people


def _person(county: str, member: Member) -> SandboxPerson:
    born_on = date.fromisoformat(member.born)
    enrolments = (member.enrolment,) if member.enrolment else ()
    return SandboxPerson(
        id_number=id_number(county, born_on=born_on, sequence=member.sequence),
        name=member.name,
        area=enrolments[0].area if enrolments else f"{county[:4]}00",
        enrolments=enrolments,
    )


def _with_kin(person: SandboxPerson, *, code: str, other: SandboxPerson) -> SandboxPerson:
    return structs.replace(person, kin=(*person.kin, (code, other.id_number)))


def _reverse(code: str, *, male: bool) -> str:
    """What a person is to someone who is `code` to them."""
    in_return = {
        "1": "11 12",
        "2": "51 52",
        "3": "51 52",
        "38": "53 54",
        "5": "21 31",
        "6": "41 42",
        "73": "71 75",
        "77": "71 75",
    }
    pair = in_return.get(code) or in_return[code[0]]
    return pair.split()[0 if male else 1]
