"""Families at a counter without phones: rows, codes and orders, and several processes at once."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from msgspec import Struct

from service.domain.bill import Bill
from service.domain.calendar import business_date
from service.domain.family_code import CodeHolder
from service.domain.institution import Institution
from service.domain.order import Order
from service.domain.settlement import Patient
from service.family_codes import code_digest
from service.flows.refund_settlement import RefundOrder
from service.flows.take_code import take_code
from service.merging import Merger
from service.world import World
from tests.chaos.population import AREA, Bound, fund, insert_bindings, insert_people


def place(code: str = "H53060200001") -> Institution:
    """An institution; flows are told who asks, so it need not be in the books."""
    return Institution(
        code=code,
        name="示例医院",
        kind="hospital",
        level="tertiary",
        area=AREA,
        address="",
        services=("outpatient",),
        patient_areas=(),
        away=True,
        open_from=date(2020, 1, 1),
        open_until=None,
    )


class Family(Struct, frozen=True, kw_only=True):
    """A patient with bindings in the order of their ranks."""

    holder: CodeHolder
    bindings: tuple[Bound, ...]

    @property
    def id(self) -> UUID:
        return self.holder.patient.id


async def families(
    world: World, donors: list[list[UUID]], *, credits: dict[UUID, int], own_fen: int = 0
) -> list[Family]:
    """A patient for every list of donors, who are funded once with `credits`."""
    made = []
    for ranked in donors:
        patient = Patient(id=uuid4(), area=AREA, scheme="resident", person_kind="resident")
        bindings = tuple(
            Bound(id=uuid4(), donor_id=donor, patient_id=patient.id, rank=rank)
            for rank, donor in enumerate(ranked, start=1)
        )
        made.append(Family(holder=CodeHolder(patient=patient), bindings=bindings))
    async with world.database.read() as tx:
        await insert_people(world, tx.connection, [*credits, *(one.id for one in made)])
        bound = tuple(binding for one in made for binding in one.bindings)
        await insert_bindings(tx.connection, bound, on=business_date(world.clock()))
    await fund(world, {**credits, **({one.id: own_fen for one in made} if own_fen else {})})
    return made


async def family(world: World, *, donor_fen: int = 10_000, own_fen: int = 0) -> Family:
    """A patient with one donor of their own."""
    donor = uuid4()
    [made] = await families(world, [[donor]], credits={donor: donor_fen}, own_fen=own_fen)
    return made


async def order_of(
    world: World,
    one: Family,
    *,
    code: str | None = None,
    fen: int = 1000,
    message: str | None = None,
    at: Institution | None = None,
) -> Order:
    """A request whose code has just been taken."""
    return await take_code(
        world,
        at or place(),
        code=code or await world.family_codes.issue(one.holder),
        bill=Bill(service="outpatient", total_fen=fen),
        message_id=message or uuid4().hex,
        fingerprint=code_digest(str(fen)),
    )


def refund_of(
    settlement_id: UUID, *, fen: int | None = None, message: str | None = None
) -> RefundOrder:
    return RefundOrder(
        institution_code=place().code,
        settlement_id=settlement_id,
        amount_fen=fen,
        message_id=message or uuid4().hex,
        fingerprint=code_digest(f"{settlement_id}{fen}"),
    )


def processes(world: World, number: int) -> list[World]:
    """The same world as several processes have it: each merges what comes to it."""
    return [replace(world, settlements=Merger()) for _ in range(number)]
