"""The platform's own words about people in the residents' scheme, many at once.

No public transaction tells this: its number, its nodes and all codes without a source below are our
assumption, in the style of 1101. Sources: the NHSA code lists INSU_IDEN and psn_insu_stas.

The envelope has 40000 characters for `input` and as many for `output`: answers have about 175, so
that 200 people fit into one question (RESIDENTS_MOST).
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from msgspec import Meta, Raw, Struct, json

from service.domain.resident import Category
from service.gateways.platform import RESIDENTS_MOST, Named, Resident
from service.gateways.platform.wire import Filled
from service.gateways.platform.wire_people import STATUSES

Flag = Literal["0", "1"]
Year = Annotated[str, Meta(pattern=r"^[0-9]{4}\Z")]
MaybeYear = Annotated[str, Meta(pattern=r"^([0-9]{4})?\Z")]
MaybeArea = Annotated[str, Meta(pattern=r"^([0-9]{6})?\Z")]

# INSU_IDEN of the active enrolment that counts, the employees' scheme first; empty: there is none.
InsuIden = Literal["1", "2", ""]
EMPLOYEE: Final = "1"
RESIDENT: Final = "2"
NEITHER: Final = ""

# 1101 has psn_idet_type without a public list of its codes: our assumption. Any other is trouble.
CATEGORIES: dict[str, Category] = {
    "0": "ordinary",
    "1": "low_income",
    "2": "monitored",
    "3": "extreme_poverty",
    "4": "orphan",
}


class AskedPerson(Struct, frozen=True, kw_only=True):
    """One item of `persons` in the question."""

    certno: str
    psn_name: str


class ResidentsQuery(Struct, frozen=True, kw_only=True):
    """`data`: who is asked about, and for which premium year."""

    clct_year: Year
    persons: Annotated[tuple[AskedPerson, ...], Meta(min_length=1, max_length=RESIDENTS_MOST)]


class MatchedPerson(Struct, frozen=True, kw_only=True, tag_field="matched", tag="1"):
    """One item of `persons` in the answer: number and name belong together.

    `psn_insu_stas` and `insuplc_admdvs` are those of the registration as a resident; the area is
    empty when there is none. `last_year` is before the asked year, or empty.
    """

    certno: Filled
    alive: Flag
    insu_iden: InsuIden
    psn_insu_stas: str
    insuplc_admdvs: MaybeArea
    psn_idet_type: str
    last_year: MaybeYear
    credited: Flag


class UnmatchedPerson(Struct, frozen=True, kw_only=True, tag_field="matched", tag="0"):
    """One item of `persons` in the answer, of which nothing else is told."""

    certno: Filled


class ResidentsOutput(Struct, frozen=True, kw_only=True):
    """`output`: one item per person asked, in the order of the question (our assumption)."""

    persons: tuple[MatchedPerson | UnmatchedPerson, ...]


_output = json.Decoder(ResidentsOutput)


def residents_query(people: Sequence[Named], *, year: int) -> ResidentsQuery:
    persons = tuple(AskedPerson(certno=one.id_number, psn_name=one.name) for one in people)
    return ResidentsQuery(clct_year=f"{year:04d}", persons=persons)


def read_residents(output: Raw, *, asked: Sequence[Named], year: int) -> list[Resident]:
    """`output` in our words, in the order asked.

    Raises ValueError when a code is unknown to us, or when it answers another question.
    """
    told = _output.decode(output).persons
    if [one.certno.upper() for one in told] != [one.id_number for one in asked]:
        raise ValueError("an answer about other people, or in another order")
    return [_resident(one, year=year) for one in told]


def _resident(told: MatchedPerson | UnmatchedPerson, *, year: int) -> Resident:
    if isinstance(told, UnmatchedPerson):
        return Resident(known=False)
    status, category = STATUSES.get(told.psn_insu_stas), CATEGORIES.get(told.psn_idet_type)
    if status is None or category is None:
        raise ValueError("a code that is in no list of ours")
    if status != "none" and not told.insuplc_admdvs:
        raise ValueError("registered as a resident, but nowhere")
    last_year = int(told.last_year) if told.last_year else None
    if last_year is not None and last_year >= year:
        raise ValueError("the last year is not before the asked one")
    return Resident(
        known=True,
        alive=told.alive == "1",
        employee=told.insu_iden == EMPLOYEE,
        status=status,
        area=None if status == "none" else told.insuplc_admdvs,
        category=category,
        last_year=last_year,
        credited=told.credited == "1",
    )
