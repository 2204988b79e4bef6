"""Keeps every log line of the whole test run, for the test that looks for personal data in them."""

import contextlib
import io
import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import structlog

from service.domain.person import IdNumber, parse_id_number

LINES = io.StringIO()
"""What this process logged, by our own loggers and by every library's."""

_ID_NUMBER = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?!\d)")
_PHONE = re.compile(r"(?<![\d.])1[3-9]\d{9}(?![\d])")
_TOKEN = re.compile(r"[a-z2-7]{16}\.[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"测试\w")


class _Keep(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        LINES.write(f"{record.name} {record.getMessage()} {record.exc_info or ''}\n")


@contextlib.contextmanager
def keep_logs() -> Iterator[None]:
    """Everything that the service's own log settings let through."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(LINES))
    handler = _Keep()
    root = logging.getLogger()
    root.addHandler(handler)
    yield
    root.removeHandler(handler)


def all_lines(folder: Path) -> list[str]:
    """This process's lines and those of the services that tests started."""
    files = "".join(path.read_text(errors="replace") for path in folder.glob("*.stderr"))
    return (LINES.getvalue() + files).splitlines()


def findings(lines: list[str]) -> list[str]:
    """Lines with an ID number, a name of the test population, a phone number or a token."""
    return [line for line in lines if _suspicious(line)]


def _suspicious(line: str) -> bool:
    today = date.today()  # noqa: DTZ011
    numbers = (parse_id_number(text, today=today) for text in _ID_NUMBER.findall(line))
    if any(isinstance(number, IdNumber) for number in numbers):
        return True
    return any(pattern.search(line) for pattern in (_PHONE, _TOKEN, _NAME))
