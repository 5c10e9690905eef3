"""Days as shops count them."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later; the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def add_working_days(day: date, count: int) -> date:
    """The day `count` working days later; weekends do not count, public holidays do (no calendar of them is kept)."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            count -= 1
    return day


def local(moment: datetime, timezone: str) -> datetime:
    """An aware moment on the clock of `timezone`."""
    return moment.astimezone(ZoneInfo(timezone))
