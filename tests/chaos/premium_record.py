"""What the payers' phones were told: the judge compares it with the books."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from tests.chaos.population import Bound
from tests.chaos.record import Record


class Ordered(Struct, frozen=True, kw_only=True):
    """An acknowledged order of a premium."""

    id: UUID
    bound: Bound
    year: int
    area: str
    amount_fen: int


class PremiumRecord:
    """Everything every phone knows for certain. Complaints and counts are those of `record`."""

    def __init__(self, record: Record) -> None:
        self.complaints, self.counts, self.shut = record.complaints, record.counts, record.shut
        self.orders: dict[UUID, Ordered] = {}
        self.refunds: dict[UUID, set[str]] = defaultdict(set)
        """Orders by the messages that were granted a refund."""
        self.plans: dict[UUID, Bound] = {}
        self.ended: dict[UUID, datetime] = {}
        """Plans by when it was known that they are over."""

    def ordered(self, bound: Bound, body: dict[str, Any]) -> Ordered:
        """A 2xx answer to an order."""
        order = Ordered(
            id=UUID(body["id"]),
            bound=bound,
            year=body["year"],
            area=body["area"],
            amount_fen=body["amount_fen"],
        )
        if self.orders.setdefault(order.id, order) != order:
            self.complaints.append(f"two answers about {order.id}: {order}")
        return order

    def refunding(self, premium_id: UUID, key: str, body: dict[str, Any]) -> None:
        """A 2xx answer to a refund under this key."""
        if body["id"] != str(premium_id):
            self.complaints.append(f"asked for the refund of {premium_id}, answered {body['id']}")
        self.refunds[premium_id].add(key)
