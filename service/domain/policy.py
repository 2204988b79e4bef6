"""Policies are dated data: overlay of nation, province and city, every value with its reference.

A file covers one area; `at` picks for each parameter the value in force on a day, the most local
one first. What no source states is written `unknown = true` and has the value None: rules treat it
as "no rule", texts say that nothing has been announced. Nothing is guessed here.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from service.domain.credit import CreditRates
from service.domain.enrolment import Scheme, pooling_area, province
from service.domain.institution import Service
from service.domain.pooling import Pooling
from service.domain.premium_terms import PremiumLate, PremiumWindow, Waiting
from service.domain.relation import Kinship

T = TypeVar("T")
AreaScope = Literal["same_area", "province"]
KinshipProof = Literal["commitment", "documents_or_data_check"]
Count = Annotated[int, Meta(ge=1)]
DocumentKind = Literal["marriage_certificate", "household_register"]


class Rule(Struct, Generic[T], frozen=True, kw_only=True):
    """A value in force, with the clause that says so. `value` None: no source states it."""

    title: str
    value: T | None
    since: date
    reference: str


class Rules(Struct, frozen=True, kw_only=True):
    """All parameters in force in one area on one day. Field names are the keys of the files."""

    kinships: Rule[tuple[Kinship, ...]]
    donor_scheme: Rule[Scheme]
    beneficiary_enrolled: Rule[bool]
    area_scope: Rule[AreaScope]
    beneficiaries_per_donor_max: Rule[Count]
    donors_per_beneficiary_max: Rule[Count]
    kinship_proof: Rule[KinshipProof]
    proof_under_age: Rule[Count]
    proof_documents: Rule[tuple[DocumentKind, ...]]
    used_amounts_returned: Rule[bool]
    card_lending_allowed: Rule[bool]
    excluded_uses: Rule[tuple[str, ...]]
    commitment_version: Rule[str]
    payable_services: Rule[tuple[Service, ...]]
    pays_own_expense: Rule[bool]
    donors_pay_when: Rule[Literal["own_account_short", "own_account_empty"]]
    mixed_payment: Rule[bool]
    away_filing: Rule[Literal["outside_area", "outside_province"]]
    outpatient_pooling: Rule[Pooling]
    fund_includes_account: Rule[bool]
    account_credits: Rule[CreditRates]
    premium_by_account: Rule[bool]
    premium_window: Rule[PremiumWindow]
    premium_late: Rule[PremiumLate]
    premium_waiting: Rule[Waiting]
    premium_newborn_days: Rule[Count]
    premium_refund: Rule[Literal["before_credit"]]
    in_person: Rule[str]
    hotline: Rule[str]


_NATION = "000000"


class Value(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    since: date
    reference: str
    value: Any = None
    unknown: bool = False
    until: date | None = None


class Parameter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    values: Annotated[tuple[Value, ...], Meta(min_length=1)]
    title: str = ""


class PolicyFault(Exception):
    """A policy file is wrong; the service does not start with it."""


AreaCode = Annotated[str, Meta(pattern="^[0-9]{6}$")]


class PolicyFile(Struct, frozen=True, kw_only=True):
    """One file: the area it covers, names of areas, and its parameters."""

    name: str
    area: AreaCode
    names: dict[AreaCode, str]
    parameters: Mapping[str, Parameter]

    @property
    def prefix(self) -> str:
        """What the codes of the covered areas begin with (GB/T 2260: province, city, county)."""
        if self.area == _NATION:
            return ""
        significant = 2 if self.area.endswith("0000") else 4 if self.area.endswith("00") else 6
        return self.area[:significant]

    def covers(self, area: str) -> bool:
        return area.startswith(self.prefix)


_TYPES = msgspec.structs.fields(Rules)


def read_policy_file(name: str, text: str) -> PolicyFile:
    """Parse and check one file. Raises PolicyFault naming the file and the fault."""
    try:
        raw = tomllib.loads(text)
        head = {"name": name, "area": raw.pop("area"), "names": raw.pop("names", {})}
        unknown_keys = raw.keys() - {field.name for field in _TYPES}
        if unknown_keys:
            raise PolicyFault(f"{name}: unknown keys {sorted(unknown_keys)}")
        file = msgspec.convert({**head, "parameters": raw}, PolicyFile)
        for field in _TYPES:
            if field.name in file.parameters:
                _check(field, file.parameters[field.name])
    except (tomllib.TOMLDecodeError, KeyError, ValueError) as fault:
        raise PolicyFault(f"{name}: {fault}") from fault
    return file


def _check(field: msgspec.structs.FieldInfo, parameter: Parameter) -> None:
    previous: Value | None = None
    for value in parameter.values:
        where = f"{field.name} since {value.since}"
        if not value.reference.strip():
            raise ValueError(f"{where}: no reference")
        if value.unknown == (value.value is not None):
            raise ValueError(f"{where}: either a value or unknown = true")
        if _ends_before(value, value.since):
            raise ValueError(f"{where}: ends before it begins")
        if previous and (previous.since >= value.since or _ends_after(previous, value.since)):
            raise ValueError(f"{where}: overlaps the value before it")
        msgspec.convert(_as_rule(parameter.title, value), field.type)
        previous = value


def _ends_before(value: Value, day: date) -> bool:
    return value.until is not None and value.until < day


def _ends_after(value: Value, day: date) -> bool:
    return value.until is not None and value.until >= day


def _as_rule(title: str, value: Value) -> dict[str, Any]:
    return {
        "title": title,
        "value": value.value,
        "since": value.since,
        "reference": value.reference,
    }


_KEPT = 4096


class Policies(Struct, frozen=True):
    """All policy files; the nation's first, then by rising length of the area they cover."""

    files: tuple[PolicyFile, ...]
    kept: dict[tuple[date, str], Rules | None] = msgspec.field(default_factory=dict)
    """What `at` answered lately: the files never change while we run."""

    @classmethod
    def read(cls, texts: Mapping[str, str]) -> "Policies":
        """`texts` maps file names to contents. Raises PolicyFault."""
        files = [read_policy_file(name, text) for name, text in texts.items()]
        policies = cls(tuple(sorted(files, key=lambda file: len(file.prefix))))
        nation = [file for file in files if file.area == _NATION]
        for file in files:
            others = [other.name for other in files if other.area == file.area]
            if others != [file.name]:
                raise PolicyFault(f"{' and '.join(others)} cover the same area {file.area}")
        if len(nation) != 1:
            raise PolicyFault("exactly one file must cover the nation (area 000000)")
        for field in _TYPES:
            parameter = nation[0].parameters.get(field.name)
            if parameter is None or not parameter.title:
                raise PolicyFault(f"the nation's file needs {field.name} with a title")
        return policies

    def serves(self, area: str) -> bool:
        """Whether a file of a province or city covers this area."""
        return any(file.area != _NATION and file.covers(area) for file in self.files)

    def name_of(self, area: str) -> str:
        """The area's name for sentences; the nearest named area around it when it has none."""
        for code in (area, pooling_area(area), province(area)):
            for file in self.files:
                if code in file.names:
                    return file.names[code]
        return area

    def at(self, day: date, area: str) -> Rules | None:
        """The rules in force in `area` on `day`, or None when the area is not served."""
        if (day, area) not in self.kept:
            if len(self.kept) >= _KEPT:
                self.kept.clear()
            self.kept[day, area] = self._at(day, area)
        return self.kept[day, area]

    def _at(self, day: date, area: str) -> Rules | None:
        if not self.serves(area):
            return None
        return msgspec.convert({f.name: self._rule(f.name, day, area) for f in _TYPES}, Rules)

    def _rule(self, name: str, day: date, area: str) -> dict[str, Any]:
        title, found = "", None
        for file in self.files:
            if name not in file.parameters or not file.covers(area):
                continue
            parameter = file.parameters[name]
            title = title or parameter.title
            in_force = [v for v in parameter.values if v.since <= day and not _ends_before(v, day)]
            found = in_force[-1] if in_force else found
        if found is None:
            raise PolicyFault(f"{name} has no value in {area} on {day}")
        return _as_rule(title, found)
