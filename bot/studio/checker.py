"""All checks of an entry in one call, quick enough for every pause in typing."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date

from bot.content.entries import Entry
from bot.content.pen import Pen
from bot.messages import LANGUAGES
from bot.studio.around import Folder
from bot.studio.checks import Checks
from bot.studio.faults import Around, Fault
from bot.studio.nearness import Classifier, Nearness
from bot.studio.words import StudioWords

COUNTED = 5000
"""Entries whose number of faults is remembered."""


class Checker:
    """Finds what is wrong with an entry as it stands in an editor's window."""

    def __init__(self, pen: Pen, classifier: Classifier, words: StudioWords, *, today: Callable[[], date]) -> None:
        self._words = words
        self._folder = Folder(pen)
        self._checks = Checks(words)
        self._nearness = Nearness(words, classifier)
        self._today = today
        self._warming: threading.Thread | None = None
        self._counted: OrderedDict[tuple[str, date], int] = OrderedDict()

    async def around(self) -> Around:
        return await asyncio.to_thread(self._folder.around, self._today())

    def warm(self, around: Around) -> None:
        """Begin to get ready for the first check, which would take seconds; once."""
        if self._warming is None:
            wait = (around.entries, self._folder.wordings)
            self._warming = threading.Thread(target=self._nearness.prepare, args=wait, daemon=True)
            self._warming.start()

    async def faults(self, entry: Entry, *, key: str | None = None) -> list[Fault]:
        """What is wrong with it, errors first; `key` is what it was called before it was renamed."""
        return await asyncio.to_thread(self._faults, entry, key or entry.key)

    async def quick_faults(self, entries: Sequence[Entry]) -> list[list[Fault]]:
        """The same for many entries at once, without what is merely like other wordings or understood as others."""

        def look() -> list[list[Fault]]:
            around = self._folder.around(self._today())
            self._nearness.prepare(around.entries, self._folder.wordings)
            return [[*self._checks.faults(entry, around), *self._nearness.taken(entry, around)] for entry in entries]

        return await asyncio.to_thread(look)

    async def faults_of_leaving(self, key: str) -> list[Fault]:
        """What would be broken without an entry."""
        around = await self.around()
        return list(self._still_used(key, around))

    def count(self, entry: Entry, around: Around) -> int:
        """How many faults it has by itself, looked at once."""
        known = (entry.key + entry.digest, around.today)
        if known not in self._counted:
            self._counted[known] = sum(1 for _ in self._checks.faults(entry, around))
            while len(self._counted) > COUNTED:
                self._counted.popitem(last=False)
        return self._counted[known]

    def _faults(self, entry: Entry, key: str) -> list[Fault]:
        around = self._folder.around(self._today())
        found = list(self._checks.faults(entry, around))
        if entry.kind == "faq":
            self._nearness.prepare(around.entries, self._folder.wordings)
            found += self._nearness.faults(entry, around, known_as=key)
            if key != entry.key:
                found += self._still_used(key, around)
        return sorted(found, key=lambda fault: fault.severity)

    def _still_used(self, key: str, around: Around) -> list[Fault]:
        """Buttons that lead to an entry which is to go."""
        found = []
        for entry in around.entries.values():
            buttons = (button for side in LANGUAGES for answer in entry.answers[side] for button in answer.buttons)
            targets = {button.get("payload", "").partition("{")[0].strip() for button in buttons}
            if entry.key != key and f"/{key}" in targets:
                words = self._words.say("faults", "still_used", where=around.title(entry.key))
                found.append(Fault("error", "bad_button", "key", words, other=entry.key))
        return found
