"""What colleagues do at the desk: each step stored first and told afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot import metrics
from bot.desk.texts import DeskTexts, filled
from bot.desk.upkeep import Upkeep
from bot.errors import DeskRefused
from bot.handoff import repeats
from bot.handoff.repeats import Known
from bot.live import LOOKS, PEOPLE, Live, talk
from bot.messages import Button
from bot.replies import bubbles, clean
from bot.settings import Settings
from bot.store import desk as store
from bot.store import deskwork, presence
from bot.store import talks as files
from bot.store.accounts import Account
from bot.store.database import Database
from bot.store.desk import Item
from bot.store.deskwork import House, Me
from bot.store.handoffs import IN_LINE, HandoffState
from bot.store.owning import Taken
from bot.store.presence import Colleague
from bot.store.speaking import Words
from bot.switchboard import Tempo
from bot.turns import rating
from bot.voice import Voice

logger = logging.getLogger(__name__)

MOST_TEXT = 4000
"""Characters of what a colleague writes."""
CLOSED = "utter_handoff_closed"
"""What asks for a rating."""
SUPERVISORS = frozenset({"supervisor", "admin"})
STATUSES = frozenset({"online", "away", "offline"})


@dataclass(frozen=True, slots=True)
class WrapUp:
    """What a colleague notes down at the end."""

    category: str
    resolved: bool
    summary: str


class Desk:
    """The desk behind its screen."""

    def __init__(
        self,
        *,
        database: Database,
        live: Live,
        texts: DeskTexts,
        voice: Voice,
        line: Tempo,
        settings: Settings,
        answer_minutes: Mapping[str, int],
        carried: Collection[str],
        deliver: Callable[[str], None],
        now: Callable[[], datetime],
    ) -> None:
        """`carried` are channels that need no sending; `deliver` is told of talks with something to send."""
        self.database = database
        self.live = live
        self.texts = texts
        self.now = now
        self._voice = voice
        self._settings = settings
        self._deliver = deliver
        self.house = House(word=self._word, note=self._note_text, carried=frozenset(carried))
        self.upkeep = Upkeep(
            database=database,
            live=live,
            house=self.house,
            line=line,
            settings=settings,
            answer_minutes=answer_minutes,
            told=self._told,
            now=now,
        )

    async def claim(self, me: Me, number: str, *, force: bool = False) -> Item:
        """Take a talk; with `force`, from a colleague.

        Raises:
            DeskRefused: somebody else was quicker, it is over, or they have enough.
        """
        if force:
            self._supervisors_only(me)
        taken = await self.database.run(deskwork.claim, number, me, self.house, now=self.now(), force=force)
        return await self._taken(taken)

    async def pull(self, me: Me, account: Account) -> Item | None:
        """Take the next talk that they can help with; None when there is none.

        Raises:
            DeskRefused: they have enough.
        """
        items = await self.database.read(store.open_items)
        waiting = [item for item in items if item.state in IN_LINE]
        fitting = [item for item in waiting if item.language in account.languages] or waiting
        skilled = [item for item in fitting if item.group in account.groups] or fitting
        for item in sorted(skilled, key=lambda item: (item.state is HandoffState.MISSED, item.rank_at)):
            try:
                return await self.claim(me, item.id)
            except DeskRefused as refused:
                if refused.code not in ("taken", "gone"):
                    raise
        return None

    async def join(self, me: Me, number: str) -> Item:
        """Come in beside a colleague."""
        self._supervisors_only(me)
        held = await self.database.run(deskwork.join, number, me, self.house, now=self.now())
        return await self._changed(held.conversation, number)

    async def say(self, me: Me, conversation: str, text: str, *, file_ids: Sequence[str], client_id: str) -> int:
        """Say something to the customer; its line.

        Raises:
            DeskRefused: it is empty or too long, or the talk is not theirs.
        """
        text = clean(text).strip()
        if len(text) > MOST_TEXT:
            raise DeskRefused("too_long")
        found = await self.database.read(files.find_files, list(file_ids)) if file_ids else []
        if not text and not found:
            raise DeskRefused("empty")
        if len(found) < len(file_ids) or any(file.sender != sender_of(me.id) for file in found):
            raise DeskRefused("not_found")
        data: dict[str, Any] = {"text": text} if text else {}
        if found:
            data["files"] = [file.as_json() for file in found]
        now = self.now()
        line = await self.database.run(
            deskwork.say, conversation, me, data, client_id=client_id, house=self.house, now=now
        )
        await self._told(conversation)
        await self._count_repeats(me, conversation, text)
        return line

    async def hints(self, conversation: str, draft: str) -> list[Known]:
        """What a draft asks for though it is known."""
        if not draft.strip():
            return []
        packet = await self.database.read(store.packet_of, conversation)
        return repeats.asked_again(draft[:MOST_TEXT], packet) if packet else []

    async def note(
        self,
        me: Me,
        conversation: str,
        text: str,
        *,
        mentions: Sequence[str] = (),
        client_id: str,
        whisper: bool = False,
    ) -> float:
        """Write something down that only colleagues see; its place among the lines."""
        if whisper:
            self._supervisors_only(me)
            item = await self.database.read(store.newest_item, conversation)
            mentions = [item.agent] if item and item.agent and item.state is HandoffState.ASSIGNED else []
        text = clean(text).strip()
        if not text:
            raise DeskRefused("empty")
        if len(text) > MOST_TEXT:
            raise DeskRefused("too_long")
        seq = await self.database.run(
            deskwork.note,
            conversation,
            me,
            text,
            kind="whisper" if whisper else "note",
            mentions=mentions,
            client_id=client_id,
            now=self.now(),
        )
        await self.live.wake(talk(conversation))
        return seq

    async def read(self, conversation: str, seq: int) -> None:
        """They have read up to this line."""
        await self.database.run(store.mark_read, conversation, seq)
        await self.live.wake(talk(conversation))

    async def transfer(self, me: Me, number: str, *, agent: str | None, group: str | None, words: str) -> Item:
        """Pass a talk on, with everything that is known and a note.

        Raises:
            DeskRefused: it is not theirs, or there is no such colleague or group, or they are not there.
        """
        to: Colleague | None = None
        room: tuple[str, Mapping[str, str]] | None = None
        now = self.now()
        if agent is not None:
            people = await self.database.read(presence.colleagues, now=now)
            to = next((each for each in people if each.id == agent), None)
            if to is None or to.id == me.id:
                raise DeskRefused("not_found")
        else:
            found = next((each for each in self.texts.groups if each.id == group), None)
            if found is None:
                raise DeskRefused("not_found")
            room = found.id, found.name
        words = clean(words).strip()[:MOST_TEXT]
        taken = await self.database.run(
            deskwork.transfer, number, me, self.house, agent=to, group=room, words=words, now=now
        )
        item = await self._taken(taken)
        await self.upkeep.assign()
        return item

    async def close(self, me: Me, number: str, wrap_up: WrapUp) -> None:
        """They are done: the customer is asked how it was, and has the bot for whatever comes next."""
        kept = {"category": wrap_up.category, "resolved": wrap_up.resolved, "summary": clean(wrap_up.summary)[:2000]}
        await self._end(me, number, wrap_up=kept, words="", to_bot=False)

    async def back_to_bot(self, me: Me, number: str, words: str) -> None:
        """The bot goes on at once."""
        await self._end(me, number, wrap_up=None, words=clean(words).strip()[:2000], to_bot=True)

    async def _end(self, me: Me, number: str, *, wrap_up: Mapping[str, Any] | None, words: str, to_bot: bool) -> None:
        held = await self.database.run(
            deskwork.close, number, me, self.house, wrap_up=wrap_up, words=words, to_bot=to_bot, now=self.now()
        )
        await self._told(held.conversation)
        await self.live.wake(PEOPLE)
        await self.upkeep.assign()

    async def be(self, me: Me, status: str) -> None:
        """They are online, away or offline from now on."""
        if status not in STATUSES:
            raise DeskRefused("bad_frame")
        await self.database.run(presence.seen, me.id, status=status, now=self.now())
        await self.live.wake(PEOPLE)
        if status == "offline":
            await self.upkeep.release_gone()
        await self.upkeep.assign()

    async def arrive(self, me: Me) -> None:
        """They have opened a desk."""
        await self.database.run(presence.seen, me.id, status=None, now=self.now())
        await self.live.wake(PEOPLE)
        await self.upkeep.assign()

    async def look(self, me: Me, conversation: str | None) -> None:
        """They have this conversation open."""
        await self.database.run(presence.look, me.id, conversation)
        await self.live.wake(LOOKS)

    async def types(self, me: Me, conversation: str, *, on: bool) -> None:
        """They type something, or have stopped."""
        await self.database.run(presence.types, me.id, conversation, at=self.now() if on else None)
        await self.live.wake(LOOKS)
        await self.live.wake(f"typing:{conversation}:agent:{'on' if on else 'off'}")

    async def tag(self, conversation: str, *, add: str | None, remove: str | None) -> Item:
        item = await self.database.read(store.newest_item, conversation)
        if item is None:
            raise DeskRefused("not_found")
        tags = [each for each in item.tags if each not in (add, remove)]
        if add:
            tags.append(clean(add).strip()[:40])
        await self.database.run(store.set_tags, item.id, tags[:20])
        return await self._changed(conversation, item.id)

    async def macro(self, me: Me, conversation: str, name: str, *, client_id: str) -> None:
        """Do the steps of a macro.

        Raises:
            DeskRefused: there is no such macro, or the talk is not theirs.
        """
        found = self.texts.macros.get(name)
        item = await self.database.read(store.newest_item, conversation)
        if found is None or item is None:
            raise DeskRefused("not_found")
        for place, step in enumerate(found["steps"]):
            number = f"{client_id}-{place}"[:64]
            if "say" in step:
                text = await self.canned_text(me, item, self.texts.canned[step["say"]]["text"])
                await self.say(me, conversation, text, file_ids=(), client_id=number)
            elif "note" in step:
                text = step["note"][item.language] if isinstance(step["note"], Mapping) else str(step["note"])
                await self.note(me, conversation, text, client_id=number)
            elif "tag" in step:
                await self.tag(conversation, add=str(step["tag"]), remove=None)

    async def canned_text(self, me: Me, item: Item, text: Mapping[str, str]) -> str:
        """A canned reply with its variables filled in."""
        packet = await self.database.read(store.packet_of, item.conversation) or {}
        return filled(text[item.language], variables(packet, agent_name=me.called(item.language))).strip()

    async def _count_repeats(self, me: Me, conversation: str, text: str) -> None:
        fields = sorted({known.field for known in await self.hints(conversation, text)})
        if not fields:
            return
        item = await self.database.read(store.newest_item, conversation)
        await self.database.run(
            store.count_repeat,
            conversation,
            fields,
            who="agent",
            handoff=item.id if item else None,
            account=me.id,
            now=self.now(),
        )
        for name in fields:
            metrics.repeats.labels("agent", name).inc()

    async def _taken(self, taken: Taken) -> Item:
        if taken.refusal or taken.held is None:
            raise DeskRefused(taken.refusal or "not_found")
        await self.live.wake(PEOPLE)
        await self._told(taken.held.conversation)
        return await self._changed(taken.held.conversation, taken.held.id)

    async def _changed(self, conversation: str, number: str) -> Item:
        await self.live.wake(talk(conversation))
        item = await self.database.read(store.item, number)
        if item is None:
            raise DeskRefused("not_found")
        return item

    async def _told(self, conversation: str) -> None:
        """Something was said there."""
        self._deliver(conversation)
        await self.live.wake(talk(conversation))

    def _supervisors_only(self, me: Me) -> None:
        if not me.is_supervisor:
            raise DeskRefused("forbidden")

    def _word(self, name: str, language: str, values: Mapping[str, object]) -> Words:
        reply = self._voice.say(name, language, **values)
        if name == CLOSED:
            rated = [Button(words[language], rating(int(stars))) for stars, words in self.texts.ratings.items()]
            reply = replace(reply, buttons=tuple(rated))
        lasts = timedelta(minutes=self._settings.button_minutes)
        made, buttons = bubbles([reply], sent=False, now=self.now(), buttons_last=lasts)
        return Words(made[0].data, tuple(buttons))

    def _note_text(self, name: str, language: str, values: Mapping[str, object]) -> str:
        return self.texts.note(name, language, **values)


def me_of(account: Account) -> Me:
    return Me(account.id, account.shown_as, bool(SUPERVISORS & set(account.roles)))


def sender_of(account: str) -> str:
    """As whose files a colleague's are kept."""
    return f"agent:{account}"


def variables(packet: Mapping[str, Any], *, agent_name: str) -> dict[str, str]:
    """What canned replies may name."""
    slots = {slot["name"]: slot["value"] for slot in packet.get("slots") or ()}
    person = packet.get("customer") or {}
    proven = list(person.get("proven_orders") or ())
    order = slots.get("order_number") or (proven[0] if len(proven) == 1 else "")
    return {"customer_name": person.get("name") or "", "order_number": str(order or ""), "agent_name": agent_name}
