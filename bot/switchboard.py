"""Puts customers through to people: what is handed over, the place in line, and what is said while they wait."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.customers import Customers
from bot.handoff import queue
from bot.handoff.assignment import Group, group_of
from bot.handoff.packet import Packet, Shop, Talk, handed, packet, view
from bot.handoff.queue import Pace
from bot.messages import LANGUAGES, Handoff, Past, Priority, Reply, Sentence
from bot.replies import language_of
from bot.settings import Settings
from bot.store import handoffs, outbox, presence
from bot.store.conversations import Claim
from bot.store.database import Database
from bot.store.handoffs import Place, StoredHandoff
from bot.store.outbox import Said
from bot.voice import Voice

logger = logging.getLogger(__name__)

NOBODY = Pace(desks=0, free=0, handling=None)


def _already_open(moment: datetime) -> datetime:
    return moment


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """When people are at work, and how soon they answer."""

    is_open: Callable[[], bool]
    opens: str
    closes: str
    answer_minutes: Mapping[str, int]
    """By priority."""
    opening_after: Callable[[datetime], datetime] = _already_open
    """When people are at work next; the same moment while they are."""


@dataclass(slots=True)
class Tempo:
    """How quickly the line moves now; kept up to date by whoever watches it."""

    pace: Pace = field(default=NOBODY)


@dataclass(frozen=True, slots=True)
class PutThrough:
    """A new place in line, and what the customer is told of it."""

    stored: StoredHandoff
    said: Reply


class Switchboard:
    """Makes what is stored of a handoff; writes nothing of it."""

    def __init__(
        self,
        *,
        voice: Voice,
        database: Database,
        customers: Customers,
        shop: Shop,
        hours: ServiceHours,
        groups: Sequence[Group],
        line: Tempo,
        settings: Settings,
        now: Callable[[], datetime],
    ) -> None:
        self._voice = voice
        self._database = database
        self._customers = customers
        self._shop = shop
        self._hours = hours
        self._groups = groups
        self._line = line
        self._settings = settings
        self._now = now

    def language(self, claim: Claim) -> str:
        return claim.language or language_of(claim.message.text) or self._settings.default_language

    def say(self, claim: Claim, name: str, **values: object) -> Reply:
        return self._voice.say(name, self.language(claim), **values)

    async def put_through(
        self, claim: Claim, wish: Handoff, replies: Sequence[Reply], *, past: Past, episode: int
    ) -> PutThrough:
        """A place in line for `wish`; `replies` are what the bot has just said."""
        made, now = await self._packet(claim, wish, replies, past=past, episode=episode), self._now()
        place = await self._database.read(presence.place_before, queue.rank(made.priority, now))
        said = self._what_happens_next(claim, made, place)
        made = replace(made, transcript=(*made.transcript, handed("bot", said.text, now)))
        return PutThrough(self._stored(made, now=now, place=place), said)

    async def set_aside(self, claim: Claim, wish: Handoff, replies: Sequence[Reply]) -> StoredHandoff:
        """A place in line that the customer does not wait in: the bot goes on."""
        past = Past(claim.events, claim.carry)
        made = await self._packet(claim, wish, replies, past=past, episode=claim.episode)
        return self._stored(made, now=self._now(), place=None)

    async def still_waiting(self, claim: Claim, place: Place) -> Reply:
        """What somebody hears who waits and asks again."""
        pace = self._line.pace
        if not (pace.online and self._hours.is_open()):
            return self.say(claim, "utter_handoff_waiting")
        position = await self._database.read(presence.place_before, place.rank_at - timedelta(microseconds=1))
        return self.say(claim, "utter_handoff_moved", **self.figures(position, place.priority))

    def figures(self, place: int, priority: str) -> dict[str, int]:
        """The place in line and the minutes it will take, as customers are told."""
        aim = timedelta(minutes=self._hours.answer_minutes[priority])
        span = queue.wait(place, self._line.pace, aim=aim)
        return {"place": place, "minutes": queue.minutes(span or aim)}

    def _what_happens_next(self, claim: Claim, made: Packet, place: int) -> Reply:
        if not made.in_hours:
            return self.say(claim, "utter_handoff_out_of_hours", opens=self._hours.opens, closes=self._hours.closes)
        if self._line.pace.online:
            return self.say(claim, "utter_handoff_place", **self.figures(place, made.priority))
        return self.say(claim, "utter_handoff_in_line", minutes=self._hours.answer_minutes[made.priority])

    async def _packet(
        self, claim: Claim, wish: Handoff, replies: Sequence[Reply], *, past: Past, episode: int
    ) -> Packet:
        now, message = self._now(), claim.message
        said = await self._database.read(outbox.transcript, claim.conversation, episode)
        caller = await self._customers.caller(claim.conversation)
        level, words = self._customers.level_of(caller), message.text or claim.payload or ""
        said.append(Said("customer", words, message.received_at, message.channel, level))
        said += [Said("bot", reply.text, now, message.channel) for reply in replies]
        earlier = await self._database.read(handoffs.of_conversation, claim.conversation)
        talk = Talk(
            number=uuid.uuid4().hex,
            now=now,
            language=self.language(claim),
            channel=message.channel,
            conversation=claim.conversation,
            in_hours=self._hours.is_open(),
            events=past.events,
            carried=past.carry,
            transcript=said,
        )
        known = await view(caller, self._shop, earlier, episode=episode)
        made = packet(wish, talk, known, summary=self._summary(wish))
        vip = queue.is_vip(made.customer.tier, made.customer.tags)
        return replace(made, priority=queue.raised(made.priority, made.reason, mood=made.mood, vip=vip))

    def _summary(self, wish: Handoff) -> Sentence:
        """The wish in a sentence, in each language where it is the house's own."""
        if not wish.summary.startswith("utter_"):
            return wish.summary
        try:
            return {one: self._voice.say(wish.summary, one, **wish.facts).text for one in LANGUAGES}
        except LookupError:
            logger.exception("a handoff has no summary", extra={"summary": wish.summary})
            return ""

    def _stored(self, made: Packet, *, now: datetime, place: int | None) -> StoredHandoff:
        aim = timedelta(minutes=self._hours.answer_minutes[made.priority])
        slots = {slot.name: slot.value for slot in made.slots}
        return StoredHandoff(
            number=made.number,
            reason=made.reason,
            priority=made.priority,
            in_hours=made.in_hours,
            packet_version=made.version,
            packet=made.as_json(),
            rank_at=queue.rank(Priority(made.priority), now),
            group=group_of(self._groups, made.wants, slots),
            language=made.language,
            card=made.card(vip=queue.is_vip(made.customer.tier, made.customer.tags)),
            aim=aim,
            first_due=self._hours.opening_after(now) + aim,
            told_place=place if made.in_hours and self._line.pace.online else None,
        )
