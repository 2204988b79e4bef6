"""Statements that go through all books; empty answers where the books are right. In a survey."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries

Q = load_queries("books")


class FaultRow(Struct, frozen=True, kw_only=True):
    """`subject_id` is what of the book is wrong: a transfer, a binding, or the account itself."""

    fault: str
    book_id: UUID
    subject_id: UUID


class SumRow(Struct, frozen=True):
    fen: int


class ApartRow(Struct, frozen=True, kw_only=True):
    """`stated_fen` is None where there is no such row, `booked_fen` where there is no transfer."""

    id: UUID
    stated_fen: int | None
    booked_fen: int | None


class IdRow(Struct, frozen=True):
    id: UUID


class PremiumApartRow(Struct, frozen=True, kw_only=True):
    """What an order says was paid and is held, and what its transfers say; fen."""

    id: UUID
    stated_fen: int
    booked_fen: int
    stated_held_fen: int
    booked_held_fen: int


class CountRow(Struct, frozen=True, kw_only=True):
    day: date
    settlements: int
    refunds: int


class EntryRow(Struct, frozen=True, kw_only=True):
    book_id: UUID
    number: int


async def discrepancies(tx: Tx) -> AsyncIterator[FaultRow]:
    async for row in tx.stream(FaultRow, Q.discrepancies):
        yield row


async def legs(tx: Tx) -> AsyncIterator[SumRow]:
    """One row: both sides of every movement, added up."""
    async for row in tx.stream(SumRow, Q.legs):
        yield row


async def settlements_apart(tx: Tx) -> AsyncIterator[ApartRow]:
    """Settlements that differ from the transfers of their journal."""
    async for row in tx.stream(ApartRow, Q.settlements_apart):
        yield row


async def refunds_apart(tx: Tx) -> AsyncIterator[ApartRow]:
    async for row in tx.stream(ApartRow, Q.refunds_apart):
        yield row


async def refunded_too_much(tx: Tx) -> AsyncIterator[IdRow]:
    """Settlements of which more went back than was paid."""
    async for row in tx.stream(IdRow, Q.refunded_too_much):
        yield row


async def premiums_apart(tx: Tx) -> AsyncIterator[PremiumApartRow]:
    """Premiums that differ from the transfers about them."""
    async for row in tx.stream(PremiumApartRow, Q.premiums_apart):
        yield row


async def premiums_without_order(tx: Tx) -> AsyncIterator[IdRow]:
    """Journals about premiums or their refunds that no order of ours is about."""
    async for row in tx.stream(IdRow, Q.premiums_without_order):
        yield row


async def claims_apart(tx: Tx) -> AsyncIterator[IdRow]:
    """Orders that live without their claim, or a claim without an order."""
    async for row in tx.stream(IdRow, Q.claims_apart):
        yield row


async def counts_by_day(tx: Tx) -> AsyncIterator[CountRow]:
    """Days without any are not there."""
    async for row in tx.stream(CountRow, Q.counts_by_day):
        yield row


async def booked_before(tx: Tx, *, day: date) -> AsyncIterator[EntryRow]:
    async for row in tx.stream(EntryRow, Q.booked_before, day=day):
        yield row
