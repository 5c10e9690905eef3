"""What a message leads to: the bot's turn, a place in the queue, or a line for the person who owns the talk."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot import handoff, metrics
from bot.conversations import Owner
from bot.customers import Customers
from bot.messages import Handoff, HandoffReason, Past, Priority, Reply, Turn
from bot.replies import bubbles, language_of
from bot.settings import Settings
from bot.store import handoffs, outbox
from bot.store.conversations import Claim, Outcome
from bot.store.database import Database
from bot.store.handoffs import Heard, StoredHandoff
from bot.store.inbox import MessageState
from bot.store.outbox import Said

logger = logging.getLogger(__name__)

STOP = "stop"
"""The intent with which a waiting customer goes back to the bot."""
MEANINGLESS = "/nlu_fallback"
"""What a button says that is unknown, too old, or another conversation's."""
GRACE_SECONDS = 1.0
"""The engine ends a slow turn by itself; this is how much later we do."""


class Understood(Protocol):
    @property
    def intent(self) -> str | None: ...


class Engine(Protocol):
    """The part of `bot.engine` that turns need."""

    async def reply(
        self,
        text: str,
        *,
        conversation: str,
        message_id: str,
        past: Past,
        channel: str = "rest",
        intent: str | None = None,
    ) -> Turn: ...

    def understand(self, text: str) -> Understood: ...

    def say(self, name: str, language: str, **values: object) -> Reply:
        """The response `name` in `language`, outside of any turn."""


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """When people are at work, and how soon they answer."""

    is_open: Callable[[], bool]
    opens: str
    closes: str
    answer_minutes: Mapping[str, int]
    """By priority."""


