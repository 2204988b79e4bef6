"""A donor at the counter: what one binding can pay of one bill, and why it pays nothing."""

from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from service.domain.binding import State
from service.domain.calendar import business_date

SkipReason = Literal[
    "paused",
    "ended",
    "not_begun",
    "own_money_left",
    "not_needed",
    "no_money",
    "year_limit_reached",
    "total_limit_reached",
]

_SKIP_TEXT: dict[SkipReason, str] = {
    "paused": "授权人已暂停共济",
    "ended": "共济已结束",
    "not_begun": "共济还没有开始",
    "own_money_left": "使用人本人的个人账户还有余额",
    "not_needed": "前面的账户已经够付",
    "no_money": "共济账户里没有可用余额",
    "year_limit_reached": "已达到授权人设定的每年限额",
    "total_limit_reached": "已达到授权人设定的累计限额",
}


class Account(Struct, frozen=True, kw_only=True):
    """A personal account as the ledger showed it; `version` is what the ledger shall still find."""

    posted_fen: int
    held_fen: int
    version: int

    @property
    def available_fen(self) -> int:
        return self.posted_fen - self.held_fen


class Donor(Struct, frozen=True, kw_only=True):
    """One binding for the patient, with its donor's account; amounts in fen."""

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
    account: Account | None


_NEVER = datetime.max.replace(tzinfo=UTC)


def order(donor: Donor) -> tuple[int, datetime, UUID]:
    """Rank first, then how long in force, then the id: never by chance."""
    return donor.rank, donor.effective_at or _NEVER, donor.binding_id


def out_of_force(donor: Donor, *, now: datetime) -> SkipReason | None:
    """Why the binding cannot be used at this instant, or None."""
    today = business_date(now)
    if donor.state == "paused":
        return "paused"
    if donor.state != "active" or (donor.ends_on is not None and donor.ends_on < today):
        return "ended"
    if donor.begins_on > today or donor.effective_at is None or donor.effective_at > now:
        return "not_begun"
    return None


def most_of(donor: Donor) -> int:
    """The most this donor pays of one bill today: balance, per use, per year, in total."""
    if donor.account is None:
        return 0
    rooms = [donor.account.available_fen]
    if donor.use_limit_fen is not None:
        rooms.append(donor.use_limit_fen)
    if donor.year_limit_fen is not None:
        rooms.append(donor.year_limit_fen - donor.used_year_fen)
    if donor.total_limit_fen is not None:
        rooms.append(donor.total_limit_fen - donor.used_fen)
    return max(0, min(rooms))


def why_nothing(donor: Donor) -> SkipReason:
    """The reason when `most_of` is nothing."""
    if donor.account is None or donor.account.available_fen <= 0:
        return "no_money"
    if donor.year_limit_fen is not None and donor.used_year_fen >= donor.year_limit_fen:
        return "year_limit_reached"
    return "total_limit_reached"


def skip_text(reason: SkipReason, rank: int) -> str:
    return f"第 {rank} 顺位没有支付：{_SKIP_TEXT[reason]}。"
