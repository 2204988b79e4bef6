"""What the sandbox says of its people, in the platform's words."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime

from service.gateways.platform import Enrolment, wire, wire_people
from service.gateways.platform.synthetic import SandboxPerson

# GB/T 4761: in-laws and great-grandparents; each of these codes is a kind of its own.
_FURTHER_KIN = (
    *("28", "38", "45", "46", "47", "48", "53", "54", "55", "56"),
    *("65", "66", "67", "68", "69", "72", "74", "76", "78"),
)


def ec_identity(person: SandboxPerson) -> dict[str, str]:
    """ec.query answer `data`; the token stands for nothing."""
    return {
        "idNo": person.id_number,
        "userName": person.name,
        "idType": wire.ID_CARD,
        "ecToken": secrets.token_hex(32),
        "insuOrg": person.area,
        "gender": "1" if person.male else "2",
        "birthday": person.born_on.isoformat(),
        "email": "",
        "extra": "",
    }


def person_output(person: SandboxPerson, *, at: datetime) -> wire_people.PersonOutput:
    """1101 `output`."""
    today = at.astimezone(wire.SHANGHAI).date()
    had_birthday = (today.month, today.day) >= (person.born_on.month, person.born_on.day)
    return wire_people.PersonOutput(
        baseinfo=wire_people.BaseInfo(
            psn_no=_person_number(person),
            certno=person.id_number,
            psn_name=person.name,
            gend="1" if person.male else "2",
            naty="01",
            brdy=person.born_on.isoformat(),
            age=today.year - person.born_on.year - (0 if had_birthday else 1),
        ),
        insuinfo=tuple(_insurance(enrolment) for enrolment in person.enrolments),
    )


def kinship_state(
    donor: SandboxPerson | None, *, beneficiary: SandboxPerson | None, relation_code: str
) -> str:
    """chk_stas. No data when either is unknown, or has no kin on record.

    Codes of one kind are alike: who is a daughter (31) is confirmed as a child (2, 20, 30) too.
    """
    if donor is None or beneficiary is None or not donor.kin or not beneficiary.kin:
        return _code(wire_people.KINSHIP, "no_data")
    related = any(
        id_number == beneficiary.id_number and _kind(code) == _kind(relation_code)
        for code, id_number in donor.kin
    )
    return _code(wire_people.KINSHIP, "confirmed" if related else "not_confirmed")


def _person_number(person: SandboxPerson) -> str:
    """psn_no, 26 digits: the area and a number that does not show the ID number."""
    digest = hashlib.sha256(person.id_number.encode()).digest()
    return f"{person.area}{int.from_bytes(digest) % 10**20:020d}"


def _kind(code: str) -> str:
    if code in _FURTHER_KIN:
        return code
    return "2" if code.startswith("3") else code[:1]


def _insurance(enrolment: Enrolment) -> wire_people.InsuInfo:
    fen = enrolment.account_balance_fen
    return wire_people.InsuInfo(
        balc="" if fen is None else fen / 100,
        insutype=enrolment.scheme_code,
        psn_type=_code(wire_people.PERSON_KINDS, enrolment.person_kind),
        psn_insu_stas=_code(wire_people.STATUSES, enrolment.status),
        psn_insu_date="2015-01-01",
        paus_insu_date="",
        cvlserv_flag="0",
        insuplc_admdvs=enrolment.area,
        emp_name="测试单位" if enrolment.scheme == "employee" else "",
    )


def _code(table: Mapping[str, str], word: str) -> str:
    """Their code for our word."""
    return next(code for code, meaning in table.items() if meaning == word)
