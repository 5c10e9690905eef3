"""Opening hours in words: of a day, a week, a holiday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from actions.talk import Talk
from bot.retail.hours import DayHours, holiday_week, hours_on
from bot.retail.shop import Hours, Store

SOON = timedelta(days=45)
"""Holidays this near are worth telling unasked."""


def hours_text(talk: Talk, hours: Hours) -> str:
    """`10:00-22:00`, or that it is closed."""
    if hours.opens is None or hours.closes is None:
        return talk.words.text("closed", talk.language)
    return f"{talk.words.clock(hours.opens)}-{talk.words.clock(hours.closes)}"


def day_text(talk: Talk, day: DayHours) -> str:
    """A day's hours, with the holiday's name when they are the holiday's."""
    hours = hours_text(talk, day.hours)
    return hours + talk.words.aside(day.holiday.name.in_(talk.language), talk.language) if day.holiday else hours


def week_text(talk: Talk, store: Store) -> str:
    """`周一至周四 10:00-22:00，周五至周六 10:00-22:30，…`: neighbours with the same hours together."""
    words, language = talk.words, talk.language
    spans: list[tuple[int, int, Hours]] = []
    for number, hours in enumerate(store.week, start=1):
        if spans and spans[-1][2] == hours:
            spans[-1] = (spans[-1][0], number, hours)
        else:
            spans.append((number, number, hours))
    if len(spans) == 1:
        return f"{words.text('every_day', language)} {hours_text(talk, spans[0][2])}"
    said = []
    for first, last, hours in spans:
        weekdays = [words.text(f"weekday_{number}", language) for number in dict.fromkeys((first, last))]
        said.append(f"{words.text('to', language).join(weekdays)} {hours_text(talk, hours)}")
    return words.text("between", language).join(said)


def festival_text(talk: Talk, store: Store, day: date) -> str:
    """All days of the holiday on `day`; empty on other days."""
    return spans_text(talk, holiday_week(store, day))


def spans_text(talk: Talk, days: Sequence[DayHours]) -> str:
    """`2 月 5 日至 7 日 不营业，2 月 8 日至 11 日 11:00-18:00`."""
    spans: list[tuple[date, date, Hours]] = []
    for one in days:
        if spans and spans[-1][2] == one.hours and spans[-1][1] + timedelta(days=1) == one.day:
            spans[-1] = (spans[-1][0], one.day, one.hours)
        else:
            spans.append((one.day, one.day, one.hours))
    said = [
        f"{talk.words.days(first, last, talk.language, today=talk.today)} {hours_text(talk, hours)}"
        for first, last, hours in spans
    ]
    return talk.words.text("between", talk.language).join(said)


def soon_text(talk: Talk, store: Store) -> str:
    """Holidays of the next weeks by name, with their hours; empty when there are none."""
    colon = talk.words.text("colon", talk.language)
    near = sorted(
        (holiday for holiday in store.holidays if talk.today < holiday.first_day <= talk.today + SOON),
        key=lambda holiday: holiday.first_day,
    )
    firsts = {holiday.name: holiday.first_day for holiday in reversed(near)}
    return "\n".join(
        f"{holiday.name.in_(talk.language)}{colon}{festival_text(talk, store, holiday.first_day)}"
        for holiday in near
        if firsts[holiday.name] == holiday.first_day
    )


def days_text(talk: Talk, store: Store, days: Sequence[date]) -> str:
    """A store's hours on some days, a line each."""
    colon = talk.words.text("colon", talk.language)
    return "\n".join(
        f"{talk.words.day(day, talk.language, today=talk.today)}{colon}{day_text(talk, hours_on(store, day))}"
        for day in days
    )
