"""When an order is due again: soon at first, later and later after that."""

from datetime import datetime, timedelta

LEASE = timedelta(minutes=2)
"""How long who takes orders has for one step; after that anybody finds them again, and asks."""
HOLD_EXPIRES = timedelta(days=3)
"""From when an open hold is worth a person's look. It is never freed by the clock."""
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(minutes=30)
_DOUBLINGS = 9
_MONEY = timedelta(hours=6)


def ask_again(tries: int, *, now: datetime) -> datetime:
    """After `tries` attempts without a definite answer."""
    return now + min(_LONGEST, _FIRST * (1 << min(tries, _DOUBLINGS)))


def hold_again(*, now: datetime) -> datetime:
    """For what may pass: money that is short, a binding that is paused. Four times a day."""
    return now + _MONEY


def credit_again(tries: int, *, now: datetime) -> datetime:
    """The insurance credits in batches of its own: asked for longer, up to four times a day."""
    return now + min(_MONEY, _FIRST * (1 << min(tries, 2 * _DOUBLINGS)))
