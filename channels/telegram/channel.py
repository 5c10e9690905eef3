"""Telegram: private chats with a bot, by webhook or by asking for updates (docs/telegram.md)."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, ClassVar

import httpx
from sanic import Blueprint, HTTPResponse, Request
from sanic_ext import openapi
from telegram.error import TelegramError

from bot.arrivals import Arrivals
from bot.deliveries import More
from bot.errors import BadMessage, DeliveryRefused
from bot.files import Files
from bot.messages import UNREADABLE, Address, Button, Inbound
from bot.replies import clean, language_of
from bot.store.arrivals import Arrival
from bot.store.outbox import Parcel
from bot.store.talks import StoredFile
from channels.base import Inside, Limits
from channels.telegram import updates
from channels.telegram.api import Api
from channels.telegram.bubbles import Piece, pieces
from channels.telegram.receiving import Receiving
from channels.telegram.texts import Texts
from channels.telegram.updates import FileRef, Heard, Kind

logger = logging.getLogger(__name__)

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
MEANINGS = {"start": "/greet", "help": "/capabilities", "human": "/human"}
"""What the commands of the menu mean."""
TYPING_SECONDS = 4.0
"""Telegram shows typing for about five seconds."""
QUIET_SECONDS = 0.4
"""A turn that is quicker needs no sign that somebody types."""
LONGEST_TYPING_SECONDS = 60.0
FETCH_TRIES = 5
"""How often a file is fetched before its message goes on without it."""
NOTICES, NOTICE_SECONDS = 1, 60
"""Notices of one kind sent to one chat within so many seconds."""
PHOTO_BYTES = 10_000_000
PHOTOS = ("image/jpeg", "image/png", "image/webp")


class Telegram:
    """The Telegram channel of one bot."""

    name: ClassVar[str] = "telegram"
    limits: ClassVar[Limits] = Limits(body_bytes=262_144)
    answered_in_response: ClassVar[bool] = False
    deduplicates: ClassVar[bool] = False
    sends_per_second: ClassVar[int] = 30

    def __init__(self, api: Api, *, texts: Texts, files: Files, secret: str, public_url: str) -> None:
        """`secret` is what Telegram shows with each update; `public_url` is our own address, empty without one."""
        self._api = api
        self._texts = texts
        self._files = files
        self._secret = secret
        self._public_url = public_url
        self._inside: Inside | None = None
        self._arrivals: Arrivals | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def verify(self, headers: Mapping[str, str]) -> None:
        """Let Telegram in.

        Raises:
            BadMessage: the secret is missing or wrong, or none is set.
        """
        shown = headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not self._secret or not hmac.compare_digest(shown, self._secret.encode()):
            raise BadMessage("the secret token is missing or wrong", status=403)

    def blueprint(self, inside: Inside) -> Blueprint:
        self._inside = inside
        self._arrivals = Arrivals(inside.database, now=inside.talks.now)
        routes = Blueprint("telegram", url_prefix="/webhooks/telegram")

        @routes.post("/webhook")
        @openapi.definition(  # type: ignore[untyped-decorator]  # sanic_ext has no types
            summary="Telegram's updates", description="Called by Telegram; shows the secret token.", tag="channels"
        )
        async def webhook(request: Request) -> HTTPResponse:
            self.verify(request.headers)
            try:
                update = json.loads(request.body)
            except (ValueError, RecursionError):
                update = None
            await self.take_in(update)
            return HTTPResponse("", status=200)

        @routes.after_server_start
        async def begin(_: object) -> None:
            receiving = Receiving(self._api, inside, self.take_in, self._texts)
            self._begin(self._work_on_arrivals())
            self._begin(receiving.announce(self._webhook_url, self._secret) if self._secret else receiving.poll())

        @routes.before_server_stop
        async def end(_: object) -> None:
            await self.stop()

        return routes

    async def take_in(self, update: object) -> None:
        """Store what an update says. Whatever we cannot read is logged: Telegram would send it again for ever.

        Raises:
            StoreDown: it was not stored; do not acknowledge it.
        """
        try:
            heard = updates.parse(update)
        except ValueError as error:
            ids = {"update": updates.number_of(update), "error": str(error)}
            logger.warning("an update cannot be read", extra=ids)
            return
        if heard is None:
            logger.info("an update is not for us", extra={"update": updates.number_of(update)})
            return
        match heard.kind:
            case Kind.PRESSED:
                self._begin(self._end_press(heard.query))
                await self._receive(heard)
            case Kind.EDITED:
                self._begin(self._notice(heard, "edited"))
            case Kind.MESSAGE:
                await self._message(heard, update)
            case _:
                logger.info("a customer left or came back", extra={"what": str(heard.kind), "chat": heard.chat})

    async def send(self, parcel: Parcel) -> str | More | None:
        """Send one piece of a bubble; see `bot.deliveries.Sender`."""
        todo = pieces(parcel.data)
        if parcel.pieces >= len(todo):
            return None
        number = await self._send_piece(int(parcel.recipient), todo[parcel.pieces])
        return More() if parcel.pieces + 1 < len(todo) else number

    async def settle(self, address: Address, waiting: Sequence[Arrival]) -> Sequence[Arrival]:
        """Make a message of the first arrival, with what belongs to it; which arrivals those were.

        Raises:
            TelegramError, httpx.HTTPError: a file cannot be had now.
            StoreDown: nothing was stored.
        """
        first = waiting[0]
        together = [first]
        if first.bundle is not None:
            together = [each for each in waiting if each.bundle == first.bundle]
        heard = [parsed for each in together if (parsed := updates.parse(each.data)) is not None]
        files = [await self._kept(each, tries=first.tries) for each in heard]
        kept = [file for file in files if file is not None]
        text = "\n".join(each.text for each in heard if each.text)
        if text or kept or not any(each.file for each in heard):
            await self._receive(heard[0], text=text, files=kept)
        return together

    async def stop(self) -> None:
        """End what runs beside the webhook."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def aclose(self) -> None:
        await self.stop()
        await self._api.aclose()

    @property
    def _house(self) -> Inside:
        if self._inside is None:
            raise RuntimeError("the channel is not served")
        return self._inside

    @property
    def _webhook_url(self) -> str:
        return f"{self._public_url}/webhooks/telegram/webhook"

    async def _message(self, heard: Heard, update: object) -> None:
        """Receive a message, or keep it until its files are here and what came before it is done with."""
        assert self._arrivals is not None  # noqa: S101 - made with the routes
        address = self._address(heard.chat)
        if heard.file is None and not await self._arrivals.waits(address):
            await self._receive(heard)
            return
        data = update if isinstance(update, dict) else {}
        await self._arrivals.keep(address, external_id=heard.external_id, data=data, bundle=heard.album)

    async def _receive(self, heard: Heard, *, text: str | None = None, files: Sequence[StoredFile] = ()) -> None:
        if heard.phone:
            await self._house.talks.add_phone(self._address(heard.chat), heard.phone)
        said = _said(heard) if text is None else text
        message = Inbound(
            channel=self.name,
            account=self._api.account,
            external_id=heard.external_id,
            sender=str(heard.chat),
            text=said,
            button=clean(heard.button)[:255] or None,
            choice=self._choice(heard),
            files=tuple(file.as_json() for file in files),
            language=None if language_of(said) else heard.language,
        )
        if heard.phone is not None:
            await self._house.talks.add_phone(message.address, heard.phone)
        try:
            receipt = await self._house.talks.receive(message)
        except BadMessage:
            logger.warning("another message has this id", extra={"external_id": heard.external_id})
            return
        if receipt.fresh:
            self._begin(self._show_typing(heard.chat, self._house.router.nudge(receipt.conversation)))

    def _address(self, chat: int) -> Address:
        return Address(self.name, self._api.account, str(chat))

    def _choice(self, heard: Heard) -> Button | None:
        if heard.command is None or heard.payload is not None:
            return None
        return Button(self._texts.said(heard.command, heard.language), MEANINGS[heard.command])

    async def _kept(self, heard: Heard, *, tries: int) -> StoredFile | None:
        """The message's file, put away; None when it has none, or none that can be taken, which they are told."""
        if heard.file is None:
            return None
        try:
            data = await self._fetched(heard.file, tries)
            kept = await asyncio.to_thread(self._files.keep, data, heard.file.name)
        except BadMessage as error:
            names = {413: "file_too_big", 415: "file_refused"}
            await self._notice(heard, names.get(error.status, "file_lost"))
            return None
        stored = StoredFile(
            kept.id, f"telegram:{heard.chat}", kept.name, kept.type, kept.bytes, width=kept.width, height=kept.height
        )
        await self._house.talks.add_file(stored)
        return stored

    async def _fetched(self, file: FileRef, tries: int) -> bytes:
        if file.bytes > self._files.max_bytes:
            raise BadMessage("the file is too big", status=413)
        try:
            return await self._api.fetch(file.id, most=self._files.max_bytes)
        except (TelegramError, httpx.HTTPError) as error:
            if tries < FETCH_TRIES:
                raise
            raise BadMessage("the file cannot be had", status=410) from error

    async def _send_piece(self, chat: int, piece: Piece) -> str:
        if piece.file is not None:
            return await self._send_file(chat, piece)
        if not piece.image:
            return await self._api.send_text(chat, piece.text, piece.buttons)
        try:
            return await self._api.send_photo(chat, piece.image, piece.text, piece.buttons)
        except DeliveryRefused:  # Telegram could not fetch it, or it is no picture there
            shown = "\n".join(filter(None, (piece.text, piece.image)))
            return await self._api.send_text(chat, shown, piece.buttons)

    async def _send_file(self, chat: int, piece: Piece) -> str:
        assert piece.file is not None  # noqa: S101 - asked by the caller
        path = self._files.path(str(piece.file["id"]))
        try:
            data = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError as error:
            raise DeliveryRefused("the file is gone") from error
        name = str(piece.file["name"])
        if piece.file["type"] in PHOTOS and len(data) <= PHOTO_BYTES:
            try:
                return await self._api.send_photo(chat, data, "", piece.buttons, name=name)
            except DeliveryRefused:  # too long and thin, for example; as a document anything goes
                logger.info("a picture is sent as a document", extra={"chat": chat})
        return await self._api.send_document(chat, data, name, piece.buttons)

    async def _work_on_arrivals(self) -> None:
        assert self._arrivals is not None  # noqa: S101 - made with the routes
        await self._arrivals.work(self.name, self.settle)

    async def _end_press(self, query: str) -> None:
        try:
            await self._api.answer_press(query)
        except TelegramError as error:  # one that is repeated is too old by then
            logger.info("a pressed button could not be answered", extra={"error": type(error).__name__})

    async def _notice(self, heard: Heard, name: str) -> None:
        """Tell them something that is no part of the talk; at most once in a while, and never again when it fails."""
        subject = f"telegram-notice:{name}:{heard.chat}"
        if not await self._house.live.allow(subject, limit=NOTICES, window_seconds=NOTICE_SECONDS):
            return
        try:
            await self._api.send_text(heard.chat, self._texts.notice(name, heard.language))
        except Exception as error:  # whatever it is: the talk goes on without
            logger.info("a notice was not sent", extra={"notice": name, "error": type(error).__name__})

    async def _show_typing(self, chat: int, turn: asyncio.Task[None]) -> None:
        """Show that somebody types for as long as the turn runs."""
        await asyncio.wait([turn], timeout=QUIET_SECONDS)
        until = asyncio.get_running_loop().time() + LONGEST_TYPING_SECONDS
        while not turn.done() and asyncio.get_running_loop().time() < until:
            try:
                await self._api.show_typing(chat)
            except TelegramError as error:
                logger.info("typing was not shown", extra={"error": type(error).__name__})
                return
            await asyncio.wait([turn], timeout=TYPING_SECONDS)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _said(heard: Heard) -> str:
    """The message's words. A link's payload counts as typed; a card of one's own is the number."""
    if heard.wordless:
        return f"{UNREADABLE}{heard.wordless}"
    if heard.command is not None:
        return heard.payload or ""
    return heard.text or heard.phone or ""
