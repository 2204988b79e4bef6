"""Concurrent calls merged: alone at once, together under load, each with its own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from service.merging import MOST, Merger

Batch = list[int]


class Database:
    """A slow call that answers every ask with its square; `open` lets calls end."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.open = asyncio.Event()
        self.open.set()

    async def work(self, asks: Sequence[int]) -> list[int | BaseException]:
        self.batches.append(list(asks))
        await self.open.wait()
        return [ValueError(ask) if ask < 0 else ask * ask for ask in asks]


@pytest.fixture
def merger() -> Merger[int, int]:
    return Merger()


@pytest.fixture
def database() -> Database:
    return Database()


async def _turns(number: int = 5) -> None:
    """Let everything that can run do so."""
    for _ in range(number):
        await asyncio.sleep(0)


async def test_an_idle_call_goes_alone_and_at_once(
    merger: Merger[int, int], database: Database
) -> None:
    database.open.clear()
    call = asyncio.create_task(merger.join(3, database.work))
    await _turns(2)
    assert database.batches == [[3]]
    database.open.set()
    assert await call == 9
    assert await merger.join(4, database.work) == 16
    assert database.batches == [[3], [4]]


async def test_what_waits_while_a_call_is_under_way_goes_together(
    merger: Merger[int, int], database: Database
) -> None:
    database.open.clear()
    first = asyncio.create_task(merger.join(1, database.work))
    await _turns()
    others = [asyncio.create_task(merger.join(n, database.work)) for n in range(2, 6)]
    await _turns()
    assert database.batches == [[1]], "one call is under way at a time"
    database.open.set()
    assert list(await asyncio.gather(first, *others)) == [1, 4, 9, 16, 25]
    assert database.batches == [[1], [2, 3, 4, 5]]


async def test_no_more_go_together_than_the_most(
    merger: Merger[int, int], database: Database
) -> None:
    calls = [merger.join(n, database.work) for n in range(300)]
    assert await asyncio.gather(*calls) == [n * n for n in range(300)]
    assert [len(batch) for batch in database.batches] == [MOST, MOST, 300 - 2 * MOST]
    assert MOST == 128
    assert [n for batch in database.batches for n in batch] == list(range(300)), "in their order"


async def test_the_trouble_of_one_is_not_that_of_its_neighbours(
    merger: Merger[int, int], database: Database
) -> None:
    answers = await asyncio.gather(
        *(merger.join(n, database.work) for n in (1, -2, 3)), return_exceptions=True
    )
    assert (answers[0], answers[2]) == (1, 9)
    assert isinstance(answers[1], ValueError)
    assert len(database.batches) == 1


async def test_a_failing_call_fails_all_of_its_batch_and_no_other(
    merger: Merger[int, int], database: Database
) -> None:
    async def fails(asks: Sequence[int]) -> list[int | BaseException]:
        database.batches.append(list(asks))
        if 2 in asks:
            raise ConnectionError
        return [*asks]

    database.open.clear()
    first = asyncio.create_task(merger.join(1, fails))
    await _turns()
    answers = await asyncio.gather(*(merger.join(n, fails) for n in (2, 3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ConnectionError, ConnectionError]
    assert await first == 1
    assert await merger.join(4, fails) == 4, "and it goes on"


async def test_a_caller_who_goes_away_while_waiting_is_left_out(
    merger: Merger[int, int], database: Database
) -> None:
    database.open.clear()
    first = asyncio.create_task(merger.join(1, database.work))
    await _turns()
    second, third = (asyncio.create_task(merger.join(n, database.work)) for n in (2, 3))
    await _turns()
    second.cancel()
    await _turns()
    database.open.set()
    assert list(await asyncio.gather(first, third)) == [1, 9]
    assert second.cancelled()
    assert database.batches == [[1], [3]]


async def test_a_caller_who_goes_away_under_way_disturbs_nobody(
    merger: Merger[int, int], database: Database
) -> None:
    """Not even the one whose call began the batch."""
    database.open.clear()
    first = asyncio.create_task(merger.join(1, database.work))
    await _turns()
    second, third = (asyncio.create_task(merger.join(n, database.work)) for n in (2, 3))
    await _turns()
    first.cancel()
    await _turns()
    database.open.set()
    assert list(await asyncio.gather(second, third)) == [4, 9]
    assert first.cancelled()
    assert database.batches == [[1], [2, 3]]


async def test_when_all_of_a_batch_have_gone_nothing_is_asked(
    merger: Merger[int, int], database: Database
) -> None:
    database.open.clear()
    first = asyncio.create_task(merger.join(1, database.work))
    await _turns()
    second = asyncio.create_task(merger.join(2, database.work))
    await _turns()
    second.cancel()
    database.open.set()
    assert await first == 1
    await _turns()
    assert database.batches == [[1]]
    assert await merger.join(3, database.work) == 9
