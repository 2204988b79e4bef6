"""The line between our database and the outside world.

No platform is called while a transaction is open: a slow answer would hold row locks, and a
rolled back transaction could not take the call back. `database` marks, gateway clients ask.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)


@contextmanager
def transaction_open() -> Iterator[None]:
    token = _in_transaction.set(True)
    try:
        yield
    finally:
        _in_transaction.reset(token)


def assert_outside_transaction() -> None:
    """Raise AssertionError when a gateway is called inside a transaction: a fault of ours."""
    if _in_transaction.get():
        raise AssertionError("an outside platform was called inside a database transaction")
