"""What is found in an entry, and what it is checked against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from bot.content.entries import Entry
from bot.studio.words import Both


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to look at. An error keeps an entry from being handed in."""

    severity: Literal["error", "warning"]
    code: str
    field: str
    """`examples.zh.3`, `answers.en.0.text`, or the entry's own."""
    words: Both
    other: str | None = None
    """The entry or intent it is about, beside this one."""
    channel: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "severity": self.severity,
            "code": self.code,
            "field": self.field,
            "words": dict(self.words),
            "other": self.other,
            "channel": self.channel,
        }


@dataclass(frozen=True, slots=True)
class Around:
    """What an entry stands among."""

    entries: Mapping[str, Entry]
    """What is published."""
    intents: frozenset[str]
    entities: frozenset[str]
    slots: frozenset[str]
    policies: Mapping[str, Any]
    today: date

    def title(self, label: str) -> Both:
        """What people call an entry or an intent."""
        entry = self.entries.get(label)
        if entry is None:
            return {"zh": label, "en": label}
        return {language: entry.title(language) or label for language in ("zh", "en")}
