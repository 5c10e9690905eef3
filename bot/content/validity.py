"""Answers that hold for a time only: `valid_from` and `valid_until` in a question's metadata, both days included."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot.content.entries import Entry

RESTING = "utter_faq_resting"
"""What is said in place of an answer that does not hold today."""


def holds(entry: Entry, today: date) -> bool:
    """Whether it is said today, on the shop's calendar; a date that cannot be read sets no limit."""
    begins, ends = _day(entry.valid_from), _day(entry.valid_until)
    return (begins is None or begins <= today) and (ends is None or today <= ends)


def resting(entries: Iterable[Entry], today: date) -> frozenset[str]:
    """The responses that are not given today."""
    return frozenset(entry.response for entry in entries if not holds(entry, today))


def _day(written: str | None) -> date | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
