"""How updates come: Telegram is told our address once, or one worker of all asks for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from telegram.error import TelegramError

from bot.arrivals import Reader
from bot.errors import LeaseLost, StoreDown
from bot.messages import LANGUAGES
from channels.base import Inside
from channels.telegram.api import Api
from channels.telegram.texts import Texts
from channels.telegram.updates import number_of

logger = logging.getLogger(__name__)

LEASE_SECONDS = 9.0
"""A worker that asks for updates and dies is followed by another after this."""
REST_SECONDS = 3.0
"""How long a worker that does not ask, or got no answer, rests."""
LONGEST_REST_SECONDS = 60.0
QUIET = timedelta(days=6)
"""After a week without updates their numbers begin anew anywhere; then we ask for all there are."""


class Receiving:
    """One worker's part in it."""

    def __init__(self, api: Api, inside: Inside, take_in: Callable[[object], Awaitable[None]], texts: Texts) -> None:
        """`take_in` stores an update, or raises StoreDown."""
        self._api = api
        self._inside = inside
        self._take_in = take_in
        self._texts = texts

    async def announce(self, url: str, secret: str) -> None:
        """Tell Telegram our address; the first worker does it for all."""
        reader = self._reader("telegram-webhook")
        rest = REST_SECONDS
        while True:
            try:
                if await reader.take() is None:
                    return  # and it is not let go: who starts with us need not do it again
                await self._api.set_webhook(url, secret)
                await self._show_menu()
            except (TelegramError, StoreDown) as error:
                logger.warning("telegram was not told our address", extra={"error": type(error).__name__})
                await asyncio.sleep(rest)
                rest = min(rest * 2, LONGEST_REST_SECONDS)
            else:
                logger.info("telegram knows our address")
                return

    async def poll(self) -> None:
        """Ask for updates, for ever, whenever no other worker does."""
        reader = self._reader("telegram")
        is_told = False
        try:
            while True:
                try:
                    cursor = await reader.take()
                    if cursor is None:
                        is_told = False
                        await asyncio.sleep(REST_SECONDS)
                        continue
                    if not is_told:
                        await self._api.delete_webhook()  # as long as there is one, nobody may ask
                        await self._show_menu()
                        is_told = True
                    is_fresh = self._inside.talks.now() - cursor.moved_at < QUIET
                    async with reader.held():
                        await self._read(reader, int(cursor.value) if cursor.value and is_fresh else None)
                except (TelegramError, StoreDown, LeaseLost) as error:
                    logger.warning("no updates were read", extra={"error": type(error).__name__})
                    await asyncio.sleep(REST_SECONDS)
        finally:
            await asyncio.shield(self._let_go(reader))

    async def _read(self, reader: Reader, offset: int | None) -> None:
        """Read once; the place is moved when all that was read is stored."""
        got = await self._api.updates(offset)
        for update in got:
            await self._take_in(update)
        numbers = [number for update in got if (number := number_of(update)) is not None]
        if numbers:
            await reader.move(str(max(numbers) + 1))

    async def _show_menu(self) -> None:
        for language in LANGUAGES:
            # an app in another language shows the English words
            await self._api.set_commands(self._texts.menu(language), None if language == "en" else language)

    async def _let_go(self, reader: Reader) -> None:
        try:
            await reader.let_go()
        except StoreDown:
            logger.warning("the database is away; the lease runs out by itself")

    def _reader(self, what: str) -> Reader:
        name = f"{what}:{self._api.account}"
        return Reader(self._inside.database, name, lease_seconds=LEASE_SECONDS, now=self._inside.talks.now)
