"""CPU time that the processes of a subject have used, from /proc."""

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def cpu_ms(roots: Iterable[int]) -> float:
    """Of these processes, all their descendants, and the children they have reaped."""
    times, children = _processes()
    waiting, total = list(roots), 0.0
    while waiting:
        pid = waiting.pop()
        total += times.get(pid, 0.0)
        waiting += children.get(pid, [])
    return total


def cpu_of(parts: Mapping[str, int]) -> dict[str, float]:
    """The same for each named part by its first process."""
    return {name: cpu_ms([pid]) for name, pid in parts.items()}


def _processes() -> tuple[dict[int, float], dict[int, list[int]]]:
    times: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            pid, parent = int(folder.name), int(fields[1])
            times[pid] = sum(map(int, fields[11:15])) * _TICK_MS
            children.setdefault(parent, []).append(pid)
    return times, children
