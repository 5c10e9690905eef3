"""The engine: the current episode and a message in, a `Turn` out."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import rasa_sdk

from bot.engine import shim
from bot.engine.actions import FAILED, Actions, Outlet
from bot.engine.clauses import OUT_OF_SCOPE, Parsed, intent_of, questions
from bot.engine.processor import TRUSTED, Processor
from bot.engine.texts import Texts
from bot.engine.tracker import Trackers
from bot.messages import Button, Handoff, HandoffReason, Past, Priority, Reply, Turn

shim.install()

from rasa.core.actions.action import create_bot_utterance  # noqa: E402 - the shim comes first
from rasa.shared.core.constants import DEFAULT_SLOT_NAMES  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402

logger = logging.getLogger(__name__)

Component = TypeVar("Component")

HANDOFF_SLOT = "handoff"
"""A routine asks for a person by setting it to {"reason", "priority", "summary", "facts"}."""

_PAYLOAD = re.compile(r"/(?P<intent>[^\s{/]+(?:/[^\s{/]+)?)\s*(?P<entities>\{.*\})?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Understood:
    """What the pipeline makes of a text."""

    text: str
    intent: str | None
    """`faq/<key>` in full; `nlu_fallback` when unsure; None when there is no classifier."""
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    entities: tuple[dict[str, Any], ...]
    language: str | None
    """What the language component could tell from this text alone."""
    mood: str | None = None
    """`angry`, `distressed`, `legal_threat`, or None."""


@dataclass(slots=True)
class Tally:
    """What came of the messages since texts or model were last exchanged."""

    turns: int = 0
    unknown: int = 0
    """Messages that were not understood."""


class Engine:
    """Predicts and acts on one model, which may be swapped while turns run. It stores nothing."""

    def __init__(
        self,
        processor: Processor,
        *,
        actions: Actions,
        texts: Texts | None = None,
        split: Callable[[str], Sequence[str]] | None = None,
        turn_seconds: float = 8.0,
        trusted: Sequence[str] = TRUSTED,
    ) -> None:
        self._processor = processor
        self._actions = actions
        self._own_texts = texts
        self._split = split or _whole
        self._turn_seconds = turn_seconds
        self._trusted = trusted
        self._trackers = Trackers()
        self.tally = Tally()
        self._take(processor)

    @classmethod
    def load(
        cls,
        model: Path,
        *,
        actions: Sequence[rasa_sdk.Action] | None,
        texts: Texts | None = None,
        split: Callable[[str], Sequence[str]] | None = None,
        turn_seconds: float = 8.0,
        trusted: Sequence[str] = TRUSTED,
    ) -> Engine:
        """Load a model.

        `actions` may be None when `act_with` brings them before the first turn. `texts` take the place of the
        responses the model was trained with. `split` cuts a message into clauses (`bot.nlu.clauses.split`); without
        it each message is one. `turn_seconds` is how long the actions of one turn may wait in all. `trusted` are
        beginnings of the module names a model may import.

        Raises:
            ModelError: the archive is missing, damaged, or made by another version.
        """
        known = Actions(actions)
        processor = Processor(model, actions=known, nlg=texts, trusted=trusted)
        return cls(processor, actions=known, texts=texts, split=split, turn_seconds=turn_seconds, trusted=trusted)

    @property
    def model_id(self) -> str:
        found: str = self._processor.model_metadata.model_id
        return found

    @property
    def domain(self) -> Domain:
        """Rasa's domain of the current model, to be read only."""
        return self._processor.domain

    def act_with(self, actions: Sequence[rasa_sdk.Action]) -> None:
        """Run these actions from now on: for an engine that was loaded before there was a shop to act on."""
        self._actions.use(actions)
        self._warn_of_missing_actions(self._processor)

    def use(self, texts: Texts) -> None:
        """Say these texts from now on, whatever model is loaded."""
        self._own_texts = texts
        self.exchange(texts=texts)

    @property
    def texts(self) -> Texts:
        """What is said now."""
        found: Texts = self._processor.nlg
        return found

    def component(self, kind: type[Component]) -> Component | None:
        """The pipeline's component of a kind."""
        node = self._processor.node_of(kind)
        found: Component | None = None if node is None else self._processor.graph_runner.components()[node]
        return found

    def read(self, text: str, kind: type[object]) -> Any:
        """Rasa's message of a text as the component of a kind gets it.

        Raises:
            LookupError: the model has no such component.
        """
        node = self._processor.node_of(kind)
        if node is None:
            raise LookupError(f"the model has no {kind.__name__}")
        return self._processor.read(text, node)

    def exchange(self, *, texts: Texts | None = None, components: Sequence[object] = ()) -> None:
        """Say other texts and have other components of the same kinds, both at once, until another model comes.

        Turns that run keep what they began with.
        """
        self._processor = self._exchanged(texts, components)
        self.tally = Tally()

    def beside(self, *, texts: Texts | None = None, components: Sequence[object] = ()) -> Engine:
        """Another engine that differs in this, to try something out; it remembers no conversation of this one."""
        return Engine(
            self._exchanged(texts, components),
            actions=self._actions,
            split=self._split,
            turn_seconds=self._turn_seconds,
            trusted=self._trusted,
        )

    def _exchanged(self, texts: Texts | None, components: Sequence[object]) -> Processor:
        processor = self._processor
        named = {processor.node_of(type(one)): one for one in components}
        if None in named:
            raise LookupError("the model has no component of that kind")
        return processor.exchanged(
            nlg=texts or processor.nlg, components={str(name): one for name, one in named.items()}
        )

    async def swap(self, model: Path) -> None:
        """Load another model beside the current one, then let new turns run on it; running turns keep theirs.

        Raises:
            ModelError: the archive cannot be used; the current model stays.
        """
        processor = await asyncio.to_thread(
            Processor, model, actions=self._actions, nlg=self._own_texts, trusted=self._trusted
        )
        self._take(processor)

    def understand(self, text: str) -> Understood:
        """What the pipeline makes of `text`, without a conversation."""
        parsed = self._processor.parse(text)
        language = next((one["value"] for one in parsed["entities"] if one["entity"] == "language"), None)
        ranking = parsed.get("label_ranking") or parsed.get("intent_ranking", ())  # the former tells faq/<key> apart
        return Understood(
            text=text,
            intent=intent_of(parsed),
            confidence=float(parsed["intent"]["confidence"]),
            ranking=tuple((one["name"], float(one["confidence"])) for one in ranking),
            entities=tuple(parsed["entities"]),
            language=language,
            mood=parsed.get("mood"),
        )

    def say(self, name: str, language: str, /, **values: object) -> Reply:
        """The response `name` outside of any turn; LookupError when the content has none that fits."""
        texts, domain = self._processor.nlg, self._processor.domain
        tracker = DialogueStateTracker("", domain.slots)
        tracker.update_with_events([SlotSet("language", language)], domain)
        message = texts.say(name, tracker, "", values)
        if message is None:
            raise LookupError(f"the content has no response named {name}")
        return _reply(create_bot_utterance(message))

    async def reply(
        self,
        text: str,
        *,
        conversation: str,
        message_id: str,
        past: Past,
        channel: str = "rest",
        intent: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Turn:
        """Answer one message.

        `intent` is a trusted payload such as `/track_order{"order_number": "GT2600010042"}`, looked up on the server
        from a pressed button; `text` is what the customer wrote and is never taken for one. `metadata` and
        `message_id` reach actions in `tracker.latest_message`.
        """
        processor = self._processor  # a swap during the turn changes nothing for it
        outlet = Outlet(channel, asyncio.get_running_loop().time() + self._turn_seconds)
        tracker = self._trackers.open(conversation, past, processor.domain)
        opened_with = len(tracker.events)
        await processor.begin(tracker, past.carry, outlet)
        pressed = _pressed(intent, text, processor.domain) if intent else None
        heard = [pressed] if pressed else self._heard(text, processor, tracker)
        for parsed in heard:
            await processor.hear(parsed, tracker, outlet, message_id=message_id, metadata=metadata or {})
        self.tally.turns += 1
        self.tally.unknown += any(intent_of(parsed) in OUT_OF_SCOPE for parsed in heard)
        handoff = _take_handoff(tracker, processor.domain)
        new = list(tracker.events)[opened_with:]
        if handoff is None and not tracker.is_paused() and not any(isinstance(event, BotUttered) for event in new):
            await _break_the_silence(tracker, processor, outlet)
            new = list(tracker.events)[opened_with:]
        return Turn(
            replies=_replies(new),
            events=self._trackers.close(tracker, processor.domain, opened_with),
            handoff=handoff,
            intents=() if pressed else tuple(filter(None, map(intent_of, heard))),
            confidence=0.0 if pressed else min(float(parsed["intent"]["confidence"]) for parsed in heard),
            slots={
                name: value
                for name, value in tracker.current_slot_values().items()
                if value is not None and name not in DEFAULT_SLOT_NAMES
            },
        )

    def _heard(self, text: str, processor: Processor, tracker: DialogueStateTracker) -> list[Parsed]:
        return questions(
            text,
            self._split(text),
            lambda clause: processor.parse(clause, tracker),
            asked=tracker.active_loop_name is not None,
        )

    def _take(self, processor: Processor) -> None:
        if processor.nlg is None:
            processor.nlg = Texts(processor.domain.responses)
        if self._actions.known:
            self._warn_of_missing_actions(processor)
        self._processor = processor

    def _warn_of_missing_actions(self, processor: Processor) -> None:
        for name in processor.domain.user_actions:
            if not name.startswith("utter_") and self._actions.find(name) is None:
                logger.warning("the domain names an action that does not exist", extra={"action": name})


def _whole(text: str) -> list[str]:
    return [text]


def _pressed(intent: str, text: str, domain: Domain) -> Parsed | None:
    """Parse data of a button's payload; None when this model does not know its intent, as after a swap."""
    match = _PAYLOAD.fullmatch(intent.strip())
    try:
        entities = json.loads(match["entities"] or "{}") if match else {}
    except ValueError:
        match = None
    name = match["intent"] if match else intent
    base, _, key = name.partition("/")
    if match is None or base not in domain.intents or (bool(key) and base not in domain.retrieval_intents):
        logger.warning("a button's payload is unknown to the model", extra={"payload_intent": name})
        return None
    parsed: Parsed = {
        "text": text or intent,
        "intent": {"name": base, "confidence": 1.0},
        "entities": [{"entity": entity, "value": value} for entity, value in entities.items()],
        "intent_ranking": [{"name": base, "confidence": 1.0}],
    }
    if key:
        parsed["intent"]["full_retrieval_intent_name"] = name
        chosen = {"intent_response_key": name, "utter_action": f"utter_{name}", "confidence": 1.0}
        parsed["response_selector"] = {"all_retrieval_intents": [base], base: {"response": chosen, "ranking": [chosen]}}
    return parsed


def _take_handoff(tracker: DialogueStateTracker, domain: Domain) -> Handoff | None:
    asked = tracker.get_slot(HANDOFF_SLOT) if HANDOFF_SLOT in tracker.slots else None
    if not asked:
        return None
    tracker.update_with_events([SlotSet(HANDOFF_SLOT, None)], domain)
    try:
        return Handoff(
            reason=HandoffReason(asked["reason"]),
            priority=Priority(asked.get("priority", Priority.NORMAL)),
            summary=str(asked.get("summary", "")),
            facts=dict(asked.get("facts") or {}),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        # a mistake in a routine must not keep the customer from a person
        logger.exception("a handoff was asked for in a wrong form", extra={"conversation": tracker.sender_id})
        return Handoff(reason=HandoffReason.ASKED)


async def _break_the_silence(tracker: DialogueStateTracker, processor: Processor, outlet: Outlet) -> None:
    """Nothing was said: no rule fitted, or a response has no text. The customer gets a sentence all the same."""
    logger.error("a turn had no reply", extra={"conversation": tracker.sender_id})
    message = await processor.nlg.generate(FAILED, tracker, outlet.name())
    if message is not None:
        said = create_bot_utterance({**message, "utter_action": FAILED})
        tracker.update_with_events([said], processor.domain)


def _replies(events: Sequence[Event]) -> tuple[Reply, ...]:
    """The bubbles said. Where a form asks the same again after a second question was answered, the last one stays."""
    said = [event for event in events if isinstance(event, BotUttered)]
    if sum(isinstance(event, UserUttered) for event in events) > 1:
        last = {_asks(event): event for event in said if _asks(event)}
        said = [event for event in said if last.get(_asks(event), event) is event]
    return tuple(reply for reply in map(_reply, said) if reply.text or reply.image or reply.custom or reply.buttons)


def _asks(event: BotUttered) -> str:
    name = str(event.metadata.get("utter_action") or "")
    return name if name.startswith("utter_ask_") else ""


def _reply(event: BotUttered) -> Reply:
    data = event.data or {}
    return Reply(
        text=event.text or "",
        buttons=tuple(
            Button(title=str(button.get("title", "")), payload=str(button.get("payload", "")))
            for button in data.get("buttons") or ()
        ),
        image=data.get("image"),
        custom=data.get("custom") or None,
    )
