"""Whatever call a counter's process dies at, the same request again has exactly one effect."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec import Struct

from service.domain.family_code import CodeHolder
from service.domain.refusal import Refusal
from service.family_codes import code_digest
from service.flows.cancel_message import cancel_message
from service.flows.issue_family_code import FamilyCode, issue_family_code
from service.flows.know_person import find_person
from service.flows.refund_settlement import Refunded, refund_settlement
from service.flows.settle import settle
from service.flows.settle_together import Settled
from service.world import World
from tests.counter_scenes import balance, discrepancies
from tests.flows.counter_families import Family, family, order_of, place, refund_of
from tests.flows.dying import Crash, Steps
from tests.flows.dying_counters import dying_counter
from tests.people import Cast
from tests.scenes import family as population
from tests.scenes import phone_of, rows

AUDITED = (
    "SELECT FROM audit WHERE act = 'family_code.shown' AND subject_id = $1 AND detail->>'code' = $2"
)
TRACES = ("counter_claim", "code_claim", "settlement", "refund", "counter_event")


class Scene(Struct, frozen=True):
    """A request that can be repeated in another process, and what is there afterwards."""

    act: Callable[[World], Awaitable[Any]]
    look: Callable[[], Awaitable[Any]]


async def survives(world: World, make: Callable[[], Awaitable[Scene]]) -> list[str]:
    """Once undisturbed, then dying at each step in turn. Answers the steps."""
    undisturbed, steps = await make(), Steps()
    answer = await undisturbed.act(dying_counter(world, steps))
    assert not isinstance(answer, Refusal), answer
    expected = await undisturbed.look()
    for fatal, step in enumerate(steps.taken, start=1):
        scene = await make()
        with pytest.raises(Crash):
            await scene.act(dying_counter(world, Steps(fatal)))
        for _ in range(2):
            answer = await scene.act(world)
            assert not isinstance(answer, Refusal), (fatal, step, answer)
            assert (fatal, step, await scene.look()) == (fatal, step, expected)
    assert not await discrepancies(world)
    return steps.taken


async def traces(world: World, one: Family) -> list[Any]:
    """How many rows of each kind are about the patient, and the money on both accounts."""
    found: list[Any] = []
    for table in TRACES:
        book = "claimed_book" if "claim" in table else "book_id"
        statement = f"SELECT count(*) FROM {table} WHERE {book} = $1"
        found.append((table, (await rows(world.database, statement, one.id))[0]["count"]))
    books = [one.id, *(bound.donor_id for bound in one.bindings)]
    return [*found, *[await balance(world, book) for book in books]]


async def settled(world: World, one: Family, *, message: str) -> UUID:
    outcome = await settle(world, await order_of(world, one, message=message))
    assert isinstance(outcome, Settled)
    return outcome.receipt.settlement_id


async def test_settling(world: World) -> None:
    async def make() -> Scene:
        one, message = await family(world, own_fen=300), uuid4().hex
        code = await world.family_codes.issue(one.holder)

        async def act(process: World) -> Any:
            return await settle(process, await order_of(process, one, code=code, message=message))

        return Scene(act, lambda: traces(world, one))

    steps = await survives(world, make)
    assert steps[2:] == [  # after the code was taken
        *("before fetch", "after fetch"),
        *("before execute", "after execute"),
    ]


@pytest.mark.parametrize("fen", [None, 800])
async def test_taking_back(world: World, fen: int | None) -> None:
    async def make() -> Scene:
        one, message = await family(world, own_fen=300), uuid4().hex
        id = await settled(world, one, message=uuid4().hex)
        order = refund_of(id, fen=fen, message=message)
        return Scene(lambda process: refund_settlement(process, order), lambda: traces(world, one))

    steps = await survives(world, make)
    assert steps[-2:] == ["before the commit", "after the commit"]
    assert len(steps) > 12


@pytest.mark.parametrize("arrived", [True, False])
async def test_cancelling(world: World, arrived: bool) -> None:
    """What had settled is taken back; what had not never will."""

    async def make() -> Scene:
        one, original, message = await family(world), uuid4().hex, uuid4().hex
        order = await order_of(world, one, message=original)
        if arrived:
            await settle(world, order)

        async def act(process: World) -> Any:
            cancelled = await cancel_message(
                process,
                institution_code=place().code,
                original=original,
                message_id=message,
                fingerprint=b"cancel",
            )
            assert isinstance(cancelled, Refunded) == arrived
            return cancelled

        async def look() -> Any:
            late = await settle(world, order)
            said = late.code if isinstance(late, Refusal) else late.replayed
            return said, await traces(world, one)

        return Scene(act, look)

    steps = await survives(world, make)
    assert steps.count("after the commit") == (2 if arrived else 1)


async def test_showing_a_code(world: World, cast: Cast) -> None:
    """The code that was answered serves and is in the audit, whatever codes came to be without an
    answer; one that was shown before is void."""
    numbers = iter(range(40))

    async def make() -> Scene:
        person = population("zhaotong", next(numbers))["donor"]
        await phone_of(cast, person).enter()
        async with world.database.read() as tx:
            row = await find_person(tx, world, person.id_number)
        assert row is not None
        old = await issue_family_code(world, row.id, delegation_id=None)
        assert isinstance(old, FamilyCode)
        shown: list[str] = []

        async def act(process: World) -> Any:
            answer = await issue_family_code(process, row.id, delegation_id=None)
            if isinstance(answer, FamilyCode):
                shown.append(answer.content)
            return answer

        async def look() -> Any:
            holder = await world.family_codes.take(shown[-1], counter="one")
            assert isinstance(holder, CodeHolder)
            audited = await rows(world.database, AUDITED, row.id, code_digest(shown[-1]).hex())
            before = await world.family_codes.take(old.content, counter="one")
            return holder.patient.id == row.id, len(audited), before

        return Scene(act, look)

    steps = await survives(world, make)
    assert steps[steps.index("after find_insured") + 1 :] == [
        *("before do", "after do"),  # the code
        *("before execute", "after execute"),  # its row in the audit
        *("before the commit", "after the commit"),
    ]
