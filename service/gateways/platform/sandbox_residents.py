"""What the sandbox knows of the residents' scheme: premiums that arrived, deaths, categories.

Who is enrolled where comes from the sandbox's people. Whose premium is refused, or all while they
are held, stays pending: it arrives when the reason is gone.
"""

from collections.abc import Callable, Mapping

from litestar import get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Struct, UnsetType

from service.domain.resident import Category
from service.gateways.platform import Enrolment, Scheme, wire_people
from service.gateways.platform import wire_residents as words
from service.gateways.platform.synthetic import SandboxPerson, resident

Synthetic = Callable[[str, str], str | None]
"""The area in which an ID number and a name that nobody entered count as a resident, if any."""

_STATUS_CODES = {status: code for code, status in wire_people.STATUSES.items()}
_CATEGORY_CODES = {category: code for code, category in words.CATEGORIES.items()}


class ResidentChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is otherwise about a person; a `last_year` of null: never a premium before."""

    deceased: bool | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    last_year: int | UnsetType | None = UNSET


class Hold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether credits wait; false lets the pending ones arrive."""

    hold: bool


class Refusal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the insurance refuses this person: no credit of theirs arrives meanwhile."""

    id_number: str
    refuse: bool


class Credits(Struct, frozen=True, kw_only=True):
    """How many premiums (a person and a year) arrived, and how many wait."""

    credited: int
    pending: int


class _Facts(Struct, kw_only=True):
    """All that the control pages and the tax bureau's sandbox changed."""

    deceased: set[str] = set()
    categories: dict[str, Category] = {}
    last_years: dict[str, int | None] = {}
    credited: dict[str, set[int]] = {}
    pending: set[tuple[str, int]] = set()
    refused: set[str] = set()
    hold_credits: bool = False


class ResidentBook:
    """How each of `people`, which may change under it, stands in a premium year."""

    def __init__(
        self, people: Mapping[str, SandboxPerson], *, synthetic: Synthetic | None = None
    ) -> None:
        self._people = people
        self._synthetic = synthetic
        self._facts = _Facts()

    def credit(self, id_number: str, *, year: int) -> None:
        """The premium arrives, or waits while credits are held or this person is refused."""
        facts = self._facts
        if facts.hold_credits or id_number in facts.refused:
            facts.pending.add((id_number, year))
        else:
            facts.credited.setdefault(id_number, set()).add(year)

    def take_back(self, id_number: str, *, year: int) -> None:
        self._facts.pending.discard((id_number, year))
        self._facts.credited.get(id_number, set()).discard(year)

    def is_credited(self, id_number: str, *, year: int) -> bool:
        return year in self._facts.credited.get(id_number, ())

    def answer(self, query: words.ResidentsQuery) -> words.ResidentsOutput:
        year = int(query.clct_year)
        return words.ResidentsOutput(persons=tuple(self._told(p, year=year) for p in query.persons))

    def pages(self) -> list[HTTPRouteHandler]:
        """The control pages, below /platform."""

        @post("/_people/{id_number:str}/resident", status_code=200)
        async def change(id_number: FromPath[str], data: JSONBody[ResidentChange]) -> Credits:
            return self._change(id_number, change=data)

        @get("/_credits")
        async def credits_now() -> Credits:
            return self._credits()

        @post("/_credits", status_code=200)
        async def hold(data: JSONBody[Hold]) -> Credits:
            self._facts.hold_credits = data.hold
            return self._release()

        @post("/_credits/refuse", status_code=200)
        async def refuse(data: JSONBody[Refusal]) -> Credits:
            return self._refuse(data.id_number, refuse=data.refuse)

        @post("/_residents/reset", status_code=200)
        async def reset() -> Credits:
            self._facts = _Facts()
            return self._credits()

        return [change, credits_now, hold, refuse, reset]

    def _told(
        self, asked: words.AskedPerson, *, year: int
    ) -> words.MatchedPerson | words.UnmatchedPerson:
        person = self._person(asked.certno, name=asked.psn_name)
        if person is None:
            return words.UnmatchedPerson(certno=asked.certno)
        number, enrolments = person.id_number, person.enrolments
        active = {e.scheme for e in enrolments if e.status == "active"}
        registration = _registration(enrolments)
        last_year = self._last_year(number, year=year, active="resident" in active)
        return words.MatchedPerson(
            certno=number,
            alive="0" if number in self._facts.deceased else "1",
            insu_iden=_principal(active),
            psn_insu_stas=_STATUS_CODES[registration.status if registration else "none"],
            insuplc_admdvs=registration.area if registration else "",
            psn_idet_type=_CATEGORY_CODES[self._facts.categories.get(number, "ordinary")],
            last_year="" if last_year is None else f"{last_year:04d}",
            credited="1" if self.is_credited(number, year=year) else "0",
        )

    def _person(self, id_number: str, *, name: str) -> SandboxPerson | None:
        person = self._people.get(id_number)
        if person is not None:
            return person if person.name == name else None
        area = self._synthetic(id_number, name) if self._synthetic else None
        if area is None:
            return None
        enrolments = (resident(area),)
        return SandboxPerson(id_number=id_number, name=name, area=area, enrolments=enrolments)

    def _last_year(self, id_number: str, *, year: int, active: bool) -> int | None:
        """The last credited one before `year`; an active resident paid last year unless set."""
        entered = self._facts.last_years.get(id_number, year - 1 if active else None)
        years = {entered, *self._facts.credited.get(id_number, ())}
        return max((y for y in years if y is not None and y < year), default=None)

    def _change(self, id_number: str, *, change: ResidentChange) -> Credits:
        self._must_exist(id_number)
        facts = self._facts
        if change.deceased is not UNSET:
            (facts.deceased.add if change.deceased else facts.deceased.discard)(id_number)
        if change.category is not UNSET:
            facts.categories[id_number] = change.category
        if change.last_year is not UNSET:
            facts.last_years[id_number] = change.last_year
        return self._credits()

    def _refuse(self, id_number: str, *, refuse: bool) -> Credits:
        self._must_exist(id_number)
        (self._facts.refused.add if refuse else self._facts.refused.discard)(id_number)
        return self._release()

    def _release(self) -> Credits:
        """Try all pending ones again: those with a reason left stay pending."""
        waiting, self._facts.pending = self._facts.pending, set()
        for id_number, year in waiting:
            self.credit(id_number, year=year)
        return self._credits()

    def _credits(self) -> Credits:
        credited = sum(len(years) for years in self._facts.credited.values())
        return Credits(credited=credited, pending=len(self._facts.pending))

    def _must_exist(self, id_number: str) -> None:
        # Who is synthetic cannot be told without the name.
        if id_number not in self._people and self._synthetic is None:
            raise NotFoundException("nobody with this number in the sandbox")


def _principal(active: set[Scheme]) -> words.InsuIden:
    if "employee" in active:
        return words.EMPLOYEE
    return words.RESIDENT if "resident" in active else words.NEITHER


def _registration(enrolments: tuple[Enrolment, ...]) -> Enrolment | None:
    return next((e for e in enrolments if e.scheme == "resident" and e.status != "none"), None)
