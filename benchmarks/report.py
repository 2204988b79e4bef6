"""Targets against measurements, as a table."""

import os
import platform
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks.measure import Sample

Figure = Callable[[Sample], float]


class Target(Struct, frozen=True, kw_only=True):
    """A ratio of two subjects of one stage: `figure` of ours by that of `other`."""

    key: str
    text: str
    stage: str
    ours: str
    other: str
    figure: Figure
    bound: float
    at_most: bool = False


def per_second(sample: Sample) -> float:
    return sample.per_second


def p99(sample: Sample) -> float:
    return sample.p99_ms


def server_cpu(sample: Sample) -> float:
    return sample.server_ms


TARGETS = (
    Target(key="P1", text="settlements/s, against pgbench at its best c", stage="counter",
           ours="ours", other="limit", figure=per_second, bound=1.5),
    Target(key="P2", text="settlements/s, against FastAPI + SQLAlchemy", stage="counter",
           ours="ours", other="peer", figure=per_second, bound=20),
    Target(key="P3", text="one hot donor, against pgbench hot at its best c", stage="hot",
           ours="ours", other="limit", figure=per_second, bound=2.5),
    Target(key="P4", text="status page, against FastAPI + SQLAlchemy", stage="status",
           ours="ours", other="peer", figure=per_second, bound=12),
    Target(key="P5", text="premium orders/s in a batch, against one by one on 8", stage="premium",
           ours="ours", other="one by one", figure=per_second, bound=15),
    Target(key="P6", text="settlements/s, large books against small", stage="growth",
           ours="ours large", other="ours", figure=per_second, bound=0.9),
    Target(key="P8", text="p99 at 64 connections, against pgbench c=16", stage="latency",
           ours="ours", other="limit", figure=p99, bound=3, at_most=True),
    Target(key="P9", text="server CPU each, against PostgreSQL + pgbench", stage="counter",
           ours="ours", other="limit", figure=server_cpu, bound=0.75, at_most=True),
)  # fmt: skip

Stages = dict[str, list[dict[str, Sample]]]
"""By stage: a round after the other, the sample of each subject."""


def line_of(sample: Sample) -> str:
    """A run in one line, for the progress."""
    parts = " + ".join(f"{name} {spent:.3f}" for name, spent in sample.cpu_ms.items())
    faults = f"  FAULTS {dict(sample.faults)}" if sample.faults else ""
    ended = "  (requests ran out early)" if sample.exhausted else ""
    return (
        f"{sample.subject:14} {sample.per_second:8.0f}/s  p50 {sample.p50_ms:7.1f}"
        f"  p99 {sample.p99_ms:7.1f} ms  CPU {sample.server_ms:.3f} ms ({parts})"
        f"  foreign {sample.foreign:.0%}{ended}{faults}"
    )


def table(stages: Stages, keys: Sequence[str]) -> str:
    """Markdown: the ratios, then the medians they come from."""
    lines = [
        "| | what | measured (min..max of rounds) | target | reached |",
        "|---|---|---|---|---|",
    ]
    for target in TARGETS:
        if target.key in keys and (ratios := _ratios(target, stages)):
            lines.append(_row(target, ratios))
    lines += ["", "| stage | subject | requests/s | p50 ms | p99 ms | server CPU ms each |"]
    lines.append("|---|---|---|---|---|---|")
    for stage, rounds in stages.items():
        for role in rounds[0]:
            lines.append(_medians(stage, [samples[role] for samples in rounds]))
    return "\n".join(lines)


def _ratios(target: Target, stages: Stages) -> list[float]:
    return [
        target.figure(samples[target.ours]) / max(1e-9, target.figure(samples[target.other]))
        for samples in stages.get(target.stage, [])
        if target.ours in samples and target.other in samples
    ]


def _row(target: Target, ratios: Sequence[float]) -> str:
    middle, sign = median(ratios), "≤" if target.at_most else "≥"
    reached = middle <= target.bound if target.at_most else middle >= target.bound
    return (
        f"| {target.key} | {target.text} | {middle:.2f} × ({min(ratios):.2f}..{max(ratios):.2f})"
        f" | {sign} {target.bound:g} × | {'yes' if reached else 'no'} |"
    )


def _medians(stage: str, samples: Sequence[Sample]) -> str:
    cpu = median(sample.server_ms for sample in samples)
    parts = ", ".join(
        f"{name} {median(sample.cpu_ms[name] for sample in samples):.3f}"
        for name in samples[0].cpu_ms
    )
    return (
        f"| {stage} | {samples[0].subject} | {median(s.per_second for s in samples):.0f}"
        f" | {_ms(s.p50_ms for s in samples)} | {_ms(s.p99_ms for s in samples)}"
        f" | {cpu:.3f} ({parts}) |"
    )


def _ms(times: Iterable[float]) -> str:
    """A dash where no single answer was timed."""
    middle = median(times)
    return f"{middle:.1f}" if middle else "-"


def machine(version: str) -> str:
    """Where and when."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores"
        f" ({model[1] if model else platform.machine()}), Python {platform.python_version()},"
        f" PostgreSQL {version}; load generator and servers share the cores"
    )


def say(text: str) -> None:
    """To the terminal, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
