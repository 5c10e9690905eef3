"""All desks of one worker: told what is new on the board and in the talks they watch, wherever it was stored.

Wake-ups say that something changed; what changed is read from the database once for all desks. The board is read whole
now and then without a wake-up too, so that nothing depends on one: often where other processes cannot wake us.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bot import metrics
from bot.accounts import Accounts
from bot.api.desk_window import Window
from bot.desk.board import Board, approval_shown, moment, person_shown
from bot.desk.texts import DeskTexts
from bot.desk.views import Views, looking_shown
from bot.desk.work import Desk, me_of
from bot.errors import StoreDown
from bot.live import LOOKS, PEOPLE, Live
from bot.store import approvals, presence, reading, speaking
from bot.store import desk as store
from bot.store.approvals import Approval
from bot.store.desk import Item
from bot.store.handoffs import IN_LINE
from bot.store.presence import Colleague
from bot.store.speaking import Note

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""How often the board is read when other processes cannot wake us."""
CALM_POLL_SECONDS = 2.0
"""How often when they can, or when there are no others."""
SPARING = 10
"""Times as long as reading it took, the board is left alone: a long line must not eat the worker up."""
PLACES_SECONDS = 1.0
"""How often desks are told that places in line have moved, when nothing else of an item changed."""
BEAT_SECONDS = 10.0
"""How often it is written down who is there."""
SESSIONS_SECONDS = 4.0
"""How often it is looked whose session has ended."""
SILENT_SECONDS = 45.0
"""A desk that says nothing for so long is gone."""
OVERLAP = 20
"""Notes that are looked at again: two that are written together may be stored in either order."""
MOST_DESKS = 2000
RESTART, SIGNED_OUT, SILENT = 1012, 4001, 4000

_Read = tuple[list[Item], list[Colleague], list[Approval], list[Note]]


