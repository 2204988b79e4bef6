"""The report of a batch: every order's end state, adding up with the ledger to the fen."""

import csv
import io
import time
from uuid import UUID

import httpx
import pytest

from service import batch_gauges
from service.development_policies import AREA
from service.flows.check_books import check_books
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


DAMAGES = {
    "another amount": ("UPDATE premium SET amount_fen = amount_fen + 1", "transfers say 40000"),
    "paid without a transfer": (
        "UPDATE premium SET state = 'held', receipt_number = NULL, paid_at = NULL,"
        " receipted_at = NULL, next_try_at = now()",
        "0 fen paid and 40000 held",
    ),
    "a claim that is gone": ("DELETE FROM premium_claim", "order and claim"),
    "an order that is gone": ("DELETE FROM premium", "it is missing"),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_check_books_goes_through_premiums(
    world: World, bureau: httpx.AsyncClient, damage: str
) -> None:
    statement, told = DAMAGES[damage]
    await planned_families(world, 1)
    await work_premiums(world, only=await planned_batch(world))
    said: list[str] = []

    async def faults() -> int:
        said.clear()
        done = await check_books(world, report=said.append, progress=lambda _: None)
        return done.faults

    assert await faults() == 0
    async with world.database.read() as tx:
        await tx.connection.execute(statement)
    assert await faults() > 0
    assert any(told in sentence for sentence in said), said


async def test_the_gauges_show_a_batch(
    api: httpx.AsyncClient,
    world: World,
    bureau: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await planned_families(world, 2)
    batch = await planned_batch(world)
    monkeypatch.setattr(batch_gauges, "_looked_at", -60.0 - time.monotonic())
    text = (await api.get("/metrics")).text
    labels = f'area="{AREA}",state="planned",year="{batch.year}"'
    assert f"gongji_premium_batch_orders{{{labels}}} 2.0" in text
