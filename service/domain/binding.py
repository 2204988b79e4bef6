"""The binding (共济绑定): what a donor authorises one beneficiary to spend, and its states.

`State` and `Event` are one table; nothing else moves a binding. Time when it was signed, time from
which it can be used and the citizen's own begin and end dates are kept apart.
"""

from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from service.domain.calendar import start_of
from service.domain.money import FEN_MAX
from service.domain.refusal import Refusal

State = Literal[
    "awaiting_signature", "under_review", "active", "paused", "ended", "rejected", "withdrawn"
]
Event = Literal[
    "sign", "sign_for_review", "approve", "reject", "pause", "resume", "end", "withdraw", "expire"
]
Review = Literal["data_check", "clerk"]
ApplicationChannel = Literal["wechat", "alipay", "hall"]

LIVE: frozenset[State] = frozenset({"awaiting_signature", "under_review", "active", "paused"})

TRANSITIONS: dict[tuple[State, Event], State] = {
    ("awaiting_signature", "sign"): "active",
    ("awaiting_signature", "sign_for_review"): "under_review",
    ("awaiting_signature", "withdraw"): "withdrawn",
    ("awaiting_signature", "expire"): "withdrawn",
    ("under_review", "approve"): "active",
    ("under_review", "reject"): "rejected",
    ("under_review", "withdraw"): "withdrawn",
    ("under_review", "expire"): "withdrawn",
    ("active", "pause"): "paused",
    ("active", "end"): "ended",
    ("active", "expire"): "ended",
    ("paused", "resume"): "active",
    ("paused", "end"): "ended",
    ("paused", "expire"): "ended",
}


_ALWAYS: frozenset[Event] = frozenset({"end", "withdraw", "expire", "reject"})


class Limits(Struct, frozen=True, kw_only=True):
    """What the donor allows, in fen; None means no limit of the donor's own."""

    total_fen: int | None = None
    year_fen: int | None = None
    use_fen: int | None = None


class Terms(Struct, frozen=True, kw_only=True):
    """What the donor may set and change. `ends_on` is the last day; `rank` 1 pays first."""

    begins_on: date
    ends_on: date | None = None
    rank: int = 1
    limits: Limits = Limits()


class Binding(Struct, frozen=True, kw_only=True):
    """A binding as it stands. `area` is the donor's insurance area, whose rules apply."""

    id: UUID
    donor_id: UUID
    beneficiary_id: UUID
    area: str
    relation: str
    channel: ApplicationChannel
    state: State
    review: Review | None
    applied_by: UUID | None
    begins_on: date
    ends_on: date | None
    rank: int
    total_limit_fen: int | None
    year_limit_fen: int | None
    use_limit_fen: int | None
    applied_at: datetime
    signed_at: datetime | None
    effective_at: datetime | None
    ended_at: datetime | None

    @property
    def terms(self) -> Terms:
        limits = Limits(
            total_fen=self.total_limit_fen, year_fen=self.year_limit_fen, use_fen=self.use_limit_fen
        )
        return Terms(begins_on=self.begins_on, ends_on=self.ends_on, rank=self.rank, limits=limits)

    def expired_on(self, day: date) -> bool:
        """Whether its last day lies before `day`, whatever its state still says."""
        return self.ends_on is not None and self.ends_on < day


class Changes(Struct, frozen=True, kw_only=True):
    """UNSET leaves a thing as it is; None takes a limit or the last day away."""

    action: Literal["pause", "resume"] | UnsetType = UNSET
    rank: int | UnsetType = UNSET
    limits: Limits | UnsetType = UNSET
    begins_on: date | UnsetType = UNSET
    ends_on: date | UnsetType | None = UNSET

    @property
    def empty(self) -> bool:
        return self == Changes()

    @property
    def only_rank(self) -> bool:
        return self == Changes(rank=self.rank)


