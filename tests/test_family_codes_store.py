"""Family codes alone on a real server: one counter takes a code, and nobody guesses one."""

import asyncio
import hashlib
import secrets
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio
import redis

from service.domain.family_code import CodeHolder
from service.domain.settlement import Patient
from service.family_codes import FamilyCodes, code_digest
from service.redis_clients import async_client
from service.redis_together import RedisTogether
from service.sessions import SessionsAway

KEY = b"k" * 32
HERE, THERE = "H53060200001", "P53060200001"
USE = timedelta(minutes=10)


def store(client: Any, *, key: bytes = KEY, use: timedelta = USE) -> FamilyCodes:
    return FamilyCodes(RedisTogether(client), key=key, use=use)


def holder(person: UUID | None = None, **more: Any) -> CodeHolder:
    id = person or uuid4()
    patient = Patient(id=id, area="530602", scheme="employee", person_kind="working")
    return CodeHolder(patient=patient, **more)


@pytest_asyncio.fixture
async def client(redis_url: str) -> AsyncIterator[Any]:
    opened = async_client(redis_url)
    await opened.flushall()
    yield opened
    await opened.aclose()


@pytest.fixture
def codes(client: Any) -> FamilyCodes:
    return store(client)


@pytest.fixture
def server(redis_url: str) -> Iterator[Any]:
    """A look past the store."""
    seen: Any = redis.from_url(redis_url)
    yield seen
    seen.close()


async def test_the_first_counter_has_it_and_only_that_one(codes: FamilyCodes) -> None:
    mine = holder(delegate_id=uuid4())
    code = await codes.issue(mine)
    assert await codes.take(code, counter=HERE) == mine
    assert await codes.take(code, counter=THERE) == "used"
    assert await codes.take(code, counter=HERE) == mine, "the same counter settles what it quoted"
    assert await codes.take(code, counter=THERE) == "used"


async def test_a_code_is_shown_for_a_minute_and_serves_its_counter_for_ten(
    codes: FamilyCodes, server: Any
) -> None:
    code = await codes.issue(holder())
    [key] = server.keys("*")
    assert 59_000 < server.pttl(key) <= 60_000
    await codes.take(code, counter=HERE)
    [key] = server.keys("*")
    assert 599_000 < server.pttl(key) <= 600_000
    server.pexpire(key, 300_000)
    await codes.take(code, counter=HERE)
    await codes.take(code, counter=THERE)
    assert server.pttl(key) <= 300_000, "counted from the first scan, not from the last"


async def test_who_only_fails_to_take_a_code_does_not_prolong_it(
    codes: FamilyCodes, server: Any
) -> None:
    code = await codes.issue(holder())
    [key] = server.keys("*")
    server.pexpire(key, 20_000)
    assert await codes.take(f"{code[:17]}{secrets.token_urlsafe(16)}", counter=HERE) == "unknown"
    assert server.pttl(key) <= 20_000
    assert server.keys("*") == [key]


async def test_an_expired_code_is_unknown(client: Any, server: Any) -> None:
    brief = store(client, use=timedelta(milliseconds=30))
    shown, taken = await brief.issue(holder()), await brief.issue(holder())
    await brief.take(taken, counter=HERE)
    server.pexpire(f"gongji:{{{shown[:16]}}}:family-code", 30)
    await asyncio.sleep(0.06)
    assert await brief.take(shown, counter=HERE) == "unknown"
    assert await brief.take(taken, counter=HERE) == "unknown"
    assert server.keys("*") == []


async def test_a_new_code_kills_the_old_one_unless_a_counter_has_it(codes: FamilyCodes) -> None:
    mine = holder()
    first = await codes.issue(mine)
    second = await codes.issue(mine)
    assert await codes.take(first, counter=HERE) == "unknown"
    assert await codes.take(second, counter=HERE) == mine
    third = await codes.issue(mine)
    assert await codes.take(second, counter=HERE) == mine, "still serves who scanned it"
    assert await codes.take(second, counter=THERE) == "used"
    assert await codes.take(third, counter=THERE) == mine, "and is nobody's yet"


async def test_codes_of_two_people_do_not_disturb_each_other(codes: FamilyCodes) -> None:
    one, other = holder(), holder()
    first, second = await codes.issue(one), await codes.issue(other)
    assert first[:16] != second[:16]
    assert await codes.take(first, counter=HERE) == one
    assert await codes.take(second, counter=THERE) == other


