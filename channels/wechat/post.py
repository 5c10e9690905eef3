"""Sending: one part at a time, within what the platform lets us send, and what became of it in our words."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

import httpx

from bot.deliveries import More
from bot.errors import CustomerLeft, DeliveryRefused, GuitaiError, MaybeDelivered, TryLater
from bot.files import Files, kind_of
from bot.messages import Address
from bot.store import platforms
from bot.store.database import Database
from bot.store.outbox import Parcel
from bot.store.platforms import Room
from channels.wechat.api import TYPING_IN_VAIN, Api, QuotaUsed, Refused, WindowClosed
from channels.wechat.outgoing import AddressOf, Menu, Part, Picture, Words, parts
from channels.wechat.texts import Texts

logger = logging.getLogger(__name__)

PUT_OFF_SECONDS = 3600.0
"""What there is no room for waits for so long, or until the customer does something."""
PICTURE_BYTES = 5 * 1024 * 1024
PICTURE_SECONDS = 4.0


class Wire(Protocol):
    """How one kind of account is sent to."""

    path: str
    numbered: bool
    """Buttons become a numbered list."""

    def payload(self, who: Address, key: str, part: Words | Menu | str) -> dict[str, Any]:
        """A message; a text is the media id of a picture. `key` names it for ever."""

    async def check(self, who: Address, api: Api) -> None:
        """Raises DeliveryRefused when somebody else speaks to the customer."""


class Post:
    """Sends to the customers of one account."""

    def __init__(
        self,
        wire: Wire,
        *,
        api: Api,
        database: Database,
        files: Files,
        texts: Texts,
        address_of: AddressOf | None,
        now: Callable[[], datetime],
    ) -> None:
        self.api = api
        self._wire = wire
        self._database = database
        self._files = files
        self._texts = texts
        self._address_of = address_of
        self._now = now

    async def send(self, parcel: Parcel) -> str | More | None:
        """Send one part of a bubble; see `bot.deliveries.Sender`."""
        whole = parts(parcel.data, self._texts, numbered=self._wire.numbered, address_of=self._address_of)
        if not whole:
            raise DeliveryRefused("there is nothing in it that WeChat can show")
        place = min(parcel.pieces, len(whole) - 1)
        who, key = Address(parcel.channel, parcel.account, parcel.recipient), message_key(parcel.key, place)
        await self._wire.check(who, self.api)
        await self._spend(who)
        try:
            platform_id = await self._sent(who, key, whole[place])
        except QuotaUsed as error:
            await self._database.run(platforms.use_up, who)
            raise TryLater(PUT_OFF_SECONDS) from error
        except WindowClosed:
            await self._database.run(platforms.close, who, now=self._now())
            raise
        except CustomerLeft:
            await self._database.run(platforms.leave, who, now=self._now())
            raise
        except MaybeDelivered:
            raise
        except GuitaiError:
            await self._database.run(platforms.unspend, who)
            raise
        if place + 1 < len(whole):
            return More()
        if self._wire.numbered:
            offers = [token for part in whole if isinstance(part, Words) for token in part.offers]
            await self._database.run(platforms.offer, who, offers)
        return platform_id

    async def show_typing(self, path: str, recipient: str) -> None:
        """Show that somebody writes; when that is not to be had, it is left out."""
        try:
            await self.api.call(path, {"touser": recipient, "command": "Typing"})
        except Refused as error:
            if error.code not in TYPING_IN_VAIN:
                logger.warning("typing is not shown", extra={"code": error.code})
        except GuitaiError as error:
            logger.info("typing is not shown", extra={"why": type(error).__name__})

    async def _spend(self, who: Address) -> None:
        room = await self._database.run(platforms.spend, who, now=self._now())
        match room:
            case Room.GONE:
                raise CustomerLeft("they left the channel")
            case Room.CLOSED:
                raise WindowClosed("they have done nothing for too long; it can be sent again when they write")
            case Room.ELSEWHERE:
                raise DeliveryRefused("they are served on the platform itself")
            case Room.USED_UP:
                logger.warning("a reply waits until the customer writes", extra={"channel": who.channel})
                raise TryLater(PUT_OFF_SECONDS)

    async def _sent(self, who: Address, key: str, part: Part) -> str | None:
        content: Words | Menu | str = await self._uploaded(part) if isinstance(part, Picture) else part
        answer = await self.api.call(self._wire.path, self._wire.payload(who, key, content))
        told = answer.get("msgid")
        return str(told)[:255] if told else None

    async def _uploaded(self, picture: Picture) -> str | Words:
        """The picture's id on the platform, or what is said instead."""
        try:
            data = await self._bytes_of(picture)
            kind = kind_of(data) or ""
            if not kind.startswith("image/"):
                raise DeliveryRefused("it is no picture")
            name = f"picture.{kind.partition('/')[2]}"
            return await self.api.upload("/cgi-bin/media/upload", name, data, kind)
        except (DeliveryRefused, OSError) as error:
            logger.warning("a picture is told of in words", extra={"why": type(error).__name__})
            return Words(picture.instead)

    async def _bytes_of(self, picture: Picture) -> bytes:
        if picture.file:
            path = self._files.path(picture.file)
            return await asyncio.to_thread(path.read_bytes)
        return await fetched(picture.url)


def message_key(key: str, place: int) -> str:
    """Names one message for ever, in the 32 letters that the platform takes."""
    return hashlib.sha256(f"{key}/{place}".encode()).hexdigest()[:32]


async def fetched(url: str) -> bytes:
    """A picture of the shop's, by the address that a reply has.

    Raises:
        DeliveryRefused: it is not to be had, or too big.
    """
    try:
        async with (
            asyncio.timeout(PICTURE_SECONDS),
            httpx.AsyncClient(follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise DeliveryRefused(f"the picture's server answered {answer.status_code}")
            data = b""
            async for part in answer.aiter_bytes():
                data += part
                if len(data) > PICTURE_BYTES:
                    raise DeliveryRefused("the picture is too big")
            return data
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise DeliveryRefused(type(error).__name__) from error


class CustomSend:
    """Customer-service messages of official accounts, and of mini programs, which have no menus."""

    path = "/cgi-bin/message/custom/send"

    def __init__(self, *, numbered: bool = False) -> None:
        self.numbered = numbered

    async def check(self, who: Address, api: Api) -> None:
        """Nobody else speaks there."""

    def payload(self, who: Address, key: str, part: Words | Menu | str) -> dict[str, Any]:
        made: Mapping[str, Any]
        match part:
            case str():
                made = {"msgtype": "image", "image": {"media_id": part}}
            case Words():
                made = {"msgtype": "text", "text": {"content": part.text}}
            case Menu():
                listed = [{"id": each["payload"], "content": each["title"]} for each in part.buttons]
                menu = {"head_content": part.head, "list": listed, "tail_content": ""}
                made = {"msgtype": "msgmenu", "msgmenu": menu}
        return {"touser": who.sender, **made}
