"""What patients have had from the outpatient fund in a year, as estimated here."""

from uuid import UUID

from service.database import Tx, load_queries

Q = load_queries("benefits")


async def give_back(tx: Tx, *, book_id: UUID, year: int, eligible_fen: int, fund_fen: int) -> int:
    """Take off what a refund undoes, fen."""
    return await tx.run(
        Q.give_back, book_id=book_id, year=year, eligible_fen=eligible_fen, fund_fen=fund_fen
    )
