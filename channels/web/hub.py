"""All screens of one worker: told what is new in their talks, whoever wrote it and wherever it was stored.

Wake-ups say that something changed; what changed is read from the database, for many talks in one go. Talks are looked
at now and then without a wake-up too, so that nothing depends on one: often where other processes cannot wake us.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from contextlib import suppress

from bot import metrics
from bot.errors import StoreDown
from bot.live import Live
from bot.talks import Talks
from channels.web.session import RESTART, THUMBS, Session

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""How often talks are looked at when other processes cannot wake us."""
CALM_POLL_SECONDS = 5.0
"""How often when they can."""
PEOPLE_SECONDS = 2.0
"""How often we look who has signed out or in elsewhere."""
READ_SECONDS = 1.0
"""How soon it is written down what customers have read."""
MOST_SCREENS = 10_000
"""That one worker serves."""
UP = {name: up for up, name in THUMBS.items()}


class Hub:
    """The screens of this worker."""

    def __init__(self, talks: Talks, live: Live) -> None:
        self._talks = talks
        self._live = live
        self._sessions: set[Session] = set()
        self._by_talk: dict[str, set[Session]] = defaultdict(set)
        self._by_visitor: dict[str, set[Session]] = defaultdict(set)
        self._places: dict[Session, tuple[str | None, str | None]] = {}
        self._talks_to_look_at: set[str] = set()
        self._people_to_look_at: set[str] = set()
        self._late_reads: dict[str, int] = {}
        """Of screens that have left."""
        self._settling: dict[Session, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._called = asyncio.Event()
        self._watching: list[asyncio.Task[None]] = []
        self._is_stopping = False
        live.listen(self._hear)

    def start(self) -> None:
        self._watching = [
            asyncio.create_task(self._watch_talks(), name="web talks"),
            asyncio.create_task(self._watch_people(), name="web people"),
        ]

    async def stop(self) -> None:
        """Send everybody away, to come back to another worker."""
        self._is_stopping = True
        for session in self._sessions:
            session.out.close(RESTART)
        running = [*self._settling.values(), *self._watching]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        with suppress(StoreDown):
            await self._write_reads()

    @property
    def is_full(self) -> bool:
        return self._is_stopping or len(self._sessions) >= MOST_SCREENS

    def join(self, session: Session) -> None:
        """From now on the session is shown what is new; what came since it was opened, too."""
        self._sessions.add(session)
        metrics.screens.inc()
        self.place(session)

    def leave(self, session: Session) -> None:
        if session not in self._sessions:
            return
        self._sessions.discard(session)
        metrics.screens.dec()
        self._unplace(session)
        if session.read and session.conversation:
            self._late_reads[session.conversation] = session.read

    def place(self, session: Session) -> None:
        """Note down where a session is now, after it has handled a frame."""
        visitor = session.guest.visitor.id if session.guest else None
        if session not in self._sessions or self._places.get(session) == (session.conversation, visitor):
            return
        self._unplace(session)
        self._places[session] = session.conversation, visitor
        if session.conversation is not None:
            self._by_talk[session.conversation].add(session)
            self._look_at(session.conversation)
        if visitor is not None:
            self._by_visitor[visitor].add(session)

    def _unplace(self, session: Session) -> None:
        conversation, visitor = self._places.pop(session, (None, None))
        for rooms, name in ((self._by_talk, conversation), (self._by_visitor, visitor)):
            if name is not None:
                rooms[name].discard(session)
                if not rooms[name]:
                    del rooms[name]

    def _hear(self, topic: str) -> None:
        kind, _, name = topic.partition(":")
        if kind == "talk" and name in self._by_talk:
            self._look_at(name)
        elif kind == "visitor" and name in self._by_visitor:
            self._people_to_look_at.add(name)
            self._called.set()
        elif kind == "typing":
            conversation, who, on = name.rsplit(":", 2)
            if who == "agent":
                for session in self._by_talk.get(conversation, ()):
                    session.show_typing(on=on == "on")
        elif kind == "thumb":
            conversation, seq, thumb = name.rsplit(":", 2)
            for session in self._by_talk.get(conversation, ()):
                session.show_thumb(int(seq), up=UP[thumb])

    def _look_at(self, conversation: str) -> None:
        self._talks_to_look_at.add(conversation)
        self._woken.set()

    async def _watch_talks(self) -> None:
        polled = wrote = time.monotonic()
        while True:
            await _wait(self._woken, POLL_SECONDS)
            now = time.monotonic()
            if now - polled >= (CALM_POLL_SECONDS if self._live.reaches_others else POLL_SECONDS):
                polled = now
                self._talks_to_look_at.update(self._by_talk)
            try:
                await self._look()
                if now - wrote >= READ_SECONDS:
                    wrote = now
                    await self._write_reads()
            except StoreDown:
                logger.warning("the database is away; screens are shown what is new later")
                await asyncio.sleep(POLL_SECONDS)
                polled = 0.0
            except Exception:  # one screen's fault must not blind the others
                logger.exception("screens were not shown what is new")

    async def _watch_people(self) -> None:
        polled = time.monotonic()
        while True:
            await _wait(self._called, PEOPLE_SECONDS)
            now = time.monotonic()
            if now - polled >= (CALM_POLL_SECONDS if self._live.reaches_others else PEOPLE_SECONDS):
                polled = now
                self._people_to_look_at.update(self._by_visitor)
            people, self._people_to_look_at = self._people_to_look_at, set()
            try:
                if people:
                    await self._look_at_people(people)
            except StoreDown:
                logger.warning("the database is away; who signed out elsewhere is seen later")
                polled = 0.0
            except Exception:
                logger.exception("it was not seen who signed out elsewhere")

    async def _look(self) -> None:
        talks, self._talks_to_look_at = self._talks_to_look_at, set()
        seen = {name: min(session.sent for session in self._by_talk[name]) for name in talks if name in self._by_talk}
        if not seen:
            return
        for name, (state, lines) in (await self._talks.look(seen)).items():
            for session in tuple(self._by_talk.get(name, ())):
                session.show(state, lines)
            if lines and lines[-1].seq < state.last_line:
                self._look_at(name)

    async def _look_at_people(self, visitors: set[str]) -> None:
        """Who signed out elsewhere, whose sign-in ended, and whose talk is another one now."""
        for gone in await self._talks.signed_out(list(visitors)):
            for session in tuple(self._by_visitor.get(gone, ())):
                session.sign_out()
        sessions = [session for visitor in visitors for session in self._by_visitor.get(visitor, ())]
        homes = await self._talks.homes({session.guest.sender for session in sessions if session.guest})
        for session in sessions:
            if session.guest is None or session.out.code is not None or session in self._settling:
                continue
            if session.has_expired or homes.get(session.guest.sender) != session.conversation:
                self._settling[session] = asyncio.create_task(self._settle(session), name="web settle")

    async def _settle(self, session: Session) -> None:
        """Apart from the rest, since the session may be busy."""
        try:
            await session.settle()
            self.place(session)
        except StoreDown:
            logger.warning("the database is away; a screen is shown its talk later")
        finally:
            del self._settling[session]

    async def _write_reads(self) -> None:
        read = dict(self._late_reads)
        self._late_reads.clear()
        for session in self._sessions:
            if session.read and session.conversation:
                read[session.conversation] = max(session.read, read.get(session.conversation, 0))
                session.read = 0
        if read:
            await self._talks.mark_read(read)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event, but no longer than this."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    event.clear()
