"""What a message leads to: the bot's turn, a place in the queue, or a line for the person who owns the talk."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot import metrics
from bot.conversations import Owner
from bot.customers import Customers, crossing, links
from bot.handoff import repeats
from bot.handoff.escape import BUTTON as PERSON_BUTTON
from bot.handoff.escape import asks_for_person, asks_for_person_too
from bot.messages import UNREADABLE, Address, Engine, Handoff, HandoffReason, Past, Priority, Reply, Turn
from bot.replies import bubbles, joined, language_of
from bot.settings import Settings
from bot.store.conversations import Bubble, Claim, Outcome
from bot.store.handoffs import Heard, StoredHandoff
from bot.store.inbox import MessageState
from bot.switchboard import Switchboard

logger = logging.getLogger(__name__)

STOP = "stop"
"""The intent with which a waiting customer goes back to the bot."""
MEANINGLESS = "/nlu_fallback"
"""What a button says that is unknown, too old, or another conversation's."""
GRACE_SECONDS = 1.0
"""The engine ends a slow turn by itself; this is how much later we do."""
ESCAPE_SECONDS = 2.0
"""How long the engine may take over somebody who asks for a person; then they are put through without it."""
_RATING = re.compile(r'/rate\{"stars": ?([1-5])\}')
ASKED = Handoff(HandoffReason.ASKED, summary="utter_summary_asked")


