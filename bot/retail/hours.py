"""When a store is open and when people answer, on their own clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.retail.calendar import local
from bot.retail.policies import Policies
from bot.retail.shop import Holiday, Hours, Store

FAR = 60
"""Days ahead that are searched for the next opening; no holiday is nearly so long."""


@dataclass(frozen=True, slots=True)
class DayHours:
    """A store's hours on one day."""

    day: date
    hours: Hours
    holiday: Holiday | None
    """The holiday whose hours apply; None on an ordinary day."""

    @property
    def closed(self) -> bool:
        return self.hours.closed


def holiday_on(store: Store, day: date) -> Holiday | None:
    """The holiday of a day; the shortest where several rows cover it."""
    found = [holiday for holiday in store.holidays if holiday.first_day <= day <= holiday.last_day]
    return min(found, key=lambda holiday: holiday.last_day - holiday.first_day, default=None)


def hours_on(store: Store, day: date) -> DayHours:
    """A store's hours on a day; a holiday wins over the weekday."""
    holiday = holiday_on(store, day)
    return DayHours(day, holiday.hours if holiday else store.week[day.weekday()], holiday)


def holiday_week(store: Store, day: date) -> tuple[DayHours, ...]:
    """All days of the holiday on which `day` falls, neighbouring rows of the same name included; empty on other days.

    Spring Festival has closed days and short days: who asks for the festival wants to hear both.
    """
    holiday = holiday_on(store, day)
    if holiday is None:
        return ()
    rows = [
        row for row in store.holidays if row.name == holiday.name and abs(row.first_day - day) < timedelta(days=FAR)
    ]
    first, last = min(row.first_day for row in rows), max(row.last_day for row in rows)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(found for found in (hours_on(store, day) for day in days) if found.holiday)


@dataclass(frozen=True, slots=True)
class Now:
    """Whether a store is open at a moment."""

    open: bool
    today: DayHours
    until: time | None
    """When it closes today; None when it is not open now."""
    opens_at: datetime | None
    """When it opens next, on the store's clock; None while open, or when no opening is in sight."""

    @property
    def opens_today(self) -> bool:
        """Whether it is still to open today."""
        return self.opens_at is not None and self.opens_at.date() == self.today.day


def open_now(store: Store, moment: datetime) -> Now:
    """A store at an aware moment. At its closing minute it is closed."""
    here = local(moment, store.timezone)
    today = hours_on(store, here.date())
    clock = here.time()
    opens, closes = today.hours.opens, today.hours.closes
    if opens is not None and closes is not None and opens <= clock < closes:
        return Now(True, today, closes, None)
    return Now(False, today, None, _next_opening(store, here))


def _next_opening(store: Store, here: datetime) -> datetime | None:
    for ahead in range(FAR):
        day = here.date() + timedelta(days=ahead)
        opens = hours_on(store, day).hours.opens
        if opens is not None and (ahead or opens > here.time()):
            return datetime.combine(day, opens, tzinfo=here.tzinfo)
    return None


@dataclass(frozen=True, slots=True)
class Duty:
    """Whether people answer at a moment."""

    on: bool
    starts_at: datetime | None
    """When they answer next, on the shop's clock; None while they do."""
    opens: time
    closes: time


def on_duty(moment: datetime, policies: Policies, *, timezone: str = "Asia/Shanghai") -> Duty:
    """Whether a person answers at an aware moment; the hours are the same every day."""
    here = local(moment, timezone)
    opens, closes = policies.human_service_hours
    if opens <= here.time() < closes:
        return Duty(True, None, opens, closes)
    day = here.date() if here.time() < opens else here.date() + timedelta(days=1)
    return Duty(False, datetime.combine(day, opens, tzinfo=here.tzinfo), opens, closes)
