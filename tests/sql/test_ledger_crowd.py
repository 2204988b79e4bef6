"""Many connections at once: whatever happens in which order, the books are right at the end."""

import asyncio
from collections import Counter
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from tests.sql.books import Leg, check_books, hold, open_account, record

BOOKS = [UUID(int=n) for n in range(1, 7)]
WORKERS, ROUNDS, ATTEMPTS, START = 16, 20, 40, 2_000
EXPECTED = {
    "account_never_overdrawn": "not enough money",
    "transfer_hold_resolves_once": "somebody else resolved it",
    "allowance_used_not_negative": "a refund of what nobody used",
}


class Worker:
    """One connection that does one thing after another, by its own dice."""

    def __init__(self, connection: asyncpg.Connection, number: int, done: Counter[str]) -> None:
        self.connection, self.dice, self.done = connection, Random(number), done

    async def work(self) -> None:
        for _ in range(ROUNDS):
            act = self.dice.choice([self.pay, self.pay, self.refund, self.hold, self.resolve])
            self.done[await self.attempted(act)] += 1

    async def attempted(self, act: Any) -> str:
        """Again whenever the facts changed; any other surprise, a deadlock say, is raised."""
        for _ in range(ATTEMPTS):
            try:
                return str(await act())
            except asyncpg.PostgresError as fault:
                if fault.sqlstate == "LG002":
                    self.done["decided again"] += 1
                elif fault.constraint_name in EXPECTED:
                    return str(fault.constraint_name)
                else:
                    raise
        raise AssertionError(f"facts changed {ATTEMPTS} times")

    async def seen(self, books: list[UUID]) -> dict[UUID, int | None]:
        rows = await self.connection.fetch(
            "SELECT book_id, version FROM ledger.account WHERE book_id = ANY ($1)", books
        )
        return {row["book_id"]: row["version"] for row in rows}

    def several(self) -> list[UUID]:
        """Books in any order, some of them twice."""
        return self.dice.choices(BOOKS, k=self.dice.randint(1, 4))

    def use(self, book: UUID) -> dict[str, Any]:
        if self.dice.random() < 0.5:
            return {"book": book}
        return {"book": book, "binding": UUID(int=book.int + 100), "year": 2026}

    async def pay(self) -> str:
        books = self.several()
        seen = await self.seen(books) if self.dice.random() < 0.5 else None
        amounts = [-self.dice.randint(1, 120) for _ in books]
        legs = [Leg(amount=fen, **self.use(book)) for book, fen in zip(books, amounts, strict=True)]
        await record(self.connection, *legs, seen=seen)
        return "paid"

    async def refund(self) -> str:
        legs = [Leg(amount=self.dice.randint(1, 60), **self.use(book)) for book in self.several()]
        await record(self.connection, *legs)
        return "refunded"

    async def hold(self) -> str:
        legs = [hold(-self.dice.randint(1, 80), **self.use(book)) for book in self.several()]
        await record(self.connection, *legs, Leg(amount=1, book=self.dice.choice(BOOKS)))
        return "held"

    async def resolve(self) -> str:
        rows = await self.connection.fetch("SELECT * FROM ledger.open_hold ORDER BY transfer_id")
        if not rows:
            return "nothing to resolve"
        legs = []
        for row in self.dice.sample(rows, k=min(len(rows), self.dice.randint(1, 3))):
            phase = self.dice.choice(["post", "void"])
            part = (
                row["amount_fen"] if phase == "void" else -self.dice.randint(1, -row["amount_fen"])
            )
            legs.append(
                Leg(
                    book=row["book_id"],
                    amount=part,
                    phase=phase,
                    contra=row["contra"],
                    binding=row["binding_id"],
                    year=row["year"],
                    hold=row["transfer_id"],
                )
            )
        await record(self.connection, *legs)
        return "resolved"


async def test_sixteen_at_once_leave_the_books_right(own_database: str) -> None:
    connections = [await asyncpg.connect(own_database) for _ in range(WORKERS)]
    try:
        for book in BOOKS:
            await open_account(connections[0], book, START)
        done: Counter[str] = Counter()
        workers = [Worker(it, number, done) for number, it in enumerate(connections)]
        async with asyncio.timeout(120):
            await asyncio.gather(*(worker.work() for worker in workers))
        await check_books(connections[0])
        assert sum(done.values()) - done["decided again"] == WORKERS * ROUNDS
        assert {"paid", "refunded", "held", "resolved", "decided again"} <= set(done), done
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))


async def test_one_hold_is_resolved_by_one_of_many(own_database: str) -> None:
    connections = [await asyncpg.connect(own_database) for _ in range(8)]
    try:
        await open_account(connections[0], fen=100)
        held = hold(-100)
        await record(connections[0], held)
        legs = [Leg(amount=-100, phase="post", hold=held.transfer) for _ in connections]
        outcomes = await asyncio.gather(
            *(record(it, leg) for it, leg in zip(connections, legs, strict=True)),
            return_exceptions=True,
        )
        refused = [it for it in outcomes if isinstance(it, asyncpg.UniqueViolationError)]
        assert {it.constraint_name for it in refused} == {"transfer_hold_resolves_once"}
        assert (outcomes.count(None), len(refused)) == (1, 7)
        await check_books(connections[0])
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))


async def test_the_last_money_is_paid_once(own_database: str) -> None:
    """Nobody looked first: the balance on the row decides."""
    connections = [await asyncpg.connect(own_database) for _ in range(8)]
    try:
        await open_account(connections[0], fen=100)
        outcomes = await asyncio.gather(
            *(record(it, Leg(amount=-40, journal=uuid4())) for it in connections),
            return_exceptions=True,
        )
        refused = [it for it in outcomes if isinstance(it, asyncpg.CheckViolationError)]
        assert {it.constraint_name for it in refused} == {"account_never_overdrawn"}
        assert (outcomes.count(None), len(refused)) == (2, 6)
        await check_books(connections[0])
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))
