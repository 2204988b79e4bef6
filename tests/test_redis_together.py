"""Commands to Redis, merged: a lone one by itself, many in few pipelines, each its own answer."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio
import redis.exceptions

from service.redis_clients import AWAY, async_client
from service.redis_together import RedisTogether

Command = tuple[Any, ...]


class Spy:
    """A real client whose round trips are counted; with `cut`, its connections are lost instead."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.alone: list[Command] = []
        self.pipelines: list[int] = []
        self.transactions: list[bool] = []
        self.cut = False

    async def execute_command(self, *command: Any) -> Any:
        self.alone.append(command)
        await self._check()
        return await self._client.execute_command(*command)

    def pipeline(self, *, transaction: bool) -> Any:
        self.transactions.append(transaction)
        pipeline = self._client.pipeline(transaction=transaction)
        execute = pipeline.execute

        async def counted(**options: Any) -> Sequence[Any]:
            self.pipelines.append(len(pipeline.command_stack))
            await self._check()
            answers: Sequence[Any] = await execute(**options)
            return answers

        pipeline.execute = counted
        return pipeline

    async def _check(self) -> None:
        if self.cut:
            await asyncio.sleep(0)
            raise redis.exceptions.ConnectionError("cut")


@pytest_asyncio.fixture
async def spy(redis_url: str) -> AsyncIterator[Spy]:
    client = async_client(redis_url)
    await client.flushall()
    yield Spy(client)
    await client.aclose()


@pytest.fixture
def together(spy: Spy) -> RedisTogether:
    return RedisTogether(spy)


async def test_a_lone_command_goes_alone(spy: Spy, together: RedisTogether) -> None:
    assert await together.do("SET", "a", "1")
    assert await together.do("GET", "a") == b"1"
    assert spy.alone == [("SET", "a", "1"), ("GET", "a")]
    assert spy.pipelines == []


async def test_what_comes_at_once_goes_in_one_pipeline_in_its_order(
    spy: Spy, together: RedisTogether
) -> None:
    answers = await asyncio.gather(*(together.do("INCR", "a") for _ in range(50)))
    assert answers == list(range(1, 51))
    assert (spy.alone, spy.pipelines, spy.transactions) == ([], [50], [False])


async def test_many_become_few_pipelines_and_each_has_its_own_answer(
    spy: Spy, together: RedisTogether
) -> None:
    async def caller(number: int) -> None:
        """Comes at its own moment and asks three times."""
        await asyncio.sleep(number % 7 / 1000)
        for turn in range(3):
            key, value = f"{number}-{turn}", f"{number}:{turn}".encode()
            assert await together.do("SET", key, value)
            assert await together.do("GET", key) == value

    await asyncio.gather(*(caller(number) for number in range(200)))
    trips = len(spy.pipelines) + len(spy.alone)
    assert sum(spy.pipelines) + len(spy.alone) == 1200
    assert trips <= 120, "ten or more to a round trip"
    assert max(spy.pipelines) <= 256


async def test_no_more_than_256_go_together(spy: Spy, together: RedisTogether) -> None:
    answers = await asyncio.gather(*(together.do("INCR", "a") for _ in range(600)))
    assert answers == list(range(1, 601))
    assert spy.pipelines == [256, 256, 88]


@pytest.mark.parametrize("wrong", [("INCR", "words"), ("LPUSH", "words", "1"), ("NOSUCH", "a")])
async def test_an_error_of_one_is_only_its_callers(
    spy: Spy, together: RedisTogether, wrong: Command
) -> None:
    await together.do("SET", "words", "three words here")
    calls = (together.do(*command) for command in (("INCR", "a"), wrong, ("INCR", "a")))
    first, broken, last = await asyncio.gather(*calls, return_exceptions=True)
    assert (first, last) == (1, 2)
    assert isinstance(broken, redis.exceptions.ResponseError)
    assert spy.pipelines == [3]
    with pytest.raises(redis.exceptions.ResponseError):
        await together.do(*wrong)
    assert await together.do("INCR", "a") == 3, "and it goes on"


async def test_a_lost_connection_is_told_to_all_who_wait(spy: Spy, together: RedisTogether) -> None:
    spy.cut = True
    calls = (together.do("INCR", "a") for _ in range(20))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [redis.exceptions.ConnectionError] * 20
    assert spy.pipelines == [20]
    spy.cut = False
    assert await together.do("INCR", "a") == 1, "nothing of theirs was done, and it goes on"


@pytest.mark.parametrize("callers", [1, 20])
async def test_a_server_that_is_away_is_told_to_all(callers: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        client = async_client(f"redis://127.0.0.1:{probe.getsockname()[1]}")
    away = RedisTogether(client)
    calls = (away.do("INCR", "a") for _ in range(callers))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    await client.aclose()
    assert len(answers) == callers
    assert all(isinstance(answer, AWAY) for answer in answers), answers


async def test_a_caller_who_goes_away_disturbs_nobody(spy: Spy, together: RedisTogether) -> None:
    calls = [asyncio.create_task(together.do("INCR", "a")) for _ in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    assert await asyncio.gather(*calls[::2]) == [1, 2]
    assert spy.pipelines == [2], "who had left was not asked for"


async def test_binary_and_chinese_come_back_as_they_went(together: RedisTogether) -> None:
    values = [bytes(range(256)), "家庭码".encode(), b""]
    await asyncio.gather(*(together.do("SET", n, value) for n, value in enumerate(values)))
    assert await asyncio.gather(*(together.do("GET", n) for n in range(4))) == [*values, None]
