"""This month's account credits for the synthetic people: a file like a real one, loaded like it."""

from collections import defaultdict
from functools import partial

from service.domain.calendar import business_date
from service.domain.credit import CreditCategory, CreditRates
from service.domain.enrolment import Enrolment, pooling_area
from service.flows.credit_accounts import credit_accounts
from service.gateways.platform.population import PEOPLE
from service.gateways.platform.synthetic import SandboxPerson
from service.world import World

_HEADER = "area,month,id_number,name,category,base_fen,amount_fen"


async def seed_credits(world: World, people: list[SandboxPerson]) -> None:
    """Everybody with an account gets what the platform's sandbox says they have."""
    today = business_date(world.clock())
    lines: dict[str, list[str]] = defaultdict(list)
    for person in {p.id_number: p for p in (*PEOPLE.values(), *people)}.values():
        for enrolment in person.enrolments:
            area = pooling_area(enrolment.area)
            rules = world.policies.at(today, area)
            if rules is not None and enrolment.status == "active" and enrolment.account_balance_fen:
                line = _line(person, enrolment, rules.account_credits.value)
                lines[area].append(f"{area},{today:%Y-%m},{line}")
    for rows in lines.values():
        content = "\n".join([_HEADER, *rows, ""]).encode()
        await credit_accounts(world, partial(_pieces, content), report=lambda read: None)


def _pieces(content: bytes) -> list[bytes]:
    return [content]


def _line(person: SandboxPerson, enrolment: Enrolment, rates: CreditRates | None) -> str:
    """The base that the area's rule turns into the amount, and the amount."""
    amount = enrolment.account_balance_fen or 0
    category: CreditCategory = "retiree" if enrolment.person_kind == "retired" else "employee"
    base = amount * 1000 // getattr(rates, category).permille if rates else amount
    return f"{person.id_number},{person.name},{category},{base},{amount}"
