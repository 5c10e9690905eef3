"""Messages that wait for what comes with them to be fetched, and what is sent meanwhile behind them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.errors import GuitaiError, NotDelivered, TryLater
from bot.files import Files
from bot.messages import Address, Button, Inbound
from bot.store import passive
from bot.store.arrivals import Arrival
from bot.store.talks import StoredFile
from channels.base import Inside
from channels.wechat.api import MEDIA_BYTES, Api
from channels.wechat.texts import Texts

logger = logging.getLogger(__name__)

FETCH_TRIES = 4
"""How often a file is fetched before its sender is told that it did not come."""


def kept(message: Inbound, media_id: str) -> dict[str, Any]:
    """A message as it waits."""
    choice = [message.choice.title, message.choice.payload] if message.choice else None
    return {"text": message.text, "button": message.button, "choice": choice, "media_id": media_id}


class Waiting:
    """Sees to the messages that wait on one channel."""

    def __init__(self, inside: Inside, *, api: Api, files: Files, texts: Texts) -> None:
        self._inside = inside
        self._api = api
        self._files = files
        self._texts = texts

    async def see_to(self, who: Address, waiting: Sequence[Arrival]) -> Sequence[Arrival]:
        """Have a customer's oldest answered, with its file when it has one."""
        arrival = waiting[0]
        message = _restored(who, arrival)
        if media_id := arrival.data.get("media_id"):
            message = await self._with_file(message, str(media_id), arrival.tries)
        receipt = await self._inside.talks.receive(message)
        # the platform has its answer already
        await self._inside.database.run(passive.give_up, receipt.message, now=self._inside.talks.now())
        self._inside.router.send_now(receipt.conversation)
        return [arrival]

    async def _with_file(self, message: Inbound, media_id: str, tries: int) -> Inbound:
        most = min(self._files.max_bytes, MEDIA_BYTES)
        try:
            data = await self._api.download("/cgi-bin/media/get", media_id, most=most)
            stored = await asyncio.to_thread(self._files.keep, data, "picture")
        except (GuitaiError, OSError) as error:
            if isinstance(error, NotDelivered | TryLater) and tries < FETCH_TRIES:
                raise
            logger.warning("a file was not fetched", extra={"channel": message.channel, "why": type(error).__name__})
            return replace(message, text=self._texts.unreadable("image"))
        owner = f"{message.channel}:{message.sender}"
        file = StoredFile(
            stored.id, owner, stored.name, stored.type, stored.bytes, width=stored.width, height=stored.height
        )
        await self._inside.talks.add_file(file)
        return replace(message, files=(file.as_json(),))


def _restored(who: Address, arrival: Arrival) -> Inbound:
    data = arrival.data
    choice = data.get("choice")
    return Inbound(
        channel=who.channel,
        account=who.account,
        external_id=arrival.external_id,
        sender=who.sender,
        text=data["text"],
        button=data["button"],
        choice=Button(*choice) if choice else None,
    )
