"""Several bills decided one after the other on facts that were read once, together.

Each plan changes what the next one sees, so that bills in one batch share an account as they would
have one by one. Whether the facts still hold is for the ledger to say when all is recorded.
"""

from uuid import UUID

from msgspec.structs import replace

from service.domain.donor import Account, Donor
from service.domain.pooling import Used
from service.domain.settlement import Facts, Plan


class Running:
    """What the plans so far have taken, by book and by binding; fen."""

    def __init__(self) -> None:
        self._taken: dict[UUID, int] = {}
        self._used: dict[UUID, int] = {}
        self._benefits: dict[UUID, Used] = {}

    def seen(self, facts: Facts) -> Facts:
        """The facts as they are after the plans so far."""
        return replace(
            facts,
            own=self._account(facts.own, facts.patient.id),
            donors=tuple(self._donor(donor) for donor in facts.donors),
            benefit=self._benefits.get(facts.patient.id, facts.benefit),
        )

    def apply(self, facts: Facts, plan: Plan) -> None:
        """Take what the plan, decided on `facts`, spends."""
        for line in plan.lines:
            if line.book_id is not None:
                self._taken[line.book_id] = self._taken.get(line.book_id, 0) + line.amount_fen
            if line.binding_id is not None:
                self._used[line.binding_id] = self._used.get(line.binding_id, 0) + line.amount_fen
        self._benefits[facts.patient.id] = Used(
            eligible_fen=facts.benefit.eligible_fen + plan.eligible_fen,
            fund_fen=facts.benefit.fund_fen + plan.pooled_fen,
        )

    def _account(self, account: Account | None, book_id: UUID) -> Account | None:
        taken = self._taken.get(book_id, 0)
        if account is None or not taken:
            return account
        return replace(account, posted_fen=account.posted_fen - taken)

    def _donor(self, donor: Donor) -> Donor:
        used = self._used.get(donor.binding_id, 0)
        account = self._account(donor.account, donor.donor_id)
        if not used and account is donor.account:
            return donor
        return replace(
            donor,
            account=account,
            used_fen=donor.used_fen + used,
            used_year_fen=donor.used_year_fen + used,
        )
