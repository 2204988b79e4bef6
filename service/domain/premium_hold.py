"""Whether a payer's account can carry a premium that is due: the last word before money is held."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from service.domain.calendar import business_date, date_text
from service.domain.donor import Donor, most_of, out_of_force
from service.domain.payable import Due
from service.domain.premium import Premium
from service.domain.refusal import Refusal


class Carried(Struct, frozen=True, kw_only=True):
    """Orders as they are once their money is held, and the others with why not."""

    held: tuple[Premium, ...]
    refused: tuple[tuple[Premium, Refusal], ...]


def carry(
    orders: Iterable[Premium],
    dues: Mapping[UUID, Due | Refusal],
    *,
    donors: Mapping[UUID, Donor],
    agreed: Mapping[UUID, int],
    won: set[UUID],
    now: datetime,
) -> Carried:
    """Decide planned orders one after the other: what one holds the next cannot. `dues` by order,
    `donors` by binding, `agreed` the most of a live plan (fen); `won`: orders that have the claim.
    """
    held: list[Premium] = []
    refused: list[tuple[Premium, Refusal]] = []
    taken: dict[UUID, int] = defaultdict(int)
    """Fen by book and by binding: an account may stand behind several, with limits of their own."""
    for order in orders:
        due = dues[order.premium_id]
        if isinstance(due, Due):
            donor = with_held(
                donors[order.binding_id],
                account_fen=taken[order.book_id],
                binding_fen=taken[order.binding_id],
            )
            verdict = _verdict(order, due, donor, agreed, now)
            if verdict is None and order.premium_id not in won:
                verdict = Refusal(code="premium.taken_care_of")
            if verdict is None:
                held.append(_held(order, due, at=now))
                taken[order.book_id] += due.amount_fen
                taken[order.binding_id] += due.amount_fen
                continue
            due = verdict
        refused.append((order, due))
    return Carried(held=tuple(held), refused=tuple(refused))


def alone(
    order: Premium,
    due: Due | Refusal,
    *,
    donor: Donor,
    agreed: Mapping[UUID, int],
    now: datetime,
) -> bool:
    """Whether the order could be held if there were no other."""
    return isinstance(due, Due) and _verdict(order, due, donor, agreed, now) is None


def _verdict(
    order: Premium, due: Due, donor: Donor, agreed: Mapping[UUID, int], now: datetime
) -> Refusal | None:
    if order.plan_id is not None and order.plan_id not in agreed:
        return Refusal(code="premium.plan_ended")
    most_fen = agreed[order.plan_id] if order.plan_id else None
    return affordable(donor, due, most_fen=most_fen, now=now)


def _held(order: Premium, due: Due, *, at: datetime) -> Premium:
    return replace(
        order,
        state="held",
        reason=None,
        category=due.category,
        amount_fen=due.amount_fen,
        late=due.late,
        held_at=at,
    )


def affordable(donor: Donor, due: Due, *, most_fen: int | None, now: datetime) -> Refusal | None:
    """None when it can be held. `most_fen`: what the payer agreed to at most by a plan."""
    if due.until < business_date(now):  # the window closed while the platform was asked
        return Refusal(
            code="premium.window_closed",
            clause=due.clause,
            facts={"year": due.year, "closed": f"已在{date_text(due.until)}"},
        )
    reason = out_of_force(donor, now=now)
    if reason == "paused":
        return Refusal(code="premium.binding_paused")
    if reason == "not_begun":
        return Refusal(code="premium.binding_not_begun")
    if reason is not None:
        return Refusal(code="premium.binding_ended")
    if most_fen is not None and due.amount_fen > most_fen:
        return Refusal(code="premium.plan_limit")
    available_fen = donor.account.available_fen if donor.account else 0
    if available_fen < due.amount_fen:
        return Refusal(code="premium.money_short")
    if most_of(donor) < due.amount_fen:
        return Refusal(code="premium.limit_reached")
    return None


def with_held(donor: Donor, *, account_fen: int, binding_fen: int) -> Donor:
    """The payer once so much more of the account, and of it by this binding, is held: what the next
    order of a batch is decided on."""
    if donor.account is None or not account_fen:
        return donor
    account = replace(donor.account, held_fen=donor.account.held_fen + account_fen)
    return replace(
        donor,
        account=account,
        used_fen=donor.used_fen + binding_fen,
        used_year_fen=donor.used_year_fen + binding_fen,
    )