def by_party(binding: Binding, changes: Changes, *, is_donor: bool) -> Refusal | None:
    """The donor changes everything; the beneficiary the order of donors, once they have signed."""
    if changes.empty:
        return Refusal(code="binding.change_empty")
    if is_donor:
        return None
    if not changes.only_rank:
        return Refusal(code="binding.change_not_yours")
    if binding.state == "awaiting_signature":
        return Refusal(
            code="binding.state_does_not_allow", facts={"state": STATE_TEXT[binding.state]}
        )
    return None


def changed(terms: Terms, changes: Changes) -> Terms:
    """The terms after the changes."""
    wanted = {
        "rank": changes.rank,
        "limits": changes.limits,
        "begins_on": changes.begins_on,
        "ends_on": changes.ends_on,
    }
    return replace(terms, **{name: value for name, value in wanted.items() if value is not UNSET})


def widens(before: Terms, after: Terms) -> bool:
    """Whether the donor allows more than before: that takes the donor's own confirmation."""
    pairs = (
        (before.limits.total_fen, after.limits.total_fen),
        (before.limits.year_fen, after.limits.year_fen),
        (before.limits.use_fen, after.limits.use_fen),
        (before.ends_on, after.ends_on),
    )
    return any(old is not None and (new is None or new > old) for old, new in pairs)  # type: ignore[operator]


def advance(state: State, event: Event) -> State | Refusal:
    """The next state by the table, or a refusal naming what was tried."""
    following = TRANSITIONS.get((state, event))
    if following is None:
        return Refusal(code="binding.state_does_not_allow", facts={"state": STATE_TEXT[state]})
    return following


def following(binding: Binding, event: Event, *, on: date) -> State | Refusal:
    """The next state on a day: after its last day a binding can only come to an end."""
    if binding.state in LIVE and binding.expired_on(on) and event not in _ALWAYS:
        return Refusal(code="binding.state_does_not_allow", facts={"state": STATE_TEXT["ended"]})
    return advance(binding.state, event)


def reviewable(binding: Binding) -> Refusal | None:
    """A clerk decides what the rules send to a clerk, not what a data check is still to answer."""
    if binding.state == "under_review" and binding.review == "clerk":
        return None
    return Refusal(code="binding.state_does_not_allow", facts={"state": STATE_TEXT[binding.state]})


def effective_from(terms: Terms, *, activated_at: datetime) -> datetime:
    """From when it can be used: at once, or at the first instant of the day it begins."""
    return max(activated_at, start_of(terms.begins_on))


def over_from(binding: Binding, event: Event, *, at: datetime) -> datetime:
    """When it ended: by its last day at the following midnight, otherwise now."""
    if event == "expire" and binding.ends_on is not None:
        return start_of(binding.ends_on + timedelta(days=1))
    return at


def check_terms(
    terms: Terms, *, today: date, begun: date | None = None, until: date | None = None
) -> Refusal | None:
    """Dates in order and not in the past, limits that can be met. An unchanged begin (`begun`)
    may be past, an unchanged end (`until`) may be today."""
    if terms.begins_on < today and terms.begins_on != begun:
        return Refusal(code="binding.begins_in_the_past")
    if terms.ends_on is not None:
        earliest = today if terms.ends_on == until else today + timedelta(days=1)
        if terms.ends_on <= terms.begins_on or terms.ends_on < earliest:
            return Refusal(code="binding.ends_before_it_begins")
    limits = terms.limits
    amounts = [a for a in (limits.use_fen, limits.year_fen, limits.total_fen) if a is not None]
    if any(not 0 < amount <= FEN_MAX for amount in amounts):
        return Refusal(code="binding.limit_out_of_range")
    if amounts != sorted(amounts):
        return Refusal(code="binding.limits_contradict")
    return None


STATE_TEXT: dict[State, str] = {
    "awaiting_signature": "等待签署承诺书",
    "under_review": "审核中",
    "active": "已生效",
    "paused": "已暂停",
    "ended": "已结束",
    "rejected": "未通过审核",
    "withdrawn": "已撤回",
}