class Turns:
    """Decides what a message leads to; writes nothing of it."""

    def __init__(
        self,
        *,
        engine: Engine,
        switchboard: Switchboard,
        customers: Customers,
        settings: Settings,
        now: Callable[[], datetime],
        answered_in_response: frozenset[str],
        held: Mapping[str, float] | None = None,
        joining: Collection[str] = (),
    ) -> None:
        """`answered_in_response` are the channels whose webhook's response carries the replies.

        `held` are those whose response carries them when they come in time, and for how many seconds they wait for it.
        On those in `joining` a turn's replies are one.
        """
        self._engine = engine
        self._switchboard = switchboard
        self._customers = customers
        self._settings = settings
        self._now = now
        self._answered_in_response = answered_in_response
        self._held = {} if held is None else held
        self._joining = joining

    async def outcome(self, claim: Claim) -> Outcome:
        """What the claimed message leads to."""
        made = await self._led_to(claim)
        level = await self._customers.level(claim.conversation)
        return replace(made, level=level, notices=await self._notices(claim))

    async def _led_to(self, claim: Claim) -> Outcome:
        if (did := links.done(claim.payload)) is not None and claim.owner in (Owner.AGENT, Owner.QUEUE):
            said = [self._say(claim, f"utter_{did['done']}")]
            return self._ended(claim, owner=claim.owner, replies=said, heard=Heard.ADDED)
        match claim.owner:
            case Owner.AGENT:
                return self._ended(claim, owner=Owner.AGENT, heard=Heard.ADDED)
            case Owner.QUEUE:
                return await self._in_the_queue(claim)
            case _:
                return await self._with_the_bot(claim)

    async def set_aside(self, claim: Claim) -> Outcome:
        """A message that failed too often: kept for a person, and the customer is told honestly.

        Where a person has the talk already, or is to have it, they read the message as any other, and nobody speaks
        over them.
        """
        if claim.owner is Owner.AGENT:
            return self._ended(claim, owner=Owner.AGENT, heard=Heard.ADDED)
        if claim.owner is Owner.QUEUE:
            return self._read_along(claim)
        error = claim.message.error or "the worker died"
        wish = Handoff(
            HandoffReason.ACTION_DOWN,
            Priority.HIGH,
            summary="utter_summary_set_aside",
            facts={"error": error, "message": claim.message.number},
        )
        said = [self._say(claim, "utter_action_failed")]
        stored = await self._switchboard.set_aside(claim, wish, said)
        return self._ended(claim, owner=Owner.BOT, replies=said, handoff=stored, state=MessageState.DEAD, error=error)

    async def _in_the_queue(self, claim: Claim) -> Outcome:
        """A customer who waits for a person: told once that we read along, free to go back to the bot."""
        place, message = claim.place, claim.message
        idle = timedelta(minutes=self._settings.queue_idle_minutes)
        if place is None or message.received_at - place.last_heard_at > idle:
            outcome = await self._with_the_bot(claim, first=[self._say(claim, "utter_handoff_returned")])
            return replace(outcome, heard=Heard.MISSED)
        if self._wants_person(claim):
            said = [await self._switchboard.still_waiting(claim, place)]
            return self._ended(claim, owner=Owner.QUEUE, replies=said, heard=Heard.ACKNOWLEDGED)
        if self._wants_bot(claim):
            said = [self._say(claim, "utter_handoff_left")]
            return self._ended(claim, owner=Owner.BOT, replies=said, heard=Heard.LEFT)
        return self._read_along(claim)

    def _read_along(self, claim: Claim) -> Outcome:
        """Whoever takes the talk will read it, which a waiting customer is told once."""
        if claim.place is not None and claim.place.acknowledged:
            return self._ended(claim, owner=Owner.QUEUE, heard=Heard.ADDED)
        said = [self._say(claim, "utter_handoff_waiting")]
        return self._ended(claim, owner=Owner.QUEUE, replies=said, heard=Heard.ACKNOWLEDGED)

    def _wants_person(self, claim: Claim) -> bool:
        """They say so in words, or with the button, that nothing need understand."""
        if claim.message.button is not None:
            return claim.payload == PERSON_BUTTON
        return asks_for_person(claim.message.text)

    def _wants_bot(self, claim: Claim) -> bool:
        if claim.message.button is not None:
            return claim.payload == f"/{STOP}"
        text = claim.message.text.strip()
        if not 0 < len(text) <= self._settings.max_text:
            return False
        try:
            return self._engine.understand(text).intent == STOP
        except Exception:  # who waits for a person does not need a bot that works
            logger.exception("a message of somebody who waits was not understood")
            return False

    async def _with_the_bot(self, claim: Claim, *, first: Sequence[Reply] = ()) -> Outcome:
        message = claim.message
        if (stars := _stars(claim.payload)) is not None:
            thanks = [self._say(claim, "utter_rating_thanks")]
            return self._ended(claim, owner=claim.owner, replies=thanks, stars=stars)
        if self._wants_person(claim):
            return await self._put_through(claim, first)
        if message.has_files:
            first = [*first, self._say(claim, "utter_files_kept")]
            if not message.text.strip():
                return self._ended(claim, owner=Owner.BOT, replies=first)
        if message.text.startswith(UNREADABLE):
            return self._ended(claim, owner=Owner.BOT, replies=[*first, self._say(claim, "utter_unreadable")])
        if message.button is None and not message.text.strip():
            return self._ended(claim, owner=Owner.BOT, replies=[*first, self._say(claim, "utter_empty")])
        if len(message.text) > self._settings.max_text:
            said = self._say(claim, "utter_too_long", characters=self._settings.max_text)
            return self._ended(claim, owner=Owner.BOT, replies=[*first, said])
        episode, past = await self._episode(claim)
        past, guarded = await self._guarded(claim, past)
        try:
            async with asyncio.timeout(self._settings.turn_seconds + GRACE_SECONDS):
                turn = await self._ask_engine(claim, past)
        except TimeoutError:
            logger.warning("a turn took too long", extra={"conversation": claim.conversation})
            if asks_for_person_too(message.text):
                return await self._in_line(claim, ASKED, first, past=past, events=(), episode=episode)
            said = self._say(claim, "utter_action_failed")
            return self._ended(claim, owner=Owner.BOT, replies=[*first, said], error="took too long")
        claim = replace(claim, language=turn.slots.get("language") or claim.language)
        replies = [*first, *turn.replies]
        turn = replace(turn, events=(*guarded, *turn.events))
        wish = turn.handoff or (ASKED if asks_for_person_too(message.text) else None)
        if wish is None:
            replies = replies or [self._say(claim, "utter_action_failed")]
            repeated = _asked_again(turn)
            return self._ended(
                claim, owner=Owner.BOT, replies=replies, new_events=turn.events, episode=episode, repeated=repeated
            )
        before = replace(past, events=past.events[: len(past.events) - len(guarded)])
        return await self._in_line(claim, wish, replies, past=before, events=turn.events, episode=episode)

    async def _put_through(self, claim: Claim, first: Sequence[Reply]) -> Outcome:
        """They asked for a person: the engine may say something to it, and whatever becomes of that, they get one."""
        episode, past = await self._episode(claim)
        turn: Turn | None = None
        try:
            async with asyncio.timeout(ESCAPE_SECONDS):
                turn = await self._ask_engine(claim, past)
        except Exception as error:  # a bot that is broken is one more reason
            ids = {"conversation": claim.conversation, "error": type(error).__name__}
            logger.exception("somebody is put through without the bot", extra=ids)
        if turn is None or turn.handoff is None:
            return await self._in_line(claim, ASKED, first, past=past, events=(), episode=episode)
        claim = replace(claim, language=turn.slots.get("language") or claim.language)
        replies = [*first, *turn.replies]
        return await self._in_line(claim, turn.handoff, replies, past=past, events=turn.events, episode=episode)

    async def _in_line(
        self,
        claim: Claim,
        wish: Handoff,
        replies: Sequence[Reply],
        *,
        past: Past,
        events: Sequence[dict[str, Any]],
        episode: int,
    ) -> Outcome:
        so_far = Past([*past.events, *events], past.carry)
        through = await self._switchboard.put_through(claim, wish, replies, past=so_far, episode=episode)
        metrics.handoffs.labels(wish.reason, through.stored.priority).inc()
        return self._ended(
            claim,
            owner=Owner.QUEUE,
            replies=[*replies, through.said],
            new_events=events,
            episode=episode,
            handoff=through.stored,
        )

    async def _ask_engine(self, claim: Claim, past: Past) -> Turn:
        message = claim.message
        intent = None if message.button is None else claim.payload or MEANINGLESS
        if intent is None and (code := links.code_in(message.text)) is not None:
            # no model need understand it
            intent = links.typed(code, language_of(links.beside_code(message.text)))
        # "yes" was said to the link, and is no answer to what the joined talk has asked
        text = message.text if links.done(claim.payload) is None else ""
        return await self._engine.reply(
            text,
            conversation=claim.conversation,
            message_id=message.key,
            past=past,
            channel=message.channel,
            intent=intent,
        )

    async def _guarded(self, claim: Claim, past: Past) -> tuple[Past, Sequence[dict[str, Any]]]:
        """The talk as an address may have it that comes after another one and has not proven as much.

        With what that adds to the dialogue.
        """
        if claim.before in (None, claim.message.address):
            return past, ()
        caller = await self._customers.caller(claim.conversation)
        added = crossing.guard(past.events, caller, now=self._now())
        return Past([*past.events, *added], crossing.carried(past.carry, caller)), added

    async def _notices(self, claim: Claim) -> list[tuple[Address, Bubble]]:
        """What is said to a customer's other channels when one is linked or unlinked."""
        did = links.done(claim.payload)
        if did is None:
            return []
        if did["done"] == "unlinked":
            name = "utter_unlinked_notice"
            told = [Address(*did["to"])] if did.get("to") else []
        else:
            name = "utter_linked_notice"
            told = await self._customers.others(claim.conversation)
        said = self._say(claim, name, channel=claim.message.channel)
        made, _ = bubbles([said], sent=False, now=self._now(), buttons_last=timedelta())
        return [(to, made[0]) for to in told if to.channel not in self._answered_in_response]

    async def _episode(self, claim: Claim) -> tuple[int, Past]:
        """The episode the message belongs to, and what happened in it; a new one knows language and customer."""
        message = claim.message
        rest = timedelta(minutes=self._settings.episode_rest_minutes)
        somebody_else = claim.signed_in_as is not None and message.signed_in_as not in (None, claim.signed_in_as)
        if somebody_else:
            await self._customers.forget_proofs(message.address)
        ended = (
            somebody_else
            or claim.owner is Owner.CLOSED
            or message.received_at - claim.last_activity_at > rest
            or claim.episode_turns >= self._settings.episode_turns
        )
        if ended and claim.episode_turns:
            return claim.episode + 1, Past(carry=claim.carry)
        return claim.episode, Past(claim.events, claim.carry)

    def _say(self, claim: Claim, name: str, **values: object) -> Reply:
        return self._switchboard.say(claim, name, **values)

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
        repeated: Sequence[str] = (),
        stars: int | None = None,
    ) -> Outcome:
        """All that is to be committed now that the message is done with."""
        made, buttons = bubbles(
            joined(replies) if claim.message.channel in self._joining else replies,
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
            hold_seconds=self._held.get(claim.message.channel, 0.0),
            language=claim.language,
            signed_in_as=claim.message.signed_in_as or claim.signed_in_as,
            carry=_carried(claim, is_used=bool(new_events)),
            handoff=handoff,
            heard=heard,
            error=error,
            repeated=repeated,
            stars=stars,
        )


def _carried(claim: Claim, *, is_used: bool) -> dict[str, Any]:
    """What the next talk begins with: the language, and what a colleague left until the bot has taken it up."""
    kept = {} if is_used else dict(claim.carry)
    return kept | ({"language": claim.language} if claim.language else {})


def rating(stars: int) -> str:
    """What a button says that gives so many."""
    return f'/rate{{"stars": {stars}}}'


def _stars(payload: str | None) -> int | None:
    """How many the pressed button gives; None for any other button."""
    match = _RATING.fullmatch(payload or "")
    return int(match[1]) if match else None


def _asked_again(turn: Turn) -> list[str]:
    """What the bot asks for though a slot has it."""
    known = {"slots": [{"name": name, "value": value} for name, value in turn.slots.items()]}
    fields = {each.field for reply in turn.replies for each in repeats.asked_again(reply.text, known)}
    for name in fields:
        metrics.repeats.labels("bot", name).inc()
    return sorted(fields)
