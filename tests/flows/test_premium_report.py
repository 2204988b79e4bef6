"""The report of a batch: every order's end state, adding up with the ledger to the fen."""

import csv
import io
from uuid import UUID

import httpx

from service.development_policies import AREA
from service.flows.report_batch import report_batch
from service.flows.work_premiums import work_premiums
from service.world import World
from tests.conftest import Clock
from tests.premium_scenes import (
    DUE_FEN,
    bureau_order,
    pair,
    planned,
    planned_batch,
    planned_families,
)


async def test_the_report_adds_up_with_the_ledger(
    world: World, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    pairs = await planned_families(world, 4)
    poor = await pair(world, 5, fen=1)
    await planned(world, poor)
    path = f"/tax/_people/{pairs[0].relative.id_number}"
    await bureau.post(path, json={"reason": "suspended"})
    batch = await planned_batch(world)
    await work_premiums(world, only=batch)
    pieces: list[str] = []
    done = await report_batch(world, area=AREA, year=batch.year, write=pieces.append)
    table = list(csv.DictReader(io.StringIO("".join(pieces))))
    assert done.orders == {"credited": 3, "declined": 1, "planned": 1}
    assert done.agrees
    assert done.paid_fen == 3 * DUE_FEN
    paid = [row for row in table if row["receipt_number"]]
    assert sum(int(row["amount_fen"]) for row in paid) == done.ledger_paid_fen
    for row in paid:
        there = await bureau_order(bureau, UUID(hex=row["order_no"]))
        assert there["receipt_no"] == row["receipt_number"]
    text = "".join(pieces)
    for one in pairs:
        assert one.relative.name not in text
        assert one.relative.id_number not in text


async def test_the_report_finds_what_the_ledger_does_not_have(
    world: World, bureau: httpx.AsyncClient
) -> None:
    await planned_families(world, 1)
    batch = await planned_batch(world)
    await work_premiums(world, only=batch)
    async with world.database.read() as tx:
        await tx.connection.execute("UPDATE premium SET amount_fen = amount_fen + 1")
    done = await report_batch(world, area=AREA, year=batch.year, write=lambda _: None)
    assert not done.agrees