class Hub:
    """The desks of this worker."""

    def __init__(
        self, *, desk: Desk, views: Views, accounts: Accounts, texts: DeskTexts, live: Live, is_alone: bool
    ) -> None:
        """With `is_alone` there is no other worker who could change anything."""
        self._is_alone = is_alone
        self._desk = desk
        self._views = views
        self._accounts = accounts
        self._texts = texts
        self._live = live
        self._windows: set[Window] = set()
        self._board = Board()
        self._items: dict[str, tuple[Item, str, int | None]] = {}
        """What was sent of each item: as it was, its frame without the place, and the place."""
        self._people: dict[str, str] = {}
        self._renamed: set[str] = set()
        self._approvals: dict[str, str] = {}
        self._lines: dict[str, int] = {}
        """The newest line that was sent of each talk that somebody watches."""
        self._read: dict[str, int] = {}
        self._looking: dict[str, str] = {}
        self._notes: set[int] = set()
        self._last_note = 0
        self._talks: set[str] = set()
        self._woken = asyncio.Event()
        self._all = True
        self._read_at = 0.0
        self._people_moved = True
        self._task: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._is_stopping = False
        live.listen(self._hear)

    def start(self) -> None:
        self._task = asyncio.create_task(self._work(), name="desks")

    async def stop(self) -> None:
        """Send everybody away, to come back to another worker."""
        self._is_stopping = True
        for window in self._windows:
            window.close(RESTART)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def _poll_seconds(self) -> float:
        return CALM_POLL_SECONDS if self._is_alone or self._live.reaches_others else POLL_SECONDS

    @property
    def is_full(self) -> bool:
        return self._is_stopping or len(self._windows) >= MOST_DESKS

    async def join(self, window: Window) -> None:
        """Show a desk everything, and from now on what is new."""
        async with self._lock:
            if not self._windows or time.monotonic() - self._read_at > self._poll_seconds:
                await self._read_all()
            self._windows.add(window)
            metrics.desks.set(len(self._windows))
            window.put(self._snapshot(window))
            for item in self._board.items.values():
                if window.sees(item):
                    window.seen.add(item.id)
            await self._watch_more()

    def leave(self, window: Window) -> None:
        self._windows.discard(window)
        metrics.desks.set(len(self._windows))

    async def watch(self) -> None:
        """Somebody opened a talk: its lines are sent from now on."""
        async with self._lock:
            await self._watch_more()
            self._show_looking()

    def _hear(self, topic: str) -> None:
        if not self._windows:
            return
        kind, _, name = topic.partition(":")
        if kind == "talk":
            self._talks.add(name)
        elif topic in (PEOPLE, LOOKS):
            self._people_moved = True
        elif topic.startswith("desk:refresh:"):
            self._refresh(topic.removeprefix("desk:refresh:"))
            self._all = True  # an approval, perhaps
        elif kind == "typing":
            conversation, who, on = name.rsplit(":", 2)
            if who == "customer":
                frame = {"t": "typing", "conversation": conversation, "who": "customer", "on": on == "on"}
                self._to_watchers(conversation, frame)
            return
        else:
            return
        self._woken.set()

    async def _work(self) -> None:
        polled = placed = beaten = checked = time.monotonic()
        took = 0.0
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()
            self._woken.clear()
            if not self._windows:
                continue
            now = time.monotonic()
            if now - polled >= max(self._poll_seconds, SPARING * took):
                self._all = True
            try:
                if now - beaten >= BEAT_SECONDS:
                    beaten = now
                    await self._beat()
                if now - checked >= SESSIONS_SECONDS:
                    checked = now
                    await self._check_sessions()
                async with self._lock:
                    if self._all:
                        await self._read_all()
                        polled, took = time.monotonic(), time.monotonic() - now
                    else:
                        await self._read_some()
                if now - placed >= PLACES_SECONDS:
                    placed = now
                    self._show_places()
            except StoreDown:
                logger.warning("the database is away; desks are shown what is new later")
                await asyncio.sleep(POLL_SECONDS)
                self._all = True
            except Exception:  # one desk's fault must not blind the others
                logger.exception("desks were not shown what is new")
                self._all = True
                await asyncio.sleep(POLL_SECONDS)

    async def _read_all(self) -> None:
        self._all = False
        self._read_at = time.monotonic()
        self._talks.clear()
        since = max(0, self._last_note - OVERLAP)
        items, people, asked, notes = await self._desk.database.read(_everything, since, self._desk.now())
        self._board.take_all(items)
        self._board.people = {person.id: person for person in people}
        self._board.approvals = {approval.id: approval for approval in asked}
        self._show_people()
        self._show_items()
        self._show_approvals()
        await self._show_notes(notes)
        await self._watch_more()
        await self._show_lines(self._watched())
        self._show_looking()

    async def _read_some(self) -> None:
        talks, self._talks = self._talks, set()
        if self._people_moved:
            self._people_moved = False
            people = await self._desk.database.read(presence.colleagues, now=self._desk.now())
            self._board.people = {person.id: person for person in people}
            self._show_people()
            self._show_looking()
        if not talks:
            return
        items = await self._desk.database.read(store.items_of, talks)
        self._board.take_some(talks, items)
        self._show_items()
        await self._watch_more()
        since = max(0, self._last_note - OVERLAP)
        await self._show_notes(await self._desk.database.read(speaking.notes_since, since))
        await self._show_lines(talks & self._watched())

    def _show_items(self) -> None:
        for item in self._board.items.values():
            before = self._items.get(item.id)
            if before is not None and before[0] == item and item.agent not in self._renamed:
                continue
            frame = self._board.shown(item)
            place = frame.pop("place")
            core = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
            if before is None or before[1] != core:
                self._show_item(item, core, place)
                self._items[item.id] = item, core, place
            else:
                self._items[item.id] = item, core, before[2]
        self._renamed.clear()
        for number in self._items.keys() - self._board.items.keys():
            del self._items[number]
            for window in self._windows:
                window.lose(number)

    def _show_item(self, item: Item, core: str, place: int | None) -> None:
        text = f'{{"t":"item","item":{{"place":{json.dumps(place)},{core[1:]}}}'
        for window in self._windows:
            if window.sees(item):
                window.seen.add(item.id)
                window.put_text(text)
            else:
                window.lose(item.id)

    def _show_places(self) -> None:
        for number, (item, core, told) in self._items.items():
            place = self._board.places.get(number)
            if place != told:
                self._items[number] = item, core, place
                self._show_item(item, core, place)

    def _show_people(self) -> None:
        for person in self._board.people.values():
            shown = person_shown(person)
            text = json.dumps({"t": "agent", "agent": shown}, ensure_ascii=False, separators=(",", ":"))
            if self._people.get(person.id) == text:
                continue
            self._people[person.id] = text
            self._renamed.add(person.id)
            for window in self._windows:
                window.put_text(text)

    def _show_approvals(self) -> None:
        for approval in self._board.approvals.values():
            frame = {"t": "approval", **self._approval(approval)}
            text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
            if self._approvals.get(approval.id) == text:
                continue
            is_new = approval.id not in self._approvals
            self._approvals[approval.id] = text
            for window in self._windows:
                if window.me.is_supervisor or window.me.id == approval.asked_by:
                    window.put_text(text)
            if not is_new:
                self._refresh(approval.conversation)

    async def _show_notes(self, notes: list[Note]) -> None:
        for note in notes:
            if note.id in self._notes:
                continue
            self._notes.add(note.id)
            self._last_note = max(self._last_note, note.id)
            if not self._windows:
                continue
            ids = await self._desk.database.read(speaking.client_ids, note.conversation, note.seq, note.seq)
            line = self._views.note(note, ids.get(note.seq))
            self._to_watchers(note.conversation, {"t": "line", "conversation": note.conversation, "line": line})
            mention = {
                "t": "mention",
                "conversation": note.conversation,
                "by": note.author_name or "",
                "text": note.text,
                "kind": note.kind,
            }
            for window in self._windows:
                if window.me.id in note.mentions:
                    window.put(mention)
        if len(self._notes) > 10 * OVERLAP:
            self._notes = {number for number in self._notes if number > self._last_note - 2 * OVERLAP}

    async def _show_lines(self, talks: set[str]) -> None:
        seen = {name: self._lines[name] for name in talks if name in self._lines}
        if not seen:
            return
        heads = await self._desk.database.read(store.heads, seen)
        behind = {name: seen[name] for name, (last, _) in heads.items() if last > seen[name]}
        if behind:
            for name, page in (await self._desk.database.read(reading.after, behind)).items():
                for line in self._views.lines(page):
                    self._to_watchers(name, {"t": "line", "conversation": name, "line": line})
                self._lines[name] = page.lines[-1].seq if page.lines else behind[name]
                if self._lines[name] < heads[name][0]:
                    self._talks.add(name)
                    self._woken.set()
        for name, (_, read) in heads.items():
            if read > self._read.get(name, 0):
                self._read[name] = read
                self._to_watchers(name, {"t": "read", "conversation": name, "seq": read})

    def _show_looking(self) -> None:
        people = list(self._board.people.values())
        for name in self._watched():
            shown = looking_shown(people, name, self._desk)
            text = json.dumps(
                {"t": "looking", "conversation": name, "agents": shown}, ensure_ascii=False, separators=(",", ":")
            )
            if self._looking.get(name) != text:
                self._looking[name] = text
                for window in self._watchers(name):
                    window.put_text(text)

    def _refresh(self, conversation: str) -> None:
        self._to_watchers(conversation, {"t": "refresh", "conversation": conversation})

    def _to_watchers(self, conversation: str, frame: Mapping[str, Any]) -> None:
        for window in self._watchers(conversation):
            window.put(frame)

    def _watchers(self, conversation: str) -> list[Window]:
        holders = {item.agent for item in self._board.items.values() if item.conversation == conversation}
        return [window for window in self._windows if window.looking == conversation or window.me.id in holders]

    def _watched(self) -> set[str]:
        here = {window.me.id for window in self._windows}
        mine = {item.conversation for item in self._board.items.values() if item.agent in here}
        watched = mine | {window.looking for window in self._windows if window.looking}
        for name in self._lines.keys() - watched:
            del self._lines[name]
            self._looking.pop(name, None)
            self._read.pop(name, None)
        return watched

    async def _watch_more(self) -> None:
        """Begin with what is new in talks that nobody watched until now."""
        fresh = self._watched() - self._lines.keys()
        if fresh:
            for name, (last, read) in (await self._desk.database.read(store.heads, fresh)).items():
                self._lines[name] = last
                self._read[name] = read

    def _snapshot(self, window: Window) -> dict[str, Any]:
        items = sorted(self._board.items.values(), key=lambda item: (item.rank_at, item.id))
        mine = [item for item in items if item.agent == window.me.id and item.state not in IN_LINE]
        others = [item for item in items if item.state not in IN_LINE and item.agent != window.me.id]
        shown = {
            "t": "snapshot",
            "me": window.shown_me(),
            "agents": [person_shown(person) for person in self._board.people.values()],
            "groups": [{"id": group.id, "name": group.name} for group in self._texts.groups],
            "queue": [self._board.shown(item) for item in items if item.state in IN_LINE],
            "mine": [self._board.shown(item) for item in mine],
            "approvals": [
                self._approval(approval)
                for approval in self._board.approvals.values()
                if approval.stage in (approvals.Stage.ASKED, approvals.Stage.DOING)
                and (window.me.is_supervisor or approval.asked_by == window.me.id)
            ],
            "now": moment(self._desk.now()),
        }
        if window.me.is_supervisor:
            shown["others"] = [self._board.shown(item) for item in others]
        return shown

    def _approval(self, approval: Approval) -> dict[str, Any]:
        return approval_shown(approval, people=self._board.people, items=self._board.items.values(), texts=self._texts)

    async def _beat(self) -> None:
        now = time.monotonic()
        for window in self._windows:
            if now - window.heard_at > SILENT_SECONDS:
                window.close(SILENT)
        alive = {window.me.id for window in self._windows if now - window.heard_at <= SILENT_SECONDS}
        if alive:
            await self._desk.database.run(presence.beat, alive, now=self._desk.now())
            await self._accounts.keep([window.token for window in self._windows])

    async def _check_sessions(self) -> None:
        asked = list(self._windows)  # others may join meanwhile
        found = await self._accounts.still_in([window.token for window in asked])
        for window in asked:
            account = found.get(window.token)
            if account is None:
                window.put({"t": "error", "code": "signed_out", "message": self._texts.error("signed_out")})
                window.close(SIGNED_OUT)
            else:
                window.account, window.me = account, me_of(account)


def _everything(connection: Any, since_note: int, now: Any) -> _Read:
    notes = speaking.notes_since(connection, since_note) if since_note else []
    return (
        store.open_items(connection),
        presence.colleagues(connection, now=now),
        approvals.current(connection, now=now),
        notes,
    )
