"""What the sandbox knows of people, and of the payment window: why it declines a payment."""

from msgspec import Struct

from service.gateways.tax import Decline, wire


class Person(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Someone whose payments end otherwise than with a receipt.

    `due_fen`: any other amount is declined. `paid_elsewhere_year`: paid without us.
    """

    reason: Decline | None = None
    due_fen: int | None = None
    paid_elsewhere_year: int | None = None


class People:
    """Everybody is registered and owes what is asked, unless told otherwise here."""

    def __init__(self) -> None:
        self.known: dict[str, Person] = {}
        self.window_closed = False

    def decline(self, asked: wire.PaymentItem) -> Decline | None:
        """Why this payment is declined, apart from other orders; None when it is not."""
        if self.window_closed:
            return "window_closed"
        person = self.known.get(asked.id_number)
        if person is None:
            return None
        if person.reason is not None:
            return person.reason
        if person.paid_elsewhere_year == asked.year:
            return "already_paid"
        if person.due_fen not in (None, wire.fen_of(asked.amount)):
            return "amount_differs"
        return None
