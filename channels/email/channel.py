"""Email: a mailbox that is read by IMAP and answered by SMTP (docs/email.md)."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from email.headerregistry import Address as Named
from typing import Any, ClassVar

from sanic import Blueprint

from bot.arrivals import Reader
from bot.errors import BadMessage, DeliveryRefused, LeaseLost, StoreDown
from bot.files import Files
from bot.messages import UNREADABLE, Address, Inbound, Language
from bot.replies import language_of
from bot.store import threads
from bot.store.outbox import Parcel
from bot.store.talks import StoredFile
from channels.base import Inside, Limits
from channels.email import letters, outgoing
from channels.email.letters import Letter, Unreadable
from channels.email.mailbox import Faults, Found, Mailbox, Place
from channels.email.tokens import TRUSTED, Tokens

logger = logging.getLogger(__name__)

LEASE_SECONDS = 15.0
"""A worker that reads the mailbox and dies is followed by another after this."""
WAIT_SECONDS = 20.0
"""How long one waiting lasts; then we look by ourselves: what is told in the moment it begins may go unnoticed."""
ASK_SECONDS = 20.0
"""How often a server is asked that cannot tell by itself."""
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 1.0, 30.0
ELSEWHERE_SECONDS = 5.0
"""How often a worker looks whether the one that reads still does."""
OVERLAP = timedelta(days=1)
"""How far back we look when a mailbox has counted its letters anew."""
LETTERS_AN_HOUR = 30
"""Taken from one address; a machine that answers our answers is stopped by this at last."""
HOUR = 3600
TRUST_MARK = "#"
"""Between an address nobody vouches for and its thread: each such thread is a stranger's talk of its own."""


