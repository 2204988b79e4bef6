"""The platform's own words about people: transaction 1101 and the kinship check.

Sources: 定点医药机构接口 1101 (人员信息获取) and the NHSA code lists insutype, psn_insu_stas,
psn_type and gend.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import Raw, Struct, json

from service.gateways.platform import (
    Enrolment,
    EnrolmentStatus,
    InsuredPerson,
    KinshipAnswer,
    PersonKind,
    Scheme,
    Sex,
)
from service.gateways.platform.wire import ID_CARD, Area, Filled, FsiAnswer, local_time

Word = TypeVar("Word")

PERSON_INFNO = "1101"

SCHEMES: dict[str, Scheme] = {"310": "employee", "390": "resident", "391": "resident"}
STATUSES: dict[str, EnrolmentStatus] = {"0": "none", "1": "active", "2": "suspended", "3": "ended"}
PERSON_KINDS: dict[str, PersonKind] = {"11": "working", "12": "retired", "14": "resident"}
SEXES: dict[str, Sex] = {"1": "male", "2": "female"}

# The values of the kinship check: our assumption, like the transaction itself.
KINSHIP: dict[str, KinshipAnswer] = {"1": "confirmed", "2": "not_confirmed", "0": "no_data"}

# Public is only that infcode is not 0; that these words tell an unmatched person: our assumption.
NOT_MATCHED = "未查询到符合条件的人员信息"


class PersonQuery(Struct, frozen=True, kw_only=True):
    """1101 `data`, asked by ID card: 02 as certificate of the visit, 01 as paper of the person."""

    mdtrt_cert_type: str = "02"
    mdtrt_cert_no: str
    card_sn: str = ""
    begntime: str
    psn_cert_type: str = ID_CARD
    certno: str
    psn_name: str


class BaseInfo(Struct, frozen=True, kw_only=True):
    """1101 `baseinfo`."""

    psn_no: Filled
    psn_cert_type: str = ID_CARD
    certno: str
    psn_name: str
    gend: str
    naty: str | None = None
    brdy: str
    age: Any = None


class InsuInfo(Struct, frozen=True, kw_only=True):
    """One item of 1101 `insuinfo`; `balc` is yuan, as a number or as text."""

    balc: Any = ""
    insutype: str
    psn_type: str
    psn_insu_stas: str
    psn_insu_date: str | None = None
    paus_insu_date: str | None = None
    cvlserv_flag: str | None = None
    insuplc_admdvs: Area
    emp_name: str | None = None


class PersonOutput(Struct, frozen=True, kw_only=True):
    """1101 `output`."""

    baseinfo: BaseInfo
    insuinfo: tuple[InsuInfo, ...]
    idetinfo: Any = ()


class KinshipQuery(Struct, frozen=True, kw_only=True):
    """Kinship check `data`. No public transaction exists: its fields are our assumption.

    `rlts_code` says what the second person is to the first, as in GB/T 4761.
    """

    certno: str
    psn_name: str
    rlts_certno: str
    rlts_psn_name: str
    rlts_code: str


class KinshipResult(Struct, frozen=True, kw_only=True):
    """`result` of the kinship check: 1 confirmed, 2 not confirmed, 0 no data."""

    chk_stas: str


class KinshipOutput(Struct, frozen=True, kw_only=True):
    """Kinship check `output`."""

    result: KinshipResult


_AMOUNT = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,2})?")
_person_output = json.Decoder(PersonOutput, float_hook=Decimal)
_kinship_output = json.Decoder(KinshipOutput)


def person_query(id_number: str, *, name: str, at: datetime) -> PersonQuery:
    return PersonQuery(
        mdtrt_cert_no=id_number, begntime=local_time(at), certno=id_number, psn_name=name
    )


def means_not_matched(answer: FsiAnswer) -> bool:
    return answer.infcode != 0 and NOT_MATCHED in (answer.err_msg or "")


def read_person(output: Raw) -> InsuredPerson:
    """1101 `output` in our words. Raises ValueError when a code or an amount is unknown to us."""
    answer = _person_output.decode(output)
    base = answer.baseinfo
    return InsuredPerson(
        person_number=base.psn_no,
        id_number=base.certno.upper(),
        name=base.psn_name,
        sex=_known(SEXES, base.gend),
        born_on=date.fromisoformat(base.brdy[:10]),
        enrolments=tuple(_enrolment(insurance) for insurance in answer.insuinfo),
    )


def read_kinship(output: Raw) -> KinshipAnswer:
    """Kinship check `output` in our words. Raises ValueError when the state is unknown to us."""
    return _known(KINSHIP, _kinship_output.decode(output).result.chk_stas)


def _balance(balc: object) -> int | None:
    """An empty `balc` says that there is no personal account, not that it is empty."""
    return None if balc in ("", None) else fen_of(balc)


def fen_of(amount: object) -> int:
    """Yuan (numeric 16,2, as a number or as text) -> fen; empty text is 0. Raises ValueError."""
    text = str(amount)
    if not text:
        return 0
    if not _AMOUNT.fullmatch(text):
        raise ValueError("not an amount in yuan with at most two decimals")
    return int(Decimal(text) * 100)


def _enrolment(insurance: InsuInfo) -> Enrolment:
    scheme = SCHEMES.get(insurance.insutype, "other")
    return Enrolment(
        scheme=scheme,
        scheme_code=insurance.insutype,
        status=_known(STATUSES, insurance.psn_insu_stas),
        person_kind=PERSON_KINDS.get(insurance.psn_type[:2], "other"),
        area=insurance.insuplc_admdvs,
        account_balance_fen=_balance(insurance.balc) if scheme == "employee" else None,
    )


def _known(table: Mapping[str, Word], code: str) -> Word:
    if code not in table:
        raise ValueError("a code that is in no list of ours")
    return table[code]
