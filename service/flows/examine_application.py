"""Examine an application by every rule that our own books have no part in."""

from uuid import UUID

from msgspec import Struct

from service.domain.application import (
    Proof,
    Request,
    check_desk,
    check_people,
    check_request,
    donor_enrolment,
    proof_needed,
    read_relation,
    rules_for,
)
from service.domain.binding import Terms
from service.domain.calendar import business_date
from service.domain.enrolment import InsuredPerson
from service.domain.person import IdNumber
from service.domain.policy import Rules
from service.domain.refusal import Refusal
from service.domain.relation import Relation, implausible
from service.gateways.platform import PersonNotMatched
from service.world import World

_HOUR = 3600


class Application(Struct, frozen=True, kw_only=True):
    """What a donor asks for, already well formed. `owner` is whose look-ups are counted."""

    owner: UUID
    look_ups: int
    donor: IdNumber
    donor_name: str
    beneficiary: IdNumber
    beneficiary_name: str
    relation_code: str
    terms: Terms
    desk_area: str | None = None


class Examined(Struct, frozen=True, kw_only=True):
    """An application that passed every rule outside our own books."""

    donor: InsuredPerson
    beneficiary: InsuredPerson
    relation: Relation
    area: str
    rules: Rules
    proof: Proof
    warnings: tuple[str, ...]


async def examine_application(world: World, application: Application) -> Examined | Refusal:
    """The rules that need the citizen's words and the platform's knowledge.

    Raises GatewayTrouble, LimitReached, SessionsAway.
    """
    relation = read_relation(application.relation_code)
    if isinstance(relation, Refusal):
        return relation
    await world.limits.take(
        "look_up", owner=str(application.owner), most=application.look_ups, seconds=_HOUR
    )
    today = business_date(world.clock())
    donor = await world.platform.find_insured(application.donor.text, name=application.donor_name)
    if isinstance(donor, PersonNotMatched):
        return Refusal(code="binding.person_not_matched")
    rules = rules_for(donor, policies=world.policies, today=today)
    if isinstance(rules, Refusal):
        return rules
    enrolment = donor_enrolment(donor)
    assert enrolment is not None, "there are rules only for a donor with an account"
    refusal = check_desk(enrolment, desk_area=application.desk_area) or check_request(
        _request(application, relation), rules=rules, today=today
    )
    if refusal is not None:
        return refusal
    beneficiary = await world.platform.find_insured(
        application.beneficiary.text, name=application.beneficiary_name
    )
    if isinstance(beneficiary, PersonNotMatched):
        return Refusal(code="binding.person_not_matched")
    return check_people(enrolment, beneficiary, rules=rules) or Examined(
        donor=donor,
        beneficiary=beneficiary,
        relation=relation,
        area=enrolment.area,
        rules=rules,
        proof=proof_needed(application.beneficiary, rules=rules, today=today),
        warnings=implausible(
            relation, donor=application.donor, beneficiary=application.beneficiary
        ),
    )


def _request(application: Application, relation: Relation) -> Request:
    return Request(
        donor=application.donor,
        beneficiary=application.beneficiary,
        relation=relation,
        terms=application.terms,
    )
