"""Render the notice and commitment of one binding, by the rules in force today."""

from uuid import UUID

from service.crypto import sm3
from service.domain.binding import Binding
from service.domain.calendar import business_date
from service.domain.commitment import Document, Parties, render
from service.domain.policy import Rules
from service.domain.refusal import Refusal
from service.domain.relation import KINSHIP_TEXT, RELATIONS
from service.personal import Identity, reveal
from service.store.bindings import BindingParties
from service.store.people import PersonRow
from service.world import World

_PROOF_TEXT = {
    "commitment": "以您的书面承诺代替证明材料",
    "documents_or_data_check": "须上传证明材料，或由医保部门通过数据核验亲属关系",
}


def prepare_commitment(world: World, binding: BindingParties) -> tuple[Document, Parties]:
    """What the donor is shown and signs; the same facts give the same digest."""
    rules = rules_of(world, binding)
    donor, beneficiary = identities(world, binding)
    parties = Parties(
        donor_name=donor.name,
        donor_id_number=donor.id_number,
        beneficiary_name=beneficiary.name,
        beneficiary_id_number=beneficiary.id_number,
        relation=RELATIONS[binding.relation].text,
        area=world.policies.name_of(binding.area),
    )
    template = world.templates[rules.commitment_version.value or ""]
    document = render(template, parties, terms=binding.terms, rules=_sentences(rules), digest=sm3)
    return document, parties


def rules_of(world: World, binding: Binding) -> Rules:
    rules = world.policies.at(business_date(world.clock()), binding.area)
    assert rules is not None, "a binding exists only in a served area"
    return rules


def documents_missing(world: World, binding: Binding) -> Refusal:
    """No image was uploaded where the area's rule asks for one."""
    rule = rules_of(world, binding).proof_under_age
    return Refusal(code="document.missing", clause=rule.reference, facts={"age": rule.value or ""})


def identities(world: World, binding: BindingParties) -> tuple[Identity, Identity]:
    """Donor and beneficiary in clear."""
    return donor_of(world, binding), beneficiary_of(world, binding)


def donor_of(world: World, binding: BindingParties) -> Identity:
    """In clear: opened only for who is shown, since opening takes its time."""
    return _identity(
        world,
        binding.donor_id,
        id_number_sealed=binding.donor_id_number_sealed,
        name_sealed=binding.donor_name_sealed,
    )


def beneficiary_of(world: World, binding: BindingParties) -> Identity:
    """In clear."""
    return _identity(
        world,
        binding.beneficiary_id,
        id_number_sealed=binding.beneficiary_id_number_sealed,
        name_sealed=binding.beneficiary_name_sealed,
    )


def _identity(
    world: World, person_id: UUID, *, id_number_sealed: bytes, name_sealed: bytes
) -> Identity:
    row = PersonRow(
        id=person_id, id_number_sealed=id_number_sealed, name_sealed=name_sealed, area=None
    )
    return reveal(world.vault, row)


def _sentences(rules: Rules) -> dict[str, str]:
    return {
        "kinships": "、".join(KINSHIP_TEXT[kinship] for kinship in rules.kinships.value or ()),
        "kinship_proof": _PROOF_TEXT[rules.kinship_proof.value or "commitment"],
        "excluded_uses": "、".join(rules.excluded_uses.value or ()),
        "in_person": rules.in_person.value or "",
        "hotline": rules.hotline.value or "",
    }
