"""Keeps every log line of the whole test run, for the test that looks for personal data in them."""

import contextlib
import io
import logging
from collections.abc import Iterator

LINES = io.StringIO()


class _Keep(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        LINES.write(f"{record.name} {record.getMessage()}\n")


@contextlib.contextmanager
def keep_logs() -> Iterator[None]:
    """Everything at DEBUG from every library, and our structured lines."""
    handler = _Keep(level=logging.DEBUG)
    root = logging.getLogger()
    root.addHandler(handler)
    yield
    root.removeHandler(handler)
