"""What commands are given, read strictly: a slip is wrong usage, exit code 2; and what they say."""

import argparse
import sys
from datetime import date

from service.domain.enrolment import pooling_area
from service.domain.premium_terms import FIRST_YEAR, LAST_YEAR

_YEARS = range(FIRST_YEAR, LAST_YEAR + 1)


def area(text: str) -> str:
    """Six digits of a pooling area."""
    if not (text.isascii() and text.isdigit() and len(text) == 6) or pooling_area(text) != text:
        raise argparse.ArgumentTypeError("six digits of a pooling area, as 610100")
    return text


def year(text: str) -> int:
    """A premium year."""
    if not (text.isascii() and text.isdigit() and len(text) == 4) or int(text) not in _YEARS:
        raise argparse.ArgumentTypeError(f"a year from {_YEARS[0]} to {_YEARS[-1]}")
    return int(text)


def day(text: str) -> date:
    """YYYY-MM-DD."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if found.year not in _YEARS:
        raise argparse.ArgumentTypeError("a day as YYYY-MM-DD")
    return found


def say(text: str) -> None:
    """At once, though the output be a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