class Email:
    """The email channel of one mailbox."""

    name: ClassVar[str] = "email"
    limits: ClassVar[Limits] = Limits(body_bytes=1024)
    answered_in_response: ClassVar[bool] = False
    deduplicates: ClassVar[bool] = False
    sends_per_second: ClassVar[int] = 10
    joins_replies: ClassVar[bool] = True

    def __init__(
        self,
        *,
        address: str,
        shown_as: str,
        user: str,
        password: str,
        imap_url: str,
        smtp_url: str,
        authserv: str,
        secret: str,
        files: Files,
        choose: Mapping[Language, str],
    ) -> None:
        """`authserv` is how our mail server signs its checks, `secret` seals our letters' ids.

        `choose` asks for a button's number.
        """
        self._address = address.lower()
        self._shown_as = Named(shown_as, addr_spec=address)
        self._user, self._password = user, password
        self._imap_url, self._smtp_url = imap_url, smtp_url
        self._authserv = authserv
        self._tokens = Tokens(secret, self._address.partition("@")[2])
        self._files = files
        self._choose = choose
        self._inside: Inside | None = None
        self._reading: asyncio.Task[None] | None = None
        self._mailbox: Mailbox | None = None

    def blueprint(self, inside: Inside) -> Blueprint:
        """No routes: letters are fetched."""
        self._inside = inside
        routes = Blueprint("email", url_prefix="/webhooks/email")

        @routes.after_server_start
        async def begin(_: object) -> None:
            self._reading = asyncio.create_task(self.read(), name="read email")

        @routes.before_server_stop
        async def end(_: object) -> None:
            await self.stop()

        return routes

    async def read(self) -> None:
        """Read the mailbox, for ever, whenever no other worker does."""
        reader = Reader(
            self._house.database, f"email:{self._address}", lease_seconds=LEASE_SECONDS, now=self._house.talks.now
        )
        rest = FIRST_REST_SECONDS
        try:
            while True:
                try:
                    if await reader.take() is None:
                        await asyncio.sleep(ELSEWHERE_SECONDS)
                        continue
                    async with reader.held():
                        self._mailbox = await asyncio.to_thread(self._open)
                        rest = FIRST_REST_SECONDS
                        await self._read_on(reader, self._mailbox)
                except (*Faults, StoreDown, LeaseLost) as error:
                    logger.warning("the mailbox is not read now", extra={"error": type(error).__name__})
                    await asyncio.sleep(rest)
                    rest = min(rest * 2, LONGEST_REST_SECONDS)
                finally:
                    self._close_mailbox()
        finally:
            await asyncio.shield(self._let_go(reader))

    async def take_in(self, raw: bytes, *, is_whole: bool = True) -> None:
        """Store what a letter says. Whatever no person wrote to us is logged and left alone.

        Raises:
            StoreDown: it was not stored; read it again.
        """
        try:
            letter = await asyncio.to_thread(letters.parse, raw, ours=self._address, authserv=self._authserv)
        except Unreadable as error:
            logger.info("a letter is left alone", extra={"why": str(error)})
            return
        if not await self._house.live.allow(f"email:{letter.sender}", limit=LETTERS_AN_HOUR, window_seconds=HOUR):
            logger.warning("too many letters from one address are left alone", extra={"letter": letter.number})
            return
        sender = self._sender_of(letter)
        address = Address(self.name, self._address, sender)
        known = await self._house.database.read(threads.find, address)
        text = letter.text if is_whole else f"{UNREADABLE}letter"
        button = _chosen(text, known.get("buttons") or ())
        kept = [file for each in letter.attachments if (file := await self._kept(sender, each)) is not None]
        if letter.attachments and not kept and not text:
            text = f"{UNREADABLE}attachment"
        message = Inbound(
            channel=self.name,
            account=self._address,
            external_id=hashlib.sha256(f"{letter.sender} {letter.number}".encode()).hexdigest(),
            sender=sender,
            text="" if button else text,
            button=button,
            files=tuple(file.as_json() for file in kept),
        )
        data = {"to": letter.sender, "subject": letter.subject, "references": list(letter.references)}
        data["language"] = language_of(letter.text) or known.get("language") or "zh"
        await self._house.database.run(threads.keep, address, data, now=self._house.talks.now())
        try:
            await self._house.talks.receive(message)
        except BadMessage:
            logger.warning("another letter has this id", extra={"letter": letter.number})

    async def send(self, parcel: Parcel) -> str | None:
        """Send a bubble as a letter; see `bot.deliveries.Sender`."""
        address = Address(self.name, parcel.account, parcel.recipient)
        thread = dict(await self._house.database.read(threads.find, address))
        recipient, _, token = parcel.recipient.partition(TRUST_MARK)
        number = self._tokens.message_id(token or TRUSTED, recipient, parcel.key)
        try:
            letter = outgoing.compose(
                parcel.data,
                sender=self._shown_as,
                recipient=recipient,
                number=number,
                thread=thread,
                choose=self._choose["en" if thread.get("language") == "en" else "zh"],
                files=await asyncio.to_thread(self._contents, parcel.data.get("files") or ()),
            )
        except (ValueError, FileNotFoundError) as error:
            raise DeliveryRefused(type(error).__name__) from error
        if buttons := parcel.data.get("buttons"):
            thread["buttons"] = [button["payload"] for button in buttons]
            await self._house.database.run(threads.keep, address, thread, now=self._house.talks.now())
        await outgoing.hand_over(
            letter, self._smtp_url, self._user, self._password, sender=self._address, recipient=recipient
        )
        return number[:255]

    async def stop(self) -> None:
        """Read no more."""
        if self._reading is not None:
            self._reading.cancel()
            self._close_mailbox()
            await asyncio.gather(self._reading, return_exceptions=True)
            self._reading = None

    async def aclose(self) -> None:
        await self.stop()

    @property
    def _house(self) -> Inside:
        if self._inside is None:
            raise RuntimeError("the channel is not served")
        return self._inside

    def _open(self) -> Mailbox:
        return Mailbox(self._imap_url, self._user, self._password, most_bytes=letters_bytes(self._files.max_bytes))

    async def _read_on(self, reader: Reader, mailbox: Mailbox) -> None:
        """Read what is new and wait for more; ends only by a fault."""
        while True:
            cursor = await reader.take()
            if cursor is None:
                raise LeaseLost("email")
            place = Place.read(cursor.value)
            if place is None:  # the first time: what lies there already is not answered
                place = mailbox.start
                await reader.move(str(place))
            since = (cursor.moved_at - OVERLAP).date()
            found = await asyncio.to_thread(mailbox.news, place, since=since)
            await self._store(reader, found, mailbox.start.validity)
            if not found and place.validity != mailbox.start.validity:
                await reader.move(str(mailbox.start))
            if not found:
                await asyncio.to_thread(mailbox.wait, WAIT_SECONDS)
                if not mailbox.can_wait:
                    await asyncio.sleep(ASK_SECONDS)

    async def _store(self, reader: Reader, found: Sequence[Found], validity: int) -> None:
        for each in found:
            await self.take_in(each.raw, is_whole=each.is_whole)
            await reader.move(str(Place(validity, each.number)))

    def _sender_of(self, letter: Letter) -> str:
        """Whose talk it belongs to. From can be forged: without our server's word only our own sealed id leads back."""
        if letter.is_trusted:
            return letter.sender
        return f"{letter.sender}{TRUST_MARK}{self._tokens.thread(letter.answers, letter.sender)}"

    async def _kept(self, sender: str, attachment: letters.Attachment) -> StoredFile | None:
        try:
            kept = await asyncio.to_thread(self._files.keep, attachment.data, attachment.name)
        except BadMessage as error:
            logger.info("an attachment is not taken", extra={"why": str(error)})
            return None
        owner = f"email:{hashlib.sha256(sender.encode()).hexdigest()[:32]}"
        stored = StoredFile(kept.id, owner, kept.name, kept.type, kept.bytes, width=kept.width, height=kept.height)
        await self._house.talks.add_file(stored)
        return stored

    def _contents(self, files: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, bytes]]:
        return [
            (str(file["name"]), str(file["type"]), self._files.path(str(file["id"])).read_bytes()) for file in files
        ]

    def _close_mailbox(self) -> None:
        if self._mailbox is not None:
            self._mailbox.close()
            self._mailbox = None

    async def _let_go(self, reader: Reader) -> None:
        try:
            await reader.let_go()
        except StoreDown:
            logger.warning("the database is away; the lease runs out by itself")


def letters_bytes(file_bytes: int) -> int:
    """How long a letter may be: two of the biggest files, which letters carry a third longer than they are."""
    return 2 * file_bytes * 4 // 3 + 100_000


def _chosen(text: str, buttons: Sequence[str]) -> str | None:
    """The button that a letter of nothing but its number means."""
    match = re.fullmatch(r"\s*[(（]?([1-9])[)）.。、]?\s*", text)
    return buttons[int(match[1]) - 1] if match and int(match[1]) <= len(buttons) else None
