"""Answers that hold for a time only: `valid_from` and `valid_until` in a question's metadata, both days included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from bot.content.entries import Entry
from bot.content.faults import Fault
from bot.content.model import Content

RESTING = "utter_faq_resting"
"""What is said in place of an answer that does not hold today."""


def holds(entry: Entry, today: date) -> bool:
    """Whether it is said today, on the shop's calendar; a date that cannot be read sets no limit."""
    begins, ends = _day(entry.valid_from), _day(entry.valid_until)
    return (begins is None or begins <= today) and (ends is None or today <= ends)


def resting(entries: Iterable[Entry], today: date) -> frozenset[str]:
    """The responses that are not given today."""
    return frozenset(entry.response for entry in entries if not holds(entry, today))


def faults(content: Content) -> Iterator[Fault]:
    """Dates that cannot be read, and answers that would end before they begin."""
    for intent in content.intents:
        days = []
        for name in ("valid_from", "valid_until"):
            written = intent.metadata.get(name) if intent.metadata is not None else None
            if written is None or written.text is None:
                continue
            day = _day(written.text)
            if day is None:
                yield written.place.error(f"'{written.text}' is no date such as 2026-12-31")
            else:
                days.append((day, written))
        if len(days) == 2 and days[0][0] > days[1][0]:
            yield days[1][1].place.error(f"'{intent.name}' would end before it begins")


def _day(written: str | None) -> date | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
