"""Dates are those of Asia/Shanghai; instants are aware. China has had no summer time since 1991."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def business_date(at: datetime) -> date:
    """The date in Asia/Shanghai at the instant `at`."""
    return at.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """The first instant of `day` in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def date_text(day: date) -> str:
    """`2026年1月5日`: no leading zeros, so that a screen reader says it as people do."""
    return f"{day.year}年{day.month}月{day.day}日"


def instant_text(at: datetime) -> str:
    """`2026年1月5日 9:05` in Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    return f"{date_text(local.date())} {local.hour}:{local.minute:02d}"
