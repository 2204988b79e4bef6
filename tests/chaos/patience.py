"""Insisting: a request is repeated until its answer is definite, or patience is at its end."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

Send = Callable[[], Awaitable[httpx.Response]]
PATIENCE = 8.0
SHORT_OF_PATIENCE = 0.1
"""The share of requests whose client hangs up soon and asks again while the first is at work."""


class NoAnswer(Exception):
    """Everything is up again, and still no definite answer."""


class Patience:
    """Of one client. What happened is counted in `counts`, each name opened by `who`."""

    def __init__(self, rng: random.Random, counts: Counter[str], *, who: str = "") -> None:
        self._rng, self._counts, self._who = rng, counts, who
        self.give_up_at = float("inf")

    def check(self, what: str) -> None:
        """Raises NoAnswer when it has lasted too long."""
        if time.monotonic() > self.give_up_at:
            raise NoAnswer(what)

    async def insist(self, send: Send, what: str) -> httpx.Response:
        """Ask until the answer is definite. Raises NoAnswer."""
        wait = 0.03
        while True:
            answer = await self._once(send)
            if answer is not None:
                return answer
            self.check(what)
            self._counts[f"{self._who}retries"] += 1
            await asyncio.sleep(wait * (0.5 + self._rng.random()))
            wait = min(2 * wait, 0.6)

    async def _once(self, send: Send) -> httpx.Response | None:
        """None when the answer was lost, or says to ask again."""
        short = self._rng.random() < SHORT_OF_PATIENCE
        try:
            async with asyncio.timeout(self._rng.uniform(0.01, 0.3) if short else PATIENCE):
                answer = await send()
        except (httpx.HTTPError, TimeoutError):
            self._counts[f"{self._who}no answer"] += 1
            return None
        self._counts[f"{self._who}status {answer.status_code}"] += 1
        return answer if definite(answer) else None


def definite(answer: httpx.Response) -> bool:
    """A 401 is none: it says who asked is not known, and nothing about what was asked."""
    if answer.is_success:
        return True
    if answer.status_code >= 500 or answer.status_code in (401, 429):
        return False
    problem: dict[str, Any] = answer.json()
    return bool(problem["retry"] == "never")
