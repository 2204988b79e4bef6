"""The donor's side of bindings: what a payment from the account is decided on."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from service.database import Tx, load_queries
from service.domain.binding import State
from service.domain.donor import Account, Donor

Q = load_queries("donors")


class DonorRow(Struct, frozen=True, kw_only=True):
    binding_id: UUID
    donor_id: UUID
    state: State
    rank: int
    begins_on: date
    ends_on: date | None
    effective_at: datetime | None
    total_limit_fen: int | None
    year_limit_fen: int | None
    use_limit_fen: int | None
    used_fen: int
    used_year_fen: int
    posted_fen: int | None
    held_fen: int | None
    version: int | None

    @property
    def content(self) -> Donor:
        return Donor(
            binding_id=self.binding_id,
            donor_id=self.donor_id,
            state=self.state,
            rank=self.rank,
            begins_on=self.begins_on,
            ends_on=self.ends_on,
            effective_at=self.effective_at,
            total_limit_fen=self.total_limit_fen,
            year_limit_fen=self.year_limit_fen,
            use_limit_fen=self.use_limit_fen,
            used_fen=self.used_fen,
            used_year_fen=self.used_year_fen,
            account=self._account,
        )

    @property
    def _account(self) -> Account | None:
        if self.posted_fen is None or self.held_fen is None or self.version is None:
            return None
        return Account(posted_fen=self.posted_fen, held_fen=self.held_fen, version=self.version)


async def of_bindings(tx: Tx, *, bindings: Sequence[UUID], year: int) -> dict[UUID, Donor]:
    """By binding; `year` is the calendar year whose use counts for the yearly limit."""
    rows = await tx.many(DonorRow, Q.of_bindings, bindings=bindings, year=year)
    return {row.binding_id: row.content for row in rows}
