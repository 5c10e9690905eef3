"""Dates, money and lists as people write them, in Chinese and English; the words are data/words.yml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import yaml

from bot.errors import ContentError


class Words:
    """The short words that routines put into sentences."""

    def __init__(self, words: Mapping[str, Mapping[str, str]]) -> None:
        self._words = words

    @classmethod
    def read(cls, path: Path) -> Words:
        """The words of a YAML file: `name: {zh: …, en: …}`.

        Raises:
            ContentError: a word lacks a language.
        """
        words = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, word in words.items():
            if not isinstance(word, dict) or {"zh", "en"} - word.keys():
                raise ContentError(f"{path}: {name} needs a word in zh and in en")
        return cls(words)

    def text(self, name: str, language: str) -> str:
        """The word `name`; KeyError when there is none."""
        return self._words[name]["zh" if language == "zh" else "en"]

    def has(self, name: str) -> bool:
        return name in self._words

    def day(self, day: date, language: str, *, today: date | None = None) -> str:
        """`11 月 25 日（周三）`, `Wednesday 25 November`; with the year when it is not this one.

        Given `today`, the days next to it are called by name as well.
        """
        weekday = self.text(f"weekday_{day.isoweekday()}", language)
        month = self.text(f"month_{day.month}", language)
        other_year = today is not None and day.year != today.year
        near = self._near(day, language, today=today)
        if language == "zh":
            year = f"{day.year} 年 " if other_year else ""
            said = f"{year}{month} {day.day} 日（{weekday}）"
            return f"{near}，{said}" if near else said
        year = f" {day.year}" if other_year else ""
        said = f"{weekday} {day.day} {month}{year}"
        return f"{near}, {said}" if near else said

    def _near(self, day: date, language: str, *, today: date | None) -> str:
        if today is None:
            return ""
        name = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - today).days)
        return self.text(name, language) if name else ""

    def on(self, day: date, language: str, *, today: date) -> str:
        """The day as part of a sentence: `on Wednesday 25 November`, `tomorrow, Monday 23 November`."""
        said = self.day(day, language, today=today)
        return said if self._near(day, language, today=today) else self.text("on", language) + said

    def days(self, first: date, last: date, language: str, *, today: date) -> str:
        """Days in a row: `2 月 5 日至 7 日`, `5 to 7 February`; with years where they are not all this one."""
        years = first.year != last.year
        whole = self._date(last, language, year=years or last.year != today.year)
        if first == last:
            return whole
        to = self.text("to", language) + (" " if language == "zh" else "")
        if years or first.month != last.month:
            start = self._date(first, language, year=years or (language == "zh" and first.year != today.year))
            return start + to + (whole if years or language == "en" else self._date(last, language, year=False))
        if language == "zh":
            return f"{self._date(first, language, year=first.year != today.year)}{to}{last.day} 日"
        return f"{first.day}{to}{whole}"

    def _date(self, day: date, language: str, *, year: bool) -> str:
        """`2 月 5 日`, `5 February`."""
        month = self.text(f"month_{day.month}", language)
        if language == "zh":
            return f"{day.year} 年 {month} {day.day} 日" if year else f"{month} {day.day} 日"
        return f"{day.day} {month} {day.year}" if year else f"{day.day} {month}"

    def money(self, amount: Decimal, language: str) -> str:
        """`1,299 元`, `¥1,299`; fen only when there are some."""
        figure = f"{amount:,.2f}".removesuffix(".00")
        return f"{figure} 元" if language == "zh" else f"¥{figure}"

    def clock(self, moment: time) -> str:
        return moment.strftime("%H:%M")

    def around(self, name: str, text: str, language: str) -> str:
        """`text` between the words `name_before` and `name_after`: `from ¥2,000`, `2,000 元起`."""
        return self.text(f"{name}_before", language) + text + self.text(f"{name}_after", language)

    def aside(self, text: str, language: str) -> str:
        """`（春节）`, ` (Spring Festival)`: something added behind a word."""
        return self.around("aside", text, language)

    def listing(self, parts: Iterable[str], language: str) -> str:
        """`甲、乙和丙`, `a, b and c`."""
        items: Sequence[str] = list(parts)
        if len(items) < 2:
            return "".join(items)
        head = self.text("comma", language).join(items[:-1])
        return head + self.text("and", language) + items[-1]
