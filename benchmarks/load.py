"""The load generator, a process of its own: `python -m benchmarks.load`, told what to do on stdin.

It prepares every request in memory, says "ready", waits for a line, sends for so many seconds over
keep-alive connections, one request at a time on each, and answers what it measured. A plain epoll
loop over raw sockets, since on few cores its own CPU time is taken from the servers.
"""

import resource
import select
import socket
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from benchmarks.rendering import Plan, prepare

_DRAIN_SECONDS = 20.0


class Result(Struct, frozen=True, kw_only=True):
    """`per_second`: all answers by the time until the last one, which a slow subject gives late;
    `faults`: what was not a success, by the problem's code; percentiles over successes only;
    `cpu_ms`: the generator's own, per answer."""

    per_second: float
    p50_ms: float
    p99_ms: float
    acknowledged: int
    answered: int
    faults: dict[str, int]
    cpu_ms: float
    exhausted: bool


class Load:
    """One run over `connections` sockets."""

    def __init__(self, plan: Plan, requests: Sequence[bytes]) -> None:
        self._plan, self._success = plan, f"HTTP/1.1 {plan.success}".encode()
        self._requests: Iterator[bytes] = iter(requests)
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._begun: dict[int, float] = {}
        self._partial: dict[int, bytes] = {}
        self._latencies = array("d")
        self._faults: Counter[str] = Counter()
        self._answered = 0
        self._last = 0.0
        self._exhausted = False

    def run(self) -> Result:
        self._connect()
        begun_cpu = time.process_time()
        begun = time.perf_counter()
        deadline = begun + self._plan.seconds
        for fd in list(self._sockets):
            self._send(fd, begun)
        while self._begun and time.perf_counter() < deadline + _DRAIN_SECONDS:
            for fd, _ in self._epoll.poll(1.0):
                self._read(fd, deadline)
        if self._begun:
            self._faults["no answer"] += len(self._begun)
        cpu_ms = (time.process_time() - begun_cpu) * 1000
        return self._result(self._last - begun, cpu_ms)

    def _result(self, seconds: float, cpu_ms: float) -> Result:
        found = sorted(self._latencies)
        return Result(
            per_second=self._answered / seconds if self._answered else 0.0,
            p50_ms=_percentile(found, 50),
            p99_ms=_percentile(found, 99),
            acknowledged=len(found),
            answered=self._answered,
            faults=dict(self._faults),
            cpu_ms=cpu_ms / max(1, self._answered),
            exhausted=self._exhausted,
        )

    def _connect(self) -> None:
        for _ in range(self._plan.connections):
            self._open()

    def _open(self) -> int:
        connection = socket.create_connection(("127.0.0.1", self._plan.port), timeout=10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        fd = connection.fileno()
        self._sockets[fd], self._partial[fd] = connection, b""
        self._epoll.register(fd, select.EPOLLIN)
        return fd

    def _send(self, fd: int, now: float) -> None:
        request = next(self._requests, None)
        if request is None:
            self._exhausted = True
            return
        self._begun[fd] = now
        self._sockets[fd].send(request)  # smaller than any socket buffer, which is empty

    def _read(self, fd: int, deadline: float) -> None:
        try:
            data = self._sockets[fd].recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self._lost(fd, deadline)
            return
        if self._partial[fd]:
            data = self._partial[fd] + data
        if not _complete(data):
            self._partial[fd] = data
            return
        self._partial[fd] = b""
        now = self._last = time.perf_counter()
        began = self._begun.pop(fd)
        self._answered += 1
        if data.startswith(self._success):
            self._latencies.append(now - began)
        else:
            self._faults[_fault(data)] += 1
        if now < deadline:
            self._send(fd, now)

    def _lost(self, fd: int, deadline: float) -> None:
        """Another connection takes its place."""
        if self._begun.pop(fd, None) is not None:
            self._faults["connection closed"] += 1
        self._epoll.unregister(fd)
        self._sockets.pop(fd).close()
        if (now := time.perf_counter()) < deadline:
            self._send(self._open(), now)


def _complete(data: bytes) -> bool:
    """Whether a whole answer is there. Both subjects tell its length."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = data.find(b"ontent-length: ", 0, end)
    if at < 0:
        at = data.find(b"ontent-Length: ", 0, end)
    length = int(data[at + 15 : data.find(b"\r", at)]) if at >= 0 else 0
    return len(data) >= end + 4 + length


def _fault(data: bytes) -> str:
    head, _, body = data.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1].decode()
    try:
        return f"{status} {msgspec.json.decode(body)['code']}"
    except (msgspec.DecodeError, KeyError, TypeError):
        return f"{status} {body[:80].decode(errors='replace')}"


def _percentile(found: Sequence[float], percent: int) -> float:
    """In milliseconds; 0 without samples."""
    return found[min(len(found) - 1, len(found) * percent // 100)] * 1000 if found else 0.0


def main() -> None:
    """Speaks with `benchmarks.measure` by lines."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    plan = msgspec.json.decode(sys.stdin.readline(), type=Plan)
    requests = prepare(plan)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if sys.stdin.readline():
        result = Load(plan, requests).run()
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")


if __name__ == "__main__":
    main()
