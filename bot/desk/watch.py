"""What nobody has to think of: talks are given out, freed and handed back, deadlines watched, customers kept informed.

Every worker watches. Whatever is done is done once, since each step is written only where nobody did it before.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.desk.money import Money
from bot.desk.work import Desk
from bot.errors import StoreDown
from bot.live import LINE, PEOPLE

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
"""How often it is looked whether somebody waits."""
TIDY_SECONDS = 3.0
"""How often the rest is looked after."""


class Watch:
    """Looks after the line."""

    def __init__(self, desk: Desk, money: Money) -> None:
        self._live = desk.live
        self._upkeep = desk.upkeep
        self._money = money
        self._woken = asyncio.Event()

    async def work(self) -> None:
        """Watch for ever."""
        self._woken = asyncio.Event()
        self._live.listen(self._hear)
        tidied = 0.0
        while True:
            tidy = time.monotonic() - tidied >= TIDY_SECONDS
            if tidy:
                tidied = time.monotonic()
            try:
                await self.look(tidy=tidy)
            except StoreDown:
                logger.warning("the database is away; the line is looked after later")
                await asyncio.sleep(BEAT_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._woken.wait()
            self._woken.clear()

    async def look(self, *, tidy: bool = True) -> None:
        """Look once.

        Raises:
            StoreDown: the database did not answer.
        """
        steps: list[Callable[[], Awaitable[object]]] = [self._upkeep.assign]
        if tidy:
            upkeep = self._upkeep
            steps = [
                upkeep.release_gone,
                upkeep.release_silent,
                upkeep.release_idle,
                upkeep.watch_deadlines,
                self._money.go_on,
                upkeep.assign,
                upkeep.measure,
                upkeep.tell_places,
            ]
        for step in steps:
            try:
                await step()
            except StoreDown:
                raise
            except Exception:  # one step's fault must not keep the others from being done
                logger.exception("the line was not looked after", extra={"step": getattr(step, "__name__", "")})

    def _hear(self, topic: str) -> None:
        if topic in (LINE, PEOPLE):
            self._woken.set()
