"""What customers uploaded and never sent goes after a day."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.errors import StoreDown
from bot.files import Files
from bot.store import talks
from bot.store.database import Database

logger = logging.getLogger(__name__)

KEPT = timedelta(days=1)
"""How long a file may wait to be sent: a widget without a network sends it when it is back."""
EVERY_SECONDS = 3600.0
AT_ONCE = 200


class Leftovers:
    """Every worker sweeps; what another one has swept is no longer there."""

    def __init__(self, database: Database, files: Files, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._files = files
        self._now = now

    async def work(self) -> None:
        """Sweep for ever."""
        while True:
            try:
                await self.sweep()
            except StoreDown:
                logger.warning("the database is away; files that were never sent go later")
            await asyncio.sleep(EVERY_SECONDS)

    async def sweep(self) -> int:
        """Sweep once; how many files went.

        The rows go first, so that no message finds a file whose bytes are gone.

        Raises:
            StoreDown: the database did not answer.
        """
        swept = 0
        while gone := await self._database.run(talks.drop_unsent, before=self._now() - KEPT, limit=AT_ONCE):
            await asyncio.to_thread(self._files.remove, gone)
            swept += len(gone)
        if swept:
            logger.info("files that were never sent are gone", extra={"files": swept})
        return swept