async def test_a_forged_code_is_unknown_and_leaves_the_true_one(codes: FamilyCodes) -> None:
    one, other = holder(), holder()
    mine, theirs = await codes.issue(one), await codes.issue(other)
    tag, jti = mine.split(".")
    forged = [
        f"{tag}.{secrets.token_urlsafe(16)}",
        f"{tag}.{jti[:-1]}{'A' if jti[-1] != 'A' else 'B'}",
        f"{tag}.{jti.swapcase()}",
        f"{theirs[:16]}.{jti}",
        f"{tag}.{theirs[17:]}",
        f"{'a' * 16}.{jti}",
    ]
    for code in forged:
        assert await codes.take(code, counter=HERE) == "unknown", code
    assert await codes.take(mine, counter=THERE) == one
    assert await codes.take(theirs, counter=THERE) == other


@pytest.mark.parametrize(
    "code",
    [
        "",
        ".",
        "a",
        "a.b",
        "a" * 16,
        f"{'a' * 16}.",
        f".{'b' * 22}",
        f"{'a' * 15}.{'b' * 22}",
        f"{'a' * 17}.{'b' * 22}",
        f"{'a' * 16}.{'b' * 21}",
        f"{'a' * 16}.{'b' * 23}",
        f"{'a' * 15}}}.{'b' * 22}",
        f"{'a' * 15}é.{'b' * 22}",
        f"{'家' * 16}.{'b' * 22}",
        f"{'２' * 16}.{'b' * 22}",
        f"{'a' * 16}.{'é' * 22}",
        f"{'a' * 16}.{chr(0) * 22}",
        f"{'a' * 16}.{'b' * 22}\n",
        "x" * 100_000,
    ],
)
async def test_a_malformed_code_is_unknown(codes: FamilyCodes, server: Any, code: str) -> None:
    assert await codes.take(code, counter=HERE) == "unknown"
    assert server.keys("*") == []


async def test_what_is_kept_cannot_be_shown_as_a_code(codes: FamilyCodes, server: Any) -> None:
    mine = holder()
    code = await codes.issue(mine)
    [key] = server.keys("*")
    kept = server.hgetall(key)
    tag, jti = code.split(".")
    assert kept[b"digest"].decode() == hashlib.sha256(jti.encode()).hexdigest()
    assert jti.encode() not in b"".join(kept.values()) + key
    assert msgspec.json.decode(kept[b"holder"], type=CodeHolder) == mine
    assert mine.patient.id.hex not in code.lower()
    assert str(mine.patient.id) not in key.decode()
    assert tag in key.decode()


async def test_the_tag_is_keyed(client: Any) -> None:
    mine = holder()
    ours, elsewhere = store(client), store(client, key=b"x" * 32)
    first, second = await ours.issue(mine), await elsewhere.issue(mine)
    assert first[:16] != second[:16]
    assert (await ours.issue(mine))[:16] == first[:16], "one person, one code"


def test_what_the_books_keep_of_a_code_is_a_digest() -> None:
    assert code_digest("a.b") == hashlib.sha256(b"a.b").digest()


async def test_redis_away_is_told(redis_url: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        client = async_client(f"redis://127.0.0.1:{probe.getsockname()[1]}")
    away = store(client)
    with pytest.raises(SessionsAway):
        await away.issue(holder())
    with pytest.raises(SessionsAway):
        await away.take(f"{'a' * 16}.{'b' * 22}", counter=HERE)
    assert await away.take("malformed", counter=HERE) == "unknown", "without asking"
    await client.aclose()


async def test_exactly_one_of_twenty_counters_wins(redis_url: str) -> None:
    """Over several connections, as several processes have them; each counter asks twice."""
    clients = [async_client(redis_url) for _ in range(5)]
    processes = [store(client) for client in clients]
    for _ in range(10):
        mine = holder()
        code = await processes[0].issue(mine)
        counters = [f"H5306020{n:04}" for n in range(20)] * 2
        answers = await asyncio.gather(
            *(processes[n % 5].take(code, counter=one) for n, one in enumerate(counters))
        )
        had = Counter(one for one, got in zip(counters, answers, strict=True) if got == mine)
        assert list(had.values()) == [2], "one counter, both times"
        assert answers.count("used") == 38
    for client in clients:
        await client.aclose()


async def test_of_many_codes_issued_at_once_one_lives(redis_url: str) -> None:
    clients = [async_client(redis_url) for _ in range(5)]
    processes = [store(client) for client in clients]
    mine = holder()
    issued = await asyncio.gather(*(processes[n % 5].issue(mine) for n in range(20)))
    assert len(set(issued)) == 20
    taken = [await processes[0].take(code, counter=HERE) for code in issued]
    assert sorted(map(str, taken)) == sorted([str(mine), *["unknown"] * 19])
    for client in clients:
        await client.aclose()