class Turns:
    """Decides what a message leads to; writes nothing of it."""

    def __init__(
        self,
        *,
        engine: Engine,
        database: Database,
        customers: Customers,
        shop: handoff.Shop,
        hours: ServiceHours,
        settings: Settings,
        now: Callable[[], datetime],
        answered_in_response: frozenset[str],
    ) -> None:
        """`answered_in_response` are the channels whose webhook's response carries the replies."""
        self._engine = engine
        self._database = database
        self._customers = customers
        self._shop = shop
        self._hours = hours
        self._settings = settings
        self._now = now
        self._answered_in_response = answered_in_response

    async def outcome(self, claim: Claim) -> Outcome:
        """What the claimed message leads to."""
        match claim.owner:
            case Owner.AGENT:
                return self._ended(claim, owner=Owner.AGENT)
            case Owner.QUEUE:
                return await self._in_the_queue(claim)
            case _:
                return await self._with_the_bot(claim)

    async def set_aside(self, claim: Claim) -> Outcome:
        """A message that failed too often: kept for a person, and the customer is told honestly."""
        error = claim.message.error or "the worker died"
        wish = Handoff(
            HandoffReason.ACTION_DOWN,
            Priority.HIGH,
            summary="The bot failed on this message again and again; it was set aside.",
            facts={"error": error, "message": claim.message.number},
        )
        said = [self._say(claim, "utter_action_failed")]
        stored = await self._packet(claim, wish, said, past=Past(claim.events, claim.carry), episode=claim.episode)
        owner = Owner.BOT if claim.owner is Owner.CLOSED else claim.owner
        return self._ended(claim, owner=owner, replies=said, handoff=stored, state=MessageState.DEAD, error=error)

    async def _in_the_queue(self, claim: Claim) -> Outcome:
        """A customer who waits for a person: told once that we read along, free to go back to the bot."""
        place, message = claim.place, claim.message
        idle = timedelta(minutes=self._settings.queue_idle_minutes)
        if place is None or message.received_at - place.last_heard_at > idle:
            outcome = await self._with_the_bot(claim, first=[self._say(claim, "utter_handoff_returned")])
            return replace(outcome, heard=Heard.LEFT)
        if self._wants_bot(claim):
            said = [self._say(claim, "utter_handoff_left")]
            return self._ended(claim, owner=Owner.BOT, replies=said, heard=Heard.LEFT)
        if place.acknowledged:
            return self._ended(claim, owner=Owner.QUEUE, heard=Heard.ADDED)
        said = [self._say(claim, "utter_handoff_waiting")]
        return self._ended(claim, owner=Owner.QUEUE, replies=said, heard=Heard.ACKNOWLEDGED)

    def _wants_bot(self, claim: Claim) -> bool:
        if claim.message.button is not None:
            return claim.payload == f"/{STOP}"
        text = claim.message.text.strip()
        return 0 < len(text) <= self._settings.max_text and self._engine.understand(text).intent == STOP

    async def _with_the_bot(self, claim: Claim, *, first: Sequence[Reply] = ()) -> Outcome:
        message = claim.message
        if message.has_files:
            first = [*first, self._say(claim, "utter_files_kept")]
            if not message.text.strip():
                return self._ended(claim, owner=Owner.BOT, replies=first)
        if message.button is None and not message.text.strip():
            return self._ended(claim, owner=Owner.BOT, replies=[*first, self._say(claim, "utter_empty")])
        if len(message.text) > self._settings.max_text:
            said = self._say(claim, "utter_too_long", characters=self._settings.max_text)
            return self._ended(claim, owner=Owner.BOT, replies=[*first, said])
        episode, past = await self._episode(claim)
        try:
            async with asyncio.timeout(self._settings.turn_seconds + GRACE_SECONDS):
                turn = await self._ask_engine(claim, past)
        except TimeoutError:
            logger.warning("a turn took too long", extra={"conversation": claim.conversation})
            said = self._say(claim, "utter_action_failed")
            return self._ended(claim, owner=Owner.BOT, replies=[*first, said], error="took too long")
        claim = replace(claim, language=turn.slots.get("language") or claim.language)
        replies = [*first, *turn.replies]
        if turn.handoff is None:
            replies = replies or [self._say(claim, "utter_action_failed")]
            return self._ended(claim, owner=Owner.BOT, replies=replies, new_events=turn.events, episode=episode)
        replies.append(self._what_happens_next(claim, turn.handoff))
        so_far = Past([*past.events, *turn.events], past.carry)
        stored = await self._packet(claim, turn.handoff, replies, past=so_far, episode=episode)
        metrics.handoffs.labels(turn.handoff.reason, turn.handoff.priority).inc()
        return self._ended(
            claim, owner=Owner.QUEUE, replies=replies, new_events=turn.events, episode=episode, handoff=stored
        )

    async def _ask_engine(self, claim: Claim, past: Past) -> Turn:
        message = claim.message
        return await self._engine.reply(
            message.text,
            conversation=claim.conversation,
            message_id=message.key,
            past=past,
            channel=message.channel,
            intent=None if message.button is None else claim.payload or MEANINGLESS,
        )

    async def _episode(self, claim: Claim) -> tuple[int, Past]:
        """The episode the message belongs to, and what happened in it; a new one knows language and customer."""
        message = claim.message
        rest = timedelta(minutes=self._settings.episode_rest_minutes)
        somebody_else = claim.signed_in_as is not None and message.signed_in_as not in (None, claim.signed_in_as)
        if somebody_else:
            await self._customers.forget_proofs(claim.conversation)
        ended = (
            somebody_else
            or claim.owner is Owner.CLOSED
            or message.received_at - claim.last_activity_at > rest
            or claim.episode_turns >= self._settings.episode_turns
        )
        if ended and claim.episode_turns:
            return claim.episode + 1, Past(carry=claim.carry)
        return claim.episode, Past(claim.events, claim.carry)

    def _what_happens_next(self, claim: Claim, wish: Handoff) -> Reply:
        if not self._hours.is_open():
            return self._say(claim, "utter_handoff_out_of_hours", opens=self._hours.opens, closes=self._hours.closes)
        return self._say(claim, "utter_handoff_in_line", minutes=self._hours.answer_minutes[wish.priority])

    async def _packet(
        self, claim: Claim, wish: Handoff, replies: Sequence[Reply], *, past: Past, episode: int
    ) -> StoredHandoff:
        now, number, is_open = self._now(), uuid.uuid4().hex, self._hours.is_open()
        message = claim.message
        said = await self._database.read(outbox.transcript, claim.conversation, episode)
        said.append(Said("customer", message.text or claim.payload or "", message.received_at))
        said += [Said("bot", reply.text, now) for reply in replies]
        caller = await self._customers.caller(claim.conversation)
        earlier = await self._database.read(handoffs.of_conversation, claim.conversation)
        talk = handoff.Talk(
            number=number,
            now=now,
            language=self._language(claim),
            channel=message.channel,
            conversation=claim.conversation,
            in_hours=is_open,
            events=past.events,
            carried=past.carry,
            transcript=said,
        )
        packet = handoff.packet(wish, talk, await handoff.view(caller, self._shop, earlier, episode=episode))
        return StoredHandoff(number, wish.reason, wish.priority, is_open, packet.version, packet.as_json())

    def _language(self, claim: Claim) -> str:
        return claim.language or language_of(claim.message.text) or self._settings.default_language

    def _say(self, claim: Claim, name: str, **values: object) -> Reply:
        return self._engine.say(name, self._language(claim), **values)

    def _ended(
        self,
        claim: Claim,
        *,
        owner: Owner,
        replies: Sequence[Reply] = (),
        new_events: Sequence[Mapping[str, Any]] = (),
        episode: int | None = None,
        state: MessageState = MessageState.DONE,
        handoff: StoredHandoff | None = None,
        heard: Heard | None = None,
        error: str | None = None,
    ) -> Outcome:
        """All that is to be committed now that the message is done with."""
        made, buttons = bubbles(
            replies,
            sent=claim.message.channel in self._answered_in_response,
            now=self._now(),
            buttons_last=timedelta(minutes=self._settings.button_minutes),
        )
        return Outcome(
            state=state,
            owner=owner,
            episode=episode or claim.episode,
            new_events=new_events,
            bubbles=made,
            new_buttons=buttons,
            language=claim.language,
            signed_in_as=claim.message.signed_in_as or claim.signed_in_as,
            carry={"language": claim.language} if claim.language else {},
            handoff=handoff,
            heard=heard,
            error=error,
        )
