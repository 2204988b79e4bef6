"""The status page: bindings and code delegations by the ORM, names opened by the vault."""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, load_only

from benchmarks.peers.fastapi_sqlalchemy import schemas
from benchmarks.peers.fastapi_sqlalchemy.models import (
    Binding,
    CodeDelegation,
    Commitment,
    Person,
)
from service.crypto import Vault
from service.domain.binding import STATE_TEXT
from service.domain.calendar import SHANGHAI
from service.domain.person import mask_id_number, mask_name
from service.domain.relation import RELATIONS
from service.domain.status import EXPLANATION, Role, line, summary

_MOST = 50
_LIVE = ("awaiting_signature", "under_review", "active", "paused")


async def read_status(session: AsyncSession, vault: Vault, me: UUID) -> schemas.StatusView:
    bindings = await session.scalars(
        select(Binding)
        .where(or_(Binding.donor_id == me, Binding.beneficiary_id == me))
        .options(
            joinedload(Binding.donor),
            joinedload(Binding.beneficiary),
            joinedload(Binding.commitment).options(load_only(Commitment.id)),
        )
        .order_by(Binding.state.in_(_LIVE).desc(), Binding.id.desc())
        .limit(_MOST)
    )
    delegations = await session.scalars(
        select(CodeDelegation)
        .where(
            or_(CodeDelegation.owner_id == me, CodeDelegation.delegate_id == me),
            CodeDelegation.ended_at.is_(None),
        )
        .options(joinedload(CodeDelegation.owner), joinedload(CodeDelegation.delegate))
        .order_by(CodeDelegation.id.desc())
        .limit(_MOST)
    )
    views = [_binding(binding, vault, me) for binding in bindings]
    as_donor = [view for view in views if view.role == "donor"]
    as_beneficiary = [view for view in views if view.role == "beneficiary"]
    return schemas.StatusView(
        sentence=summary(
            giving=sum(view.usable for view in as_donor),
            using=sum(view.usable for view in as_beneficiary),
        ),
        next_step="",
        as_donor=as_donor,
        as_beneficiary=as_beneficiary,
        code_delegations=[_delegation(row, vault, me) for row in delegations],
        explanation=EXPLANATION,
        hotline="有疑问请拨打医保服务热线 12393。",
    )


def _binding(binding: Binding, vault: Vault, me: UUID) -> schemas.BindingView:
    role: Role = "beneficiary" if me == binding.beneficiary_id else "donor"
    other = binding.donor if role == "beneficiary" else binding.beneficiary
    name, id_number = _name(vault, other), _id_number(vault, other)
    relation = RELATIONS[binding.relation].text
    relative = mask_name(name) + (f"（{relation}）" if role == "donor" else "")
    told = line(cast(Any, binding), role=role, relative=relative, at=datetime.now(UTC))
    return schemas.BindingView(
        id=binding.id,
        role=role,
        state=binding.state,
        state_text=STATE_TEXT[cast(Any, binding.state)],
        sentence=told.sentence,
        next_step=told.next_step,
        usable=told.usable,
        relative=schemas.PersonView(name=mask_name(name), id_number=mask_id_number(id_number)),
        relation=binding.relation,
        relation_text=relation,
        area=binding.area,
        area_name="云南省昭通市昭阳区",
        channel=binding.channel,
        review=binding.review,
        begins_on=binding.begins_on,
        ends_on=binding.ends_on,
        rank=binding.rank,
        limits=schemas.LimitsView(
            total_fen=binding.total_limit_fen,
            year_fen=binding.year_limit_fen,
            use_fen=binding.use_limit_fen,
        ),
        documents_needed=[],
        commitment_id=binding.commitment.id if binding.commitment else None,
        applied_at=binding.applied_at.astimezone(SHANGHAI),
        signed_at=_local(binding.signed_at),
        effective_at=_local(binding.effective_at),
        ended_at=_local(binding.ended_at),
    )


def _delegation(row: CodeDelegation, vault: Vault, me: UUID) -> schemas.CodeDelegationView:
    owning = row.owner_id == me
    name = mask_name(_name(vault, row.delegate if owning else row.owner))
    return schemas.CodeDelegationView(
        id=row.id,
        role="owner" if owning else "delegate",
        relative=name,
        sentence=f"{name}可以帮您出示医保码。" if owning else f"您可以帮{name}出示医保码。",
        began_at=row.began_at.astimezone(SHANGHAI),
        ended_at=None,
    )


def _name(vault: Vault, person: Person) -> str:
    return vault.open_text(person.name_sealed, purpose=f"person.name:{person.id}")


def _id_number(vault: Vault, person: Person) -> str:
    return vault.open_text(person.id_number_sealed, purpose=f"person.id_number:{person.id}")


def _local(at: datetime | None) -> datetime | None:
    return at and at.astimezone(SHANGHAI)
