"""Requests rendered beforehand, and the family codes they spend, put straight into Redis.

A code has the very form of `FamilyCodes.issue`; only its tag is by chance instead of the patient's
own, so that one patient can have many unspent codes, and its life is longer than a round.
"""

import base64
import hashlib
import random
import secrets
import socket
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Literal

import hiredis
import msgspec
from msgspec import Struct

from benchmarks.population import AREA, HOT_PATIENTS, Population, nth_id
from service.counters import sign
from service.domain.family_code import CodeHolder
from service.domain.settlement import Patient

_BILL = {"service": "outpatient", "total_fen": 10_000, "fund_fen": 2_500}
_LIFE_MS = 900_000
_PIPELINE = 500

Kind = Literal["settle", "hot", "status"]


class Plan(Struct, frozen=True, kw_only=True):
    """What the load generator shall do. `requests`: how many to prepare, at most; `tokens`: of the
    sessions that ask for the status page."""

    kind: Kind
    port: int
    connections: int
    seconds: float
    requests: int
    redis_socket: str
    population: Population
    tokens: list[str] = []

    @property
    def success(self) -> int:
        return 200 if self.kind == "status" else 201


def prepare(plan: Plan) -> Sequence[bytes]:
    """All requests, complete to the last byte; timestamps and nonces are made now."""
    if plan.kind == "status":
        rendered = [_status(token) for token in plan.tokens]
        return [rendered[n % len(rendered)] for n in range(plan.requests)]
    codes = [_Code(plan) for _ in range(plan.requests)]
    _store(plan.redis_socket, (command for code in codes for command in code.commands))
    counters = list(plan.population.secrets.items())
    return [_settlement(code.content, *counters[n % len(counters)]) for n, code in enumerate(codes)]


class _Code:
    """A code nobody has spent, of a patient by chance."""

    def __init__(self, plan: Plan) -> None:
        population = plan.population
        if plan.kind == "hot":
            n = population.hot + 1 + random.randrange(HOT_PATIENTS)
        else:
            n = random.randrange(population.families) * 3
        patient = Patient(id=nth_id(n), area=AREA, scheme="employee", person_kind="working")
        tag = base64.b32encode(random.randbytes(10)).decode().lower()
        jti = base64.urlsafe_b64encode(random.randbytes(16)).decode()[:22]
        digest = hashlib.sha256(jti.encode()).hexdigest()
        key = f"gongji:{{{tag}}}:family-code"
        holder = msgspec.json.encode(CodeHolder(patient=patient))
        self.content = f"{tag}.{jti}"
        self.commands: tuple[tuple[Any, ...], ...] = (
            ("HSET", key, "digest", digest, "holder", holder),
            ("PEXPIRE", key, _LIFE_MS),
        )


def _store(path: str, commands: Iterable[tuple[Any, ...]]) -> None:
    """Empty Redis, then all commands in pipelines; anything but success ends the run."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        reader = hiredis.Reader()
        _exchange(connection, reader, [("FLUSHALL",)])
        waiting = iter(commands)
        while batch := list(islice(waiting, _PIPELINE)):
            _exchange(connection, reader, batch)


def _exchange(
    connection: socket.socket, reader: hiredis.Reader, commands: Sequence[tuple[Any, ...]]
) -> None:
    connection.sendall(b"".join(hiredis.pack_command(command) for command in commands))
    open_answers = len(commands)
    while open_answers:
        answer = reader.gets()
        if answer is False:
            reader.feed(connection.recv(65536))
            continue
        if isinstance(answer, hiredis.HiredisError):
            raise RuntimeError(f"Redis refuses: {answer}")
        open_answers -= 1


def _settlement(code: str, institution: str, secret: str) -> bytes:
    stamp, nonce = str(int(time.time())), secrets.token_hex(8)
    body = msgspec.json.encode({"code": code, "bill": _BILL})
    head = (
        "POST /v1/counter/settlements HTTP/1.1\r\nHost: bench\r\n"
        f"x-tif-paasid: {institution}\r\nx-tif-timestamp: {stamp}\r\nx-tif-nonce: {nonce}\r\n"
        f"x-tif-signature: {sign(secret, stamp=stamp, nonce=nonce)}\r\n"
        f"Idempotency-Key: {secrets.token_hex(16)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _status(token: str) -> bytes:
    return (
        f"GET /v1/status HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
