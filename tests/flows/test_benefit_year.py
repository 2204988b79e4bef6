"""The outpatient benefit of the year: what settlements count, and what refunds give back."""

from uuid import uuid4

import pytest
from msgspec.structs import replace

from service.domain.bill import Bill
from service.domain.calendar import business_date
from service.domain.family_code import CodeHolder
from service.domain.settlement import Patient
from service.flows.refund_settlement import Refunded, refund_settlement
from service.flows.settle import settle
from service.flows.settle_together import Settled
from service.flows.take_code import take_code
from service.world import World
from tests.chaos.population import POOLING_AREA, insert_people
from tests.flows.counter_families import place, refund_of
from tests.scenes import rows

USED = "SELECT eligible_fen, fund_fen FROM benefit_year WHERE book_id = $1 AND year = $2"


async def patient_of(world: World) -> Patient:
    """Someone working in 攀枝花, without an account."""
    known = Patient(id=uuid4(), area=POOLING_AREA, scheme="employee", person_kind="working")
    async with world.database.read() as tx:
        await insert_people(world, tx.connection, [known.id])
    return known


async def settled(world: World, patient: Patient, bill: Bill) -> Settled:
    order = await take_code(
        world,
        replace(place(), area=POOLING_AREA),
        code=await world.family_codes.issue(CodeHolder(patient=patient)),
        bill=bill,
        message_id=uuid4().hex,
        fingerprint=b"bill",
    )
    outcome = await settle(world, order)
    assert isinstance(outcome, Settled), outcome
    return outcome


async def used(world: World, patient: Patient) -> tuple[int, int]:
    """Eligible and fund, fen."""
    year = business_date(world.clock()).year
    [row] = await rows(world.database, USED, patient.id, year)
    return row["eligible_fen"], row["fund_fen"]


def outpatient(total_fen: int, fund_fen: int | None = None, *, own_expense_fen: int = 0) -> Bill:
    return Bill(
        service="outpatient",
        total_fen=total_fen,
        own_expense_fen=own_expense_fen,
        fund_fen=fund_fen,
    )


@pytest.mark.parametrize("parts", [(None,), (1, None), (4_999, 10_001), (7, 7, 7, None)], ids=str)
@pytest.mark.parametrize(
    ("bill", "counted"),
    [
        pytest.param(outpatient(15_000), (15_000, 0), id="below-the-deductible"),
        pytest.param(outpatient(15_000, own_expense_fen=999), (14_001, 0), id="less-own-expense"),
        pytest.param(outpatient(15_000, 4_321), (15_000, 4_321), id="through-the-fund-before"),
    ],
)
async def test_what_is_taken_back_wholly_counts_nothing(
    world: World, bill: Bill, counted: tuple[int, int], parts: tuple[int | None, ...]
) -> None:
    patient = await patient_of(world)
    receipt = (await settled(world, patient, bill)).receipt
    assert await used(world, patient) == counted
    for fen in parts:
        back = await refund_settlement(world, refund_of(receipt.settlement_id, fen=fen))
        assert isinstance(back, Refunded), back
    assert await used(world, patient) == (0, 0)


async def test_the_next_bill_is_estimated_as_if_the_first_had_not_been(world: World) -> None:
    """Two bills of 150.00 exceed the deductible of 200.00; one does not."""
    patient, bill = await patient_of(world), outpatient(15_000)
    first = (await settled(world, patient, bill)).receipt
    assert isinstance(await refund_settlement(world, refund_of(first.settlement_id)), Refunded)
    assert (await settled(world, patient, bill)).receipt.plan.paid_by("fund") == 0
    third = (await settled(world, patient, bill)).receipt
    assert third.plan.paid_by("fund") == 10_000 * 50 // 100
    assert await used(world, patient) == (30_000, 5_000)
