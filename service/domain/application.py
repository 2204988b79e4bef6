"""May this donor bind this beneficiary? The rules, in order of precedence, each with its clause.

`check_request` needs nothing but what the donor wrote; `check_people` needs what the insurance
platform knows; `check_standing` needs our own books. The first refusal is the answer.
"""

from collections.abc import Callable
from datetime import date

from msgspec import Struct

from service.domain.binding import Review, Terms, check_terms
from service.domain.enrolment import Enrolment, InsuredPerson, pooling_area, province
from service.domain.person import IdNumber
from service.domain.policy import DocumentKind, Policies, Rules
from service.domain.refusal import Refusal
from service.domain.relation import KINSHIP_TEXT, RELATIONS, Relation


class Request(Struct, frozen=True, kw_only=True):
    """What the donor asks for. `relation` is what the beneficiary is to the donor."""

    donor: IdNumber
    beneficiary: IdNumber
    relation: Relation
    terms: Terms


class Standing(Struct, frozen=True, kw_only=True):
    """What our books say of live bindings. Unsigned applications are not counted against the
    numbers of an area: nobody takes a place by applying and leaving it there."""

    already_bound: bool
    bindings_of_donor: int
    donors_of_beneficiary: int


class Proof(Struct, frozen=True, kw_only=True):
    """How kinship is shown. `documents`: any one of these images; `review`: who looks at it."""

    review: Review | None
    documents: tuple[DocumentKind, ...] = ()
    clause: str = ""


def read_relation(code: str) -> Relation | Refusal:
    """The relation of a two-digit GB/T 4761 code."""
    relation = RELATIONS.get(code)
    return relation or Refusal(code="binding.relation_unknown")


def donor_enrolment(donor: InsuredPerson) -> Enrolment | None:
    """The active enrolment with a personal account to share, if there is one."""
    for enrolment in donor.active:
        if enrolment.scheme == "employee" and enrolment.account_balance_fen is not None:
            return enrolment
    return None


def rules_for(donor: InsuredPerson, *, policies: Policies, today: date) -> Rules | Refusal:
    """The rules of the donor's insurance area, or why there are none for this donor."""
    enrolment = donor_enrolment(donor)
    if enrolment is not None:
        rules = policies.at(today, enrolment.area)
        name = policies.name_of(enrolment.area)
        area = "您的参保地" if name == enrolment.area else name
        return rules or Refusal(code="area.not_served", facts={"area": area})
    for known in donor.enrolments:
        rules = policies.at(today, known.area)
        if rules is not None:
            return Refusal(code="binding.donor_has_no_account", clause=rules.donor_scheme.reference)
    return Refusal(code="binding.donor_has_no_account")


def check_request(request: Request, *, rules: Rules, today: date) -> Refusal | None:
    """Not oneself; a near relative by the area's rule; dates and limits that make sense."""
    if request.donor == request.beneficiary:
        return Refusal(code="binding.with_oneself", clause=rules.kinships.reference)
    if request.relation.kinship not in (rules.kinships.value or ()):
        allowed = "、".join(KINSHIP_TEXT[kinship] for kinship in rules.kinships.value or ())
        return Refusal(
            code="binding.relation_not_allowed",
            clause=rules.kinships.reference,
            facts={"relation": request.relation.text, "allowed": allowed},
        )
    return check_terms(request.terms, today=today)


def check_people(donor: Enrolment, beneficiary: InsuredPerson, *, rules: Rules) -> Refusal | None:
    """The beneficiary is enrolled, and in an area the donor's area shares with."""
    if not beneficiary.active:
        return Refusal(
            code="binding.beneficiary_not_enrolled", clause=rules.beneficiary_enrolled.reference
        )
    areas = {enrolment.area for enrolment in beneficiary.active}
    scope = rules.area_scope
    if scope.value == "province" and not _shared(donor, areas, by=province):
        return Refusal(code="binding.outside_the_province", clause=scope.reference)
    if scope.value == "same_area" and not _shared(donor, areas, by=pooling_area):
        return Refusal(code="binding.outside_the_area", clause=scope.reference)
    return None


def _shared(donor: Enrolment, areas: set[str], *, by: Callable[[str], str]) -> bool:
    return by(donor.area) in {by(area) for area in areas}


def check_standing(standing: Standing, *, rules: Rules) -> Refusal | None:
    """Not twice, and within the numbers the area allows."""
    if standing.already_bound:
        return Refusal(code="binding.exists")
    return check_numbers(standing, rules=rules)


def check_numbers(standing: Standing, *, rules: Rules) -> Refusal | None:
    """Within the numbers the area allows; asked when applying and again when signing."""
    most = rules.beneficiaries_per_donor_max
    if most.value is not None and standing.bindings_of_donor >= most.value:
        return Refusal(
            code="binding.donor_is_full", clause=most.reference, facts={"max": most.value}
        )
    most = rules.donors_per_beneficiary_max
    if most.value is not None and standing.donors_of_beneficiary >= most.value:
        return Refusal(
            code="binding.beneficiary_is_full", clause=most.reference, facts={"max": most.value}
        )
    return None


def check_desk(donor: Enrolment, *, desk_area: str | None) -> Refusal | None:
    """At a hall's desk only its own pooling area's donors are served; elsewhere None."""
    if desk_area is None or pooling_area(donor.area) == pooling_area(desk_area):
        return None
    return Refusal(code="clerk.other_area")


def proof_needed(beneficiary: IdNumber, *, rules: Rules, today: date) -> Proof:
    """Commitment alone, or documents for a clerk's review, or a check against the platform's data.

    A child's documents go to a clerk; for everyone else the platform's data answer first.
    """
    rule = rules.kinship_proof
    if rule.value != "documents_or_data_check":
        return Proof(review=None, clause=rule.reference)
    young = rules.proof_under_age.value
    if young is not None and beneficiary.age_on(today) < young:
        documents = rules.proof_documents.value or ()
        return Proof(review="clerk", documents=documents, clause=rules.proof_under_age.reference)
    return Proof(review="data_check", clause=rule.reference)
