"""When an order is due again: soon at first, later and later after that."""

from datetime import datetime, timedelta

LEASE = timedelta(minutes=2)
"""How long who takes orders has for one step; after that anybody finds them again, and asks."""
HOLD_EXPIRES = timedelta(days=3)
"""From when an open hold is worth a person's look. It is never freed by the clock."""
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(minutes=30)
_DOUBLINGS = 9
_MONEY, _LAST_DAY = timedelta(hours=6), timedelta(hours=1)
_CLOSED = timedelta(hours=1)


def ask_again(tries: int, *, now: datetime) -> datetime:
    """After `tries` attempts without a definite answer."""
    return now + min(_LONGEST, _FIRST * (1 << min(tries, _DOUBLINGS)))


def later_than(until: datetime | None, tries: int, *, now: datetime) -> datetime:
    """After the bureau said until when it is closed, if it did: its word is not trusted for longer
    than an hour, nor for less than any other answer would take."""
    again = ask_again(tries, now=now)
    return again if until is None else min(max(until, again), now + _CLOSED)


def hold_again(*, now: datetime, last_day: bool) -> datetime:
    """For what may pass: money that is short, a binding that is paused. Four times a day, and every
    hour on the last day it can be paid."""
    return now + (_LAST_DAY if last_day else _MONEY)


def credit_again(tries: int, *, now: datetime) -> datetime:
    """The insurance credits in batches of its own: asked for longer, up to four times a day."""
    return now + min(_MONEY, _FIRST * (1 << min(tries, 2 * _DOUBLINGS)))
