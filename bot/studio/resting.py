"""Keeps answers to their days: what does not hold today is not said, from midnight in the shop on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, Protocol

from bot.content.entries import Entry
from bot.content.pen import Pen
from bot.content.validity import RESTING, resting

LOOK_SECONDS = 1.0


class Texts(Protocol):
    def resting(self, names: Collection[str], *, instead: str) -> Any: ...


class Speaking(Protocol):
    """The part of the engine that says things."""

    @property
    def texts(self) -> Texts: ...
    def exchange(self, *, texts: Any) -> None: ...


class Resting:
    """Looks at dates and at what editors changed, and has the engine say nothing that does not hold."""

    def __init__(self, pen: Pen, engine: Speaking, *, today: Callable[[], date]) -> None:
        self._pen = pen
        self._engine = engine
        self._today = today
        self._seen: tuple[Mapping[str, Entry], date] | None = None
        self._names: frozenset[str] = frozenset()

    async def look(self) -> None:
        """Once."""
        entries, today = await asyncio.to_thread(self._pen.entries), self._today()
        if self._seen is not None and self._seen[0] is entries and self._seen[1] == today:
            return
        self._seen = entries, today
        names = resting(entries.values(), today)
        if names != self._names:
            self._names = names
            self._engine.exchange(texts=self._engine.texts.resting(names, instead=RESTING))

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)
