"""`python -m tests.chaos`: kill servers under load and judge the books. Exit 0 right, 1 wrong."""

import argparse
import asyncio
import logging
import sys
import time
from collections import Counter

from service.logs import set_up_logs
from tests.chaos.run import Outcome, Plan, play

WIDTH = 30


def main() -> int:
    arguments = _parser().parse_args()
    set_up_logs("error", process="chaos")
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # that servers are away is meant
    if arguments.flood:
        from tests.chaos.flooding import flood_alone

        report, faults = asyncio.run(flood_alone(arguments.flood, seed=arguments.seed))
        return _end([*report, *_faults(faults)], wrong=bool(faults))
    plan = Plan(
        seed=arguments.seed,
        kills=arguments.kills,
        seconds=arguments.seconds,
        tills=arguments.tills,
        patients=max(arguments.patients, arguments.tills + 1),
        reissue=arguments.reissue,
        premiums=arguments.premiums,
    )
    outcome = asyncio.run(play(plan, show=_show))
    return _end(_report(plan, outcome), wrong=bool(outcome.faults))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    now = int(time.time())
    parser.add_argument("--seed", type=int, default=now, help="the same disturbances again")
    parser.add_argument("--kills", type=int, default=200, help="how often kill -9 (200)")
    parser.add_argument("--seconds", type=float, default=1200, help="at most so long (1200)")
    parser.add_argument("--tills", type=int, default=24, help="tills at work at once (24)")
    parser.add_argument("--patients", type=int, default=40, help="patients with donors (40)")
    parser.add_argument(
        "--premiums", type=int, default=8, help="phones that pay premiums at once (8); 0: none"
    )
    parser.add_argument(
        "--reissue",
        action="store_true",
        help="patients also open their code again while they are served, which voids the first",
    )
    parser.add_argument(
        "--flood",
        type=int,
        nargs="?",
        const=10_000,
        help="instead: so many settlements at one instant (10000), nothing killed",
    )
    return parser


def _show(text: str, done: float) -> None:
    """A bar in a terminal; nothing where nobody watches."""
    if sys.stderr.isatty():
        bar = "#" * int(WIDTH * done)
        sys.stderr.write(f"\r\033[K[{bar:<{WIDTH}}] {text}")
        sys.stderr.flush()


def _report(plan: Plan, outcome: Outcome) -> list[str]:
    counts = outcome.counts
    settled = counts["settled"] + counts["settled again"]
    kills = ", ".join(f"{kind} {number}" for kind, number in sorted(outcome.killed.items()))
    groups = ("refused", "status", "bindings", "phones", "premium ")
    others = [f"{name} {counts[name]}" for name in sorted(counts) if name.startswith(groups)]
    return [
        f"seed          {plan.seed}",
        f"kills         {outcome.killed.total()} ({kills})",
        f"settlements   {settled} answers, {counts['settled again']} of them replayed",
        f"refunds       {counts['refunded']} and {counts['refunded again']} replayed",
        *(_premiums(counts) if plan.premiums else ()),
        f"requests      {counts['retries']} repeated, {counts['no answer']} without an answer",
        f"time          {outcome.seconds:.1f} s, {settled / outcome.seconds:.0f} settlements/s",
        f"worst outage  {outcome.worst_outage:.1f} s without any definite answer",
        *(f"  {line}" for line in others),
        *_faults(outcome.faults),
    ]


def _premiums(counts: Counter[str]) -> list[str]:
    states = {
        name.removeprefix("premiums "): number
        for name, number in counts.items()
        if name.startswith("premiums ") and name != "premiums planned by batches"
    }
    told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    deeds = [name for name in counts if name.startswith("premium ") and name.endswith(" again")]
    return [
        f"premiums      {sum(states.values())} orders: {told}",
        f"              {counts['premiums planned by batches']} planned by the batch,"
        f" {sum(counts[name] for name in deeds)} answers replayed,"
        f" {counts['orders submitted again']} submitted again",
    ]


def _faults(faults: list[str]) -> list[str]:
    verdict = f"WRONG: {len(faults)} faults" if faults else "RIGHT: nothing lost, nothing twice"
    return [*(f"  {fault}" for fault in faults[:50]), verdict]


def _end(lines: list[str], *, wrong: bool) -> int:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped, nothing judged")
