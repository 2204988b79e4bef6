"""What the tills were told, kept by themselves: the judge compares it with the books."""

import itertools
import time
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

Lines = tuple[tuple[str, int, int | None], ...]
"""Payer, fen and rank of every line."""


class Amounts(Struct, frozen=True, kw_only=True):
    """Fen."""

    total: int
    fund: int
    own: int
    aid: int
    cash: int


class Told(Struct, frozen=True, kw_only=True):
    """An acknowledged settlement or refund. `settlement_id` differs from `id` for refunds;
    `message_id` is the one it was recorded under, which a reversal of nothing repeats."""

    id: UUID
    settlement_id: UUID
    institution: str
    message_id: str
    amounts: Amounts
    lines: Lines
    code: str = ""


class Shut(Struct, frozen=True, kw_only=True):
    """A binding that was paused or ended: between these instants it pays nothing."""

    binding_id: UUID
    since: datetime
    until: datetime | None


class Record:
    """Everything every till knows for certain."""

    def __init__(self) -> None:
        self.settlements: dict[UUID, Told] = {}
        self.refunds: dict[UUID, Told] = {}
        self.refused: dict[tuple[str, str], str] = {}
        self.codes: dict[str, UUID] = {}
        self.shut: list[Shut] = []
        self.complaints: list[str] = []
        self.counts: Counter[str] = Counter()
        self.answered_at: list[float] = [time.monotonic()]

    def settled(self, institution: str, key: str, code: str, body: dict[str, Any]) -> None:
        """A 2xx answer to a settlement under this key."""
        told = Told(
            id=UUID(body["id"]),
            settlement_id=UUID(body["id"]),
            institution=institution,
            message_id=body["message_id"],
            amounts=_amounts(body["split"]),
            lines=_lines(body["split"]["lines"]),
            code=code,
        )
        if told.message_id != key:
            self.complaints.append(f"asked under {key}, answered under {told.message_id}")
        if self.codes.setdefault(code, told.id) != told.id:
            self.complaints.append(f"one code paid twice: {told.id}, {self.codes[code]}")
        self._keep(self.settlements, told)

    def refunded(self, institution: str, body: dict[str, Any]) -> None:
        """A 2xx answer to a reversal."""
        told = Told(
            id=UUID(body["id"]),
            settlement_id=UUID(body["settlement_id"]),
            institution=institution,
            message_id=body["message_id"],
            amounts=_amounts(body),
            lines=_lines(body["lines"]),
        )
        self._keep(self.refunds, told)

    def refuse(self, institution: str, key: str, problem: str) -> None:
        """A definite refusal: under this key nothing was done, and nothing will be."""
        self.counts[f"refused {problem}"] += 1
        self.refused[institution, key] = problem

    def gap(self) -> float:
        """The longest time without any definite answer, seconds."""
        times = [*self.answered_at, time.monotonic()]
        return max(later - sooner for sooner, later in itertools.pairwise(times))

    def _keep(self, known: dict[UUID, Told], told: Told) -> None:
        if known.setdefault(told.id, told) != told:
            self.complaints.append(f"two answers about {told.id}: {told} / {known[told.id]}")


def _amounts(body: dict[str, Any]) -> Amounts:
    return Amounts(
        total=body["total_fen"],
        fund=body["fund_fen"],
        own=body["own_fen"],
        aid=body["aid_fen"],
        cash=body["cash_fen"],
    )


def _lines(lines: list[dict[str, Any]]) -> Lines:
    return tuple((line["payer"], line["amount_fen"], line["rank"]) for line in lines)
