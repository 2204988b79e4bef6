"""What an application says, for a citizen and for a clerk alike, and whose binding is whose."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from service.domain.binding import Limits, Terms
from service.domain.calendar import business_date
from service.domain.person import IdNumber
from service.flows.examine_application import Application
from service.handlers.fields import (
    Fen,
    Fields,
    IdNumberText,
    NameText,
    PhoneText,
    Rank,
    RelationCode,
    Relative,
)
from service.personal import reveal
from service.problems import Problem
from service.sessions import Session
from service.store import bindings, people
from service.store.bindings import BindingParties
from service.world import World


class LimitsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fen; null or absent: no limit of your own."""

    total_fen: Annotated[Fen, Meta(description="累计限额，单位：分")] | None = None
    year_fen: Annotated[Fen, Meta(description="每年限额，单位：分")] | None = None
    use_fen: Annotated[Fen, Meta(description="每次限额，单位：分")] | None = None

    def limits(self) -> Limits:
        return Limits(total_fen=self.total_fen, year_fen=self.year_fen, use_fen=self.use_fen)


class BeneficiaryBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: NameText
    id_number: IdNumberText
    relation: RelationCode
    phone: PhoneText | None = None


class ApplicationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`begins_on` is today when absent; `ends_on` null: until ended."""

    beneficiary: BeneficiaryBody
    begins_on: date | None = None
    ends_on: date | None = None
    rank: Rank = 1
    limits: LimitsBody = LimitsBody()

    def read(self, world: World, *, prefix: str = "beneficiary.") -> Relative:
        """The beneficiary, well formed. Raises Problem with every fault."""
        fields = Fields(world)
        fields.phone(self.beneficiary.phone, field=f"{prefix}phone")
        return fields.relative(self.beneficiary.id_number, self.beneficiary.name, prefix=prefix)

    def application(
        self,
        world: World,
        *,
        donor: Relative,
        owner: UUID,
        look_ups: int,
        desk_area: str | None = None,
    ) -> Application:
        """What the flow decides on."""
        beneficiary = self.read(world)
        return Application(
            owner=owner,
            desk_area=desk_area,
            look_ups=look_ups,
            donor=donor.id_number,
            donor_name=donor.name,
            beneficiary=beneficiary.id_number,
            beneficiary_name=beneficiary.name,
            relation_code=self.beneficiary.relation,
            terms=Terms(
                begins_on=self.begins_on or business_date(world.clock()),
                ends_on=self.ends_on,
                rank=self.rank,
                limits=self.limits.limits(),
            ),
        )


async def read_application(world: World, session: Session, body: ApplicationBody) -> Application:
    """The citizen of the session as donor, whatever the body says."""
    assert session.person_id is not None
    async with world.database.read() as tx:
        me = reveal(world.vault, await people.get(tx, id=session.person_id))
    return body.application(
        world,
        donor=Relative(id_number=IdNumber(me.id_number), name=me.name),
        owner=me.id,
        look_ups=world.settings.lookups_per_hour,
    )


async def my_binding(
    world: World, session: Session, binding_id: UUID, *, as_donor: bool = False
) -> BindingParties:
    """The binding, if the citizen is a party to it (or its donor); else it does not exist."""
    assert session.person_id is not None
    async with world.database.read() as tx:
        if as_donor:
            found = await bindings.find_of_donor(tx, id=binding_id, donor_id=session.person_id)
        else:
            found = await bindings.find(tx, id=binding_id, person_id=session.person_id)
    if found is None:
        raise Problem("request.not_found")
    return found


APPLICATION_PROBLEMS = (
    "area.not_served",
    "binding.relation_unknown",
    "binding.with_oneself",
    "binding.relation_not_allowed",
    "binding.begins_in_the_past",
    "binding.ends_before_it_begins",
    "binding.limit_out_of_range",
    "binding.limits_contradict",
    "binding.donor_has_no_account",
    "binding.person_not_matched",
    "binding.beneficiary_not_enrolled",
    "binding.outside_the_area",
    "binding.outside_the_province",
    "binding.exists",
    "binding.donor_is_full",
    "binding.beneficiary_is_full",
)
