"""What answers show of bindings and people: masked, in Asia/Shanghai, with sentences."""

from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from msgspec import Struct

from service.domain.binding import STATE_TEXT, ApplicationChannel, Limits, Review, State
from service.domain.calendar import SHANGHAI
from service.domain.person import mask_id_number, mask_name
from service.domain.policy import DocumentKind
from service.domain.relation import RELATIONS
from service.domain.status import Role, line
from service.flows.examine_application import Examined
from service.flows.prepare_commitment import beneficiary_of, donor_of, rules_of
from service.handlers.answers import Page
from service.store.bindings import BindingParties
from service.world import World

At = TypeVar("At", datetime, datetime | None)


class PersonView(Struct, frozen=True, kw_only=True):
    """A person, masked."""

    name: str
    id_number: str


class BindingView(Struct, frozen=True, kw_only=True):
    """A binding for one reader. Amounts in fen; times in Asia/Shanghai; `relative` is the other
    party; `relation` says what the beneficiary is to the donor (GB/T 4761)."""

    id: UUID
    role: Role
    state: State
    state_text: str
    sentence: str
    next_step: str
    usable: bool
    relative: PersonView
    relation: str
    relation_text: str
    area: str
    area_name: str
    channel: ApplicationChannel
    review: Review | None
    begins_on: date
    ends_on: date | None
    rank: int
    limits: Limits
    documents_needed: tuple[DocumentKind, ...]
    commitment_id: UUID | None
    applied_at: datetime
    signed_at: datetime | None
    effective_at: datetime | None
    ended_at: datetime | None


class BindingPage(Page, frozen=True, kw_only=True):
    items: list[BindingView]


class Grant(Struct, frozen=True, kw_only=True):
    """A rule that was met, with its source."""

    title: str
    clause: str


class CheckView(Struct, frozen=True, kw_only=True):
    """The answer of a precheck that found no obstacle. `warnings` do not block."""

    eligible: bool
    sentence: str
    grants: tuple[Grant, ...]
    warnings: tuple[str, ...]
    review: Review | None
    documents_needed: tuple[DocumentKind, ...]


class ApplicationView(BindingView, frozen=True, kw_only=True):
    """A new binding with the rules it met."""

    grants: tuple[Grant, ...]
    warnings: tuple[str, ...]


def binding_view(binding: BindingParties, world: World, reader: UUID | None) -> BindingView:
    """As the donor sees it unless `reader` is the beneficiary. Clerks read as the donor does."""
    return BindingView(**_binding(binding, world, reader))


def application_view(
    result: tuple[BindingParties, Examined], world: World, reader: UUID | None
) -> ApplicationView:
    binding, examined = result
    return ApplicationView(
        **_binding(binding, world, reader),
        grants=grants(examined),
        warnings=examined.warnings,
    )


def check_view(examined: Examined) -> CheckView:
    later = {
        None: "签署承诺书后立即生效。",
        "clerk": "需要上传证明材料，签署承诺书后由医保经办机构审核。",
        "data_check": "签署承诺书后，由医保部门通过数据核验亲属关系。",
    }
    return CheckView(
        eligible=True,
        sentence=f"可以绑定。{later[examined.proof.review]}",
        grants=grants(examined),
        warnings=examined.warnings,
        review=examined.proof.review,
        documents_needed=examined.proof.documents,
    )


def grants(examined: Examined) -> tuple[Grant, ...]:
    """The rules behind a yes."""
    rules = examined.rules
    met = (rules.donor_scheme, rules.kinships, rules.beneficiary_enrolled, rules.area_scope)
    proof = Grant(title=rules.kinship_proof.title, clause=examined.proof.clause)
    return (*(Grant(title=rule.title, clause=rule.reference) for rule in met), proof)


def person_view(*, name: str, id_number: str) -> PersonView:
    return PersonView(name=mask_name(name), id_number=mask_id_number(id_number))


def local(at: At) -> At:
    """The instant with the offset of Asia/Shanghai."""
    return at and at.astimezone(SHANGHAI)


def _binding(binding: BindingParties, world: World, reader: UUID | None) -> dict[str, Any]:
    role: Role = "beneficiary" if reader == binding.beneficiary_id else "donor"
    other = beneficiary_of(world, binding) if role == "donor" else donor_of(world, binding)
    relation = RELATIONS[binding.relation].text
    relative = mask_name(other.name) + (f"（{relation}）" if role == "donor" else "")
    told = line(binding, role=role, relative=relative, at=world.clock())
    awaited = binding.state == "awaiting_signature" and binding.review == "clerk"
    return {
        "id": binding.id,
        "role": role,
        "state": binding.state,
        "state_text": STATE_TEXT[binding.state],
        "sentence": told.sentence,
        "next_step": told.next_step,
        "usable": told.usable,
        "relative": person_view(name=other.name, id_number=other.id_number),
        "relation": binding.relation,
        "relation_text": relation,
        "area": binding.area,
        "area_name": world.policies.name_of(binding.area),
        "channel": binding.channel,
        "review": binding.review,
        "begins_on": binding.begins_on,
        "ends_on": binding.ends_on,
        "rank": binding.rank,
        "limits": binding.terms.limits,
        "documents_needed": _documents(world, binding) if awaited else (),
        "commitment_id": binding.commitment_id,
        "applied_at": local(binding.applied_at),
        "signed_at": local(binding.signed_at),
        "effective_at": local(binding.effective_at),
        "ended_at": local(binding.ended_at),
    }


def _documents(world: World, binding: BindingParties) -> tuple[DocumentKind, ...]:
    return rules_of(world, binding).proof_documents.value or ()
