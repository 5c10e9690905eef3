"""What WeChat adds to the talk: data/wechat.yml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.errors import ContentError
from bot.messages import LANGUAGES, UNREADABLE, Button
from bot.replies import clean

KINDS = ("voice", "video", "shortvideo", "location", "link", "file", "image", "miniprogrampage", "other")
WORDS = ("welcome", "choose", "file", "link", "picture")
GREETING = "greet"


class Texts:
    """Menu entries and sentences in both languages."""

    def __init__(self, written: Mapping[str, Any], *, language: str) -> None:
        """`language` is what is spoken to somebody whose language is not known."""
        self._menu: Mapping[str, Any] = written["menu"]
        self._kinds: Mapping[str, Mapping[str, str]] = written["kinds"]
        self._words: Mapping[str, Mapping[str, str]] = written["words"]
        self._language = language

    @classmethod
    def read(cls, path: Path, *, language: str) -> Texts:
        """The sentences of a YAML file.

        Raises:
            ContentError: one is missing or lacks a language.
        """
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
        menu = written.get("menu") or {}
        wanted = {f"menu: {key}": entry.get("title") for key, entry in menu.items()}
        wanted[f"menu: {GREETING}"] = (menu.get(GREETING) or {}).get("title")
        for room, names in (("kinds", KINDS), ("words", WORDS)):
            wanted |= {f"{room}: {name}": (written.get(room) or {}).get(name) for name in names}
        for name, both in wanted.items():
            if not isinstance(both, dict) or set(LANGUAGES) - both.keys():
                raise ContentError(f"{path}: {name} needs words in zh and in en")
        for key, entry in menu.items():
            if not isinstance(entry.get("intent"), str):
                raise ContentError(f"{path}: menu: {key} needs an intent")
        return cls(written, language=language)

    def choice(self, key: str) -> Button | None:
        """What an entry of the account's menu means; None when it is not ours."""
        entry = self._menu.get(key)
        return None if entry is None else Button(entry["title"][self._language], f"/{entry['intent']}")

    def unreadable(self, kind: str, told: str = "") -> str:
        """A message that has no words: what it was, in both languages, and what is `told` of it."""
        both = self._kinds[kind if kind in KINDS else "other"]
        return f"{UNREADABLE}[{both['zh']} / {both['en']}] {clean(told)[:500]}".rstrip()

    def word(self, name: str, like: str, **values: str) -> str:
        """A sentence in the language of the text `like`."""
        chinese = any("\u4e00" <= letter <= "\u9fff" for letter in like)
        language = "zh" if chinese else "en" if like.strip() else self._language
        text = self._words[name][language]
        for key, value in values.items():
            text = text.replace(f"{{{key}}}", value)
        return text
