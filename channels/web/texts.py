"""What the widget says before and beside the talk: data/web.yml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ContentError
from bot.messages import LANGUAGES

ERRORS = (
    "bad_frame",
    "too_long",
    "slow_down",
    "expired",
    "not_yours",
    "not_stored",
    "file_refused",
    "file_too_big",
    "upgrade",
)
TRANSCRIPT = ("title", "times", "empty", "customer", "bot", "agent", "system", "image", "file")

Both = Mapping[str, str]
"""A sentence in each language."""


class Texts:
    """The widget's sentences in both languages."""

    def __init__(self, written: Mapping[str, Any]) -> None:
        self.shop: Both = written["shop"]
        self.greeting: Both = written["greeting"]
        self.suggestions: Mapping[str, list[str]] = written["suggestions"]
        self._errors: Mapping[str, Both] = written["errors"]
        self._transcript: Mapping[str, Both] = written["transcript"]

    @classmethod
    def read(cls, path: Path) -> Texts:
        """The sentences of a YAML file.

        Raises:
            ContentError: one is missing or lacks a language.
        """
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
        wanted = {"shop": written.get("shop"), "greeting": written.get("greeting")}
        wanted |= {"suggestions": written.get("suggestions")}
        for room, names in (("errors", ERRORS), ("transcript", TRANSCRIPT)):
            wanted |= {f"{room}: {name}": (written.get(room) or {}).get(name) for name in names}
        for name, both in wanted.items():
            if not isinstance(both, dict) or set(LANGUAGES) - both.keys():
                raise ContentError(f"{path}: {name} needs words in zh and in en")
        return cls(written)

    def error(self, code: str) -> Both:
        return self._errors[code]

    def word(self, name: str, language: str) -> str:
        """A word of the transcript."""
        return self._transcript[name]["zh" if language == "zh" else "en"]
