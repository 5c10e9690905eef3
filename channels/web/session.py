"""One screen's half of the protocol, whatever it is connected by: what it says, and what it is shown."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from bot.errors import BadMessage, StoreDown, TokenRefused
from bot.files import TYPES, Files
from bot.live import Live
from bot.messages import Inbound, Language
from bot.replies import language_of
from bot.store.lines import Line
from bot.store.talks import State
from bot.talks import ACCOUNT, CHANNEL, Guest, Talks
from channels.web import frames
from channels.web.frames import BadFrame, Hello, Identify, Logout, Msg, Older, Ping, Rate, Read, Thumb, Typing
from channels.web.outgoing import TOO_SLOW, Outgoing, newest_that_fit
from channels.web.texts import Texts

logger = logging.getLogger(__name__)

POLICY, RESTART, REFUSED, NORMAL = 1008, 1012, 4001, 1000
MESSAGES, MESSAGE_SECONDS = 20, 10
"""Messages taken from one visitor within so many seconds."""
FRAMES, FRAME_SECONDS = 200, 10.0
"""Frames of any kind taken from one screen within so many seconds."""
NEWCOMERS, NEWCOMER_SECONDS = 300, 600
"""New visitors taken from one address within so many seconds; each brings limits of their own."""

HERE = ("127.0.0.1", "::1")
"""This machine: a proxy on it may speak for everybody."""
THUMBS: dict[bool | None, str] = {True: "up", False: "down", None: "none"}


@dataclass(frozen=True, slots=True)
class Desk:
    """What every session works with."""

    talks: Talks
    live: Live
    texts: Texts
    files: Files
    max_text: int


class Session:
    """A screen that said hello. Frames are handled one after the other."""

    def __init__(self, desk: Desk, out: Outgoing, *, remote_address: str | None) -> None:
        self.out = out
        self.tab = ""
        self.guest: Guest | None = None
        """None before hello."""
        self.conversation: str | None = None
        """None while nothing was said."""
        self.sent = 0
        """The newest line that was sent."""
        self.read = 0
        """The newest line that was read, as far as it is not written down yet; 0 when there is none."""
        self.language: Language | None = None
        """What the screen speaks, as far as it has said so."""
        self._desk = desk
        self._remote_address = remote_address
        self._told: str | None = None
        """The talk that the screen takes its lines for: it may have begun since, or have become another."""
        self._shown: tuple[dict[str, Any], bool, int] = ({}, False, 0)
        self._window = (0.0, 0)
        self._turn = asyncio.Lock()
        """What changes the talk that is shown happens one after the other."""

    async def open(self, hello: Hello) -> None:
        """Let somebody in and show them their talk; the session is closed when that cannot be.

        Raises:
            StoreDown: the database did not answer.
        """
        if hello.version != frames.VERSION:
            self._fault("upgrade")
            self.out.close(POLICY)
            return
        if not await self._may_come(hello.visitor):
            return
        self.language = hello.language
        try:
            self.guest, conversation = await self._desk.talks.admit(hello.visitor, hello.customer)
        except TokenRefused:
            self.out.close(REFUSED)
            return
        self.tab = hello.tab
        self._told = hello.conversation
        await self._show_talk(conversation, since=hello.since)
        if hello.customer and self.guest.sign_in is None:
            self._fault("expired", retry=True)

    async def open_quietly(self, visitor: str | None, customer: str | None) -> None:
        """Let somebody in who only wants to say something; the session is closed when that cannot be.

        Raises:
            StoreDown: the database did not answer.
        """
        if not await self._may_come(visitor):
            return
        try:
            self.guest, self.conversation = await self._desk.talks.admit(visitor, customer)
        except TokenRefused:
            self.out.close(REFUSED)

    async def hear(self, data: str | bytes) -> None:
        """Handle a frame that came."""
        if not self._in_pace():
            self._fault("slow_down")
            self.out.close(POLICY)
            return
        try:
            await self.handle(frames.parse(data))
        except BadFrame as error:
            self._fault("bad_frame", number=error.id)

    async def handle(self, frame: frames.Frame) -> None:
        """Do what a frame asks for; what cannot be stored now is answered so."""
        try:
            async with self._turn:
                await self._handle(frame)
        except StoreDown:
            logger.warning("a frame could not be stored", extra={"conversation": self.conversation})
            number = frame.id if isinstance(frame, Msg) else None
            self._fault("not_stored", number=number, retry=True)

    def show(self, state: State, lines: list[Line]) -> None:
        """Show what is new in the talk."""
        if self.guest is None or state.conversation != self.conversation:
            return
        for line in lines:
            if line.seq == self.sent + 1:
                self.out.put(self._line(line))
                self.sent = line.seq
        status, typing, read = self._shown
        now = self._desk.talks.status(state)
        if read < state.read_by_us:
            self.out.put({"t": "read", "by": "agent" if state.owner == "agent" else "bot", "seq": state.read_by_us})
        if typing != state.is_answering:
            self.out.put({"t": "typing", "who": "bot", "on": state.is_answering})
        if status != now:
            self.out.put({"t": "status", **now})
        self._shown = (now, state.is_answering, max(read, state.read_by_us))

    def show_typing(self, *, on: bool) -> None:
        """A colleague types, or stops."""
        self.out.put({"t": "typing", "who": "agent", "on": on})

    def show_thumb(self, seq: int, *, up: bool | None) -> None:
        """What the customer thinks of a line, said in any of their windows."""
        self.out.put({"t": "thumb", "seq": seq, "up": up})

    def sign_out(self) -> None:
        """They signed out, here or in another window."""
        self.out.put({"t": "signed_out"})
        self.out.close(NORMAL)

    @property
    def has_expired(self) -> bool:
        """They are signed in no more."""
        sign_in = self.guest.sign_in if self.guest else None
        return sign_in is not None and self._desk.talks.now() > sign_in.until

    async def settle(self) -> None:
        """Show them the talk that is theirs now: after a sign-in that ended, or something done in another window.

        Raises:
            StoreDown: the database did not answer.
        """
        async with self._turn:
            await self._check_sign_in()
            sender = self._who.sender
            home = (await self._desk.talks.homes([sender])).get(sender)
            if home != self.conversation:
                await self._show_talk(home, since=0)

    async def _check_sign_in(self) -> None:
        """A customer whose sign-in has ended is a visitor, and sees a visitor's talk."""
        if not self.has_expired:
            return
        visitor = Guest(self._who.visitor)
        homes = await self._desk.talks.homes([visitor.sender])
        self.guest = visitor
        self._fault("expired", retry=True)
        await self._show_talk(homes.get(visitor.sender), since=0)

    async def _handle(self, frame: frames.Frame) -> None:
        await self._check_sign_in()
        match frame:
            case Ping():
                self.out.put({"t": "pong"})
            case Msg():
                await self._message(frame)
            case Identify():
                await self._identify(frame.customer)
            case Logout():
                await self._desk.talks.sign_out(self._who)
                self.sign_out()
            case Hello():
                self._fault("bad_frame")
            case _ if self.conversation is None:
                if isinstance(frame, Older):
                    self.out.put({"t": "lines", "lines": [], "more": False})
            case _:
                await self._beside(frame, self.conversation)

    async def _beside(self, frame: frames.Frame, conversation: str) -> None:
        """What is said about a talk that there is."""
        match frame:
            case Read():
                self.read = max(self.read, frame.seq)
            case Typing():
                await self._desk.live.wake(f"typing:{conversation}:customer:{'on' if frame.on else 'off'}")
            case Thumb():
                await self._thumb(conversation, frame)
            case Rate():
                await self._desk.talks.rate(conversation, stars=frame.stars, text=frame.text)
            case Older():
                lines = await self._desk.talks.older(conversation, frame.before)
                shown = newest_that_fit([self._line(line, kind=None) for line in lines])
                self.out.put({"t": "lines", "lines": shown, "more": bool(shown) and shown[0]["seq"] > 1})

    async def _thumb(self, conversation: str, frame: Thumb) -> None:
        if not await self._desk.talks.thumb(conversation, frame.seq, up=frame.up):
            self._fault("not_yours")
            return
        await self._desk.live.wake(f"thumb:{conversation}:{frame.seq}:{THUMBS[frame.up]}")

    async def _message(self, frame: Msg) -> None:
        guest = self._who
        if len(frame.text) > self._desk.max_text:
            self._fault("too_long", number=frame.id)
            return
        pace = f"web:{guest.visitor.id}"
        if not await self._desk.live.allow(pace, limit=MESSAGES, window_seconds=MESSAGE_SECONDS):
            self._fault("slow_down", number=frame.id, retry=True)
            return
        files = await self._desk.talks.files(frame.files) if frame.files else []
        if len(files) < len(frame.files) or any(file.sender != guest.visitor.id for file in files):
            self._fault("not_yours", number=frame.id)
            return
        message = Inbound(
            channel=CHANNEL,
            account=ACCOUNT,
            external_id=guest.external_id(frame.id),
            sender=guest.sender,
            text=frame.text,
            button=frame.button,
            files=tuple(file.as_json() for file in files),
            customer_token=guest.token,
            remote_address=self._remote_address,
            language=None if language_of(frame.text) else self.language,
        )
        try:
            receipt = await self._desk.talks.receive(message)
        except BadMessage:
            self._fault("bad_frame", number=frame.id)
            return
        if self.conversation is None:
            self.conversation = receipt.conversation
            await self._desk.live.wake(f"visitor:{guest.visitor.id}")  # their other windows
        self.out.put({"t": "ack", "id": frame.id, "seq": receipt.line})

    async def _identify(self, customer: str) -> None:
        """The shop says who they are, or says it again."""
        before = self._who
        try:
            guest, conversation = await self._desk.talks.admit(before.visitor.token, customer)
        except TokenRefused:
            self.out.close(REFUSED)
            return
        if guest.sign_in is None:
            self._fault("expired", retry=True)
            return
        is_same = before.sign_in is not None and before.sign_in.customer_id == guest.sign_in.customer_id
        self.guest = guest
        if not is_same or conversation != self.conversation:
            await self._show_talk(conversation, since=self.sent)

    async def _show_talk(self, conversation: str | None, *, since: int) -> None:
        """Begin with a talk, or go on after the line `since` when it is the one that the screen shows already."""
        talks, texts, guest = self._desk.talks, self._desk.texts, self._who
        goes_on = conversation is not None and conversation == self._told
        opened = await talks.open(conversation, since=since if goes_on else 0)
        state = opened.state
        name = await talks.name_of(guest)
        is_shown = goes_on and conversation == self.conversation
        lines = [
            self._line(line) for line in opened.lines if not is_shown or line.seq > self.sent
        ]  # some came meanwhile
        fitting = newest_that_fit(lines)
        newest = opened.lines[-1].seq if opened.lines else state.last_line if state else 0
        self.sent = max(newest, self.sent) if is_shown else newest
        self.conversation = self._told = conversation
        self.read = 0
        status = talks.status(state)
        self.out.put(
            {
                "t": "welcome",
                "v": frames.VERSION,
                "visitor": guest.visitor.token,
                "conversation": conversation,
                "seq": self.sent,
                "resume": "full" if goes_on and opened.is_whole and len(fitting) == len(lines) else "partial",
                "status": status,
                "customer": {"name": name} if guest.sign_in else None,
                "config": {
                    "shop": texts.shop,
                    "greeting": texts.greeting,
                    "suggestions": texts.suggestions,
                    "max_text": self._desk.max_text,
                    "files": {"max_bytes": self._desk.files.max_bytes, "types": TYPES},
                },
            }
        )
        for line in fitting:
            self.out.put(line)
        self._shown = (status, False, 0)
        if state is not None:
            self.show(state, [])

    async def _may_come(self, visitor: str | None) -> bool:
        """Whether the address may bring one more visitor; the session is closed when not."""
        address = self._remote_address
        if visitor is not None or address is None or address in HERE:
            return True
        if await self._desk.live.allow(f"web-new:{address}", limit=NEWCOMERS, window_seconds=NEWCOMER_SECONDS):
            return True
        self._fault("slow_down", retry=True)
        self.out.close(TOO_SLOW)
        return False

    @property
    def _who(self) -> Guest:
        if self.guest is None:
            raise BadFrame("hello comes first")
        return self.guest

    def _line(self, line: Line, *, kind: str | None = "line") -> dict[str, Any]:
        mine = f"{self._who.visitor.id}:"
        visitors = self._desk.talks.visitors
        return frames.line(
            line,
            own=lambda number: number.removeprefix(mine) if number.startswith(mine) else None,
            link=lambda file: f"/web/files/{file}?k={visitors.link(file)}",
            kind=kind,
        )

    def _fault(self, code: str, *, number: str | None = None, retry: bool = False) -> None:
        frame: dict[str, Any] = {"t": "error", "code": code, "retry": retry, "message": self._desk.texts.error(code)}
        if number is not None:
            frame["id"] = number
        self.out.put(frame)

    def _in_pace(self) -> bool:
        """Whether the screen keeps to so many frames in a while."""
        began, count = self._window
        now = time.monotonic()
        if now - began > FRAME_SECONDS:
            began, count = now, 0
        self._window = (began, count + 1)
        return count < FRAMES
