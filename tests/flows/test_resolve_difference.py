"""A difference is resolved once, by a named act; to reverse refunds what accounts paid, once."""

import asyncio
import json
from uuid import UUID, uuid4

import httpx
import pytest

from service.domain.difference import Act, Difference, DifferenceKind
from service.flows.refund_settlement import RefundOrder, refund_settlement
from service.flows.resolve_difference import resolve_difference
from service.store import differences
from service.world import World
from tests.book_scenes import faults, settled, yesterday
from tests.counter_scenes import HOSPITAL, balance, institution
from tests.people import Cast
from tests.scenes import acts, rows


async def difference(
    world: World, message_id: str = "message-0001", kind: DifferenceKind = "missing_there"
) -> UUID:
    found = Difference(
        id=world.new_id(),
        institution_code=HOSPITAL,
        day=yesterday(world),
        message_id=message_id,
        kind=kind,
        ours_fen=13_000,
        theirs_fen=None,
        source="platform",
    )
    await world.database.transact(
        lambda tx: differences.insert_many(tx, found=[found], at=world.clock())
    )
    return found.id


async def resolved(world: World, id: UUID, act: Act, by: str = "operator-1") -> object:
    return await resolve_difference(world, id, act=act, by=by, note="checked by telephone")


async def refunds(world: World) -> list[int]:
    found = await rows(world.database, "SELECT total_fen FROM refund ORDER BY refund_id")
    return [row["total_fen"] for row in found]


async def test_reversing_refunds_the_settlement_once(
    cast: Cast, api: httpx.AsyncClient, world: World
) -> None:
    bill = await settled(cast, api, world)
    id = await difference(world)
    outcomes = await asyncio.gather(*(resolved(world, id, "reversed") for _ in range(3)))
    assert sorted(map(str, outcomes)) == ["already", "already", "resolved"]
    assert await resolved(world, id, "reversed") == "already"
    assert await refunds(world) == [18_650]
    assert (await balance(world, bill.father_id), await balance(world, bill.donor_id)) == (
        3000,
        10_000,
    )
    assert await acts(world.database, str(id)) == [("operator", "difference.resolved")]
    (row,) = await rows(world.database, "SELECT detail FROM audit WHERE subject_id = $1", id)
    assert json.loads(row["detail"]) == {"act": "reversed", "by": "operator-1"}
    assert await faults(world) == []


async def test_reversing_goes_on_after_a_crash_between_refund_and_resolution(
    cast: Cast, api: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await settled(cast, api, world)
    id = await difference(world)
    with monkeypatch.context() as patched:
        patched.delattr(differences, "resolve")
        with pytest.raises(AttributeError):
            await resolved(world, id, "reversed")
    assert await refunds(world) == [18_650]
    assert await acts(world.database, str(id)) == []
    assert await resolved(world, id, "reversed") == "resolved"
    assert await refunds(world) == [18_650]


async def test_reversing_takes_what_a_counter_left(
    cast: Cast, api: httpx.AsyncClient, world: World
) -> None:
    bill = await settled(cast, api, world)
    part = RefundOrder(
        institution_code=HOSPITAL,
        settlement_id=bill.settlement_id,
        amount_fen=6000,
        message_id="message-0002",
        fingerprint=b"x",
    )
    await refund_settlement(world, part)
    assert await resolved(world, await difference(world), "reversed") == "resolved"
    assert await refunds(world) == [6000, 12_650]
    again = await difference(world, kind="amount")
    assert await resolved(world, again, "reversed") == "resolved"
    assert await refunds(world) == [6000, 12_650]
    of_a_refund = await difference(world, "message-0002")
    assert await resolved(world, of_a_refund, "reversed") == "nothing_to_reverse"


@pytest.mark.parametrize("act", ["confirmed_by_other_side", "settled_again", "accepted"])
async def test_other_acts_move_nothing_and_stand(world: World, act: Act) -> None:
    await institution(world)
    id = await difference(world)
    assert await resolved(world, id, act) == "resolved"
    assert await resolved(world, id, act, by="operator-2") == "already"
    assert await resolved(world, id, "reversed", by="operator-2") == "resolved_otherwise"
    statement = "SELECT act, resolved_by, note, ours_fen FROM difference"
    (row,) = await rows(world.database, statement)
    assert tuple(row) == (act, "operator-1", "checked by telephone", 13_000)
    assert len(await acts(world.database, str(id))) == 1
    assert await refunds(world) == []


async def test_what_is_not_there_is_not_resolved(world: World) -> None:
    await institution(world)
    assert await resolved(world, uuid4(), "accepted") == "not_found"
    id = await difference(world, "never-seen", kind="missing_here")
    assert await resolved(world, id, "reversed") == "nothing_to_reverse"
    assert await acts(world.database, str(id)) == []
    assert await resolved(world, id, "settled_again") == "resolved"
