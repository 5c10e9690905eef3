"""A stage for routines: one message in, what was said and which events came out, without Rasa's core.

The form's part is played here in a few lines: a question waits, `read_answer` reads the next message, and the routine
starts again. The real form is tested with the engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import FORM, Routine, SharedAction
from actions.details_form import AskAnswer, Continue, ReadAnswer
from actions.talk import Events, Services
from bot.messages import Caller

DATA = Path(__file__).parents[2] / "data"
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=SHANGHAI)
"""A Sunday."""


@dataclass
class FakeCallers:
    """Everybody is the same caller."""

    now: Caller = field(default_factory=lambda: Caller(conversation="talk", channel="rest", sender="visitor"))

    async def caller(self, conversation: str) -> Caller:
        return self.now


@dataclass
class Said:
    """One bubble before it is put into words."""

    response: str
    values: dict[str, Any]
    choices: list[str]
    """The buttons' payloads."""
    text: str = ""
    """The response in the customer's language, its names filled in."""
    card: dict[str, Any] = field(default_factory=dict)


class Stage:
    """Plays one conversation with one routine after another."""

    def __init__(self, services: Services, *, language: str = "en", conversation: str = "talk", turn: int = 0) -> None:
        self.services = services
        self.conversation = conversation
        self.slots: dict[str, Any] = {"language": language}
        self.said: list[Said] = []
        self.handoff: dict[str, Any] | None = None
        self._turn = turn

    @property
    def responses(self) -> list[str]:
        """The names of the responses of the last message, in order."""
        return [each.response for each in self.said]

    @property
    def text(self) -> str:
        """All bubbles of the last message in words."""
        return "\n".join(each.text for each in self.said)

    @property
    def cards(self) -> list[dict[str, Any]]:
        """Those of the last message."""
        return [card for each in self.said if each.card for card in each.card.get("cards", [each.card])]

    async def hears(self, routine: type[SharedAction], text: str = "", *, intent: str = "", **entities: Any) -> None:
        """The customer says something that `routine` is for; `entities` are what was found in it.

        An entity is a value, a list of values, or a table with `value` and `candidates`.
        """
        self._turn += 1
        self.said = []
        message = self._message(text, intent or routine(self.services).name().removeprefix("action_"), entities)
        await self._play(routine(self.services), message)

    async def answers(self, text: str = "", *, intent: str = "inform", **entities: Any) -> bool:
        """The customer answers the question that waits; False when it was no answer."""
        self._turn += 1
        self.said = []
        message = self._message(text, intent, entities)
        events = await self._run(ReadAnswer(self.services), message)
        if not any(event.get("name") == "answer" for event in events):
            return False
        await self._play(Continue(self.services), message)
        return True

    async def _play(self, action: SharedAction, message: dict[str, Any]) -> None:
        known = {kind(self.services).name(): kind for kind in _all(Routine)}
        for _ in range(10):
            events = await self._run(action, message)
            after = next((event["name"] for event in reversed(events) if event["event"] == "followup"), None)
            if after == FORM:
                # Rasa shows a form that starts the message that made it start
                taken = await self._run(ReadAnswer(self.services), message)
                assert not taken, "a message was taken for the answer to the question it led to"
                await self._run(AskAnswer(self.services), message)
                return
            if after not in known:
                return
            action = known[after](self.services)
        raise AssertionError("the actions follow each other without an end")

    async def _run(self, action: SharedAction, message: dict[str, Any]) -> Events:
        tracker = Tracker(self.conversation, dict(self.slots), message, [], False, None, {}, None)
        dispatcher = CollectingDispatcher()
        events = await action.run(dispatcher, tracker, {})
        for event in events:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
                if event["name"] == "handoff":
                    self.handoff = event["value"]
        for bubble in dispatcher.messages:
            values = {
                name: value
                for name, value in bubble.items()
                if name not in ("text", "buttons", "elements", "custom", "template", "response", "image", "attachment")
            }
            choices = [button["payload"] for button in bubble["buttons"]]
            text = _text(bubble["response"], str(self.slots["language"]), {**self.slots, **values})
            self.said.append(Said(bubble["response"], values, choices, text, bubble["custom"]))
        for card in self.cards:
            unsaid = [fact for fact in _facts(card) if fact not in self.text]
            assert not unsaid, f"a card shows what no text says: {unsaid}"
        return list(events)

    def _message(self, text: str, intent: str, entities: Mapping[str, Any]) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        for name, value in entities.items():
            values: Sequence[Any] = value if isinstance(value, list) else [value]
            found += [{"entity": name, **(each if isinstance(each, dict) else {"value": each})} for each in values]
            kept = [each["value"] if isinstance(each, dict) else each for each in values]
            if name in _KEPT:
                self.slots[name] = kept if len(kept) > 1 else kept[0]
        return {
            "text": text,
            "intent": {"name": intent, "confidence": 1.0},
            "entities": found,
            "message_id": f"m{self._turn}",
        }


def _facts(card: dict[str, Any]) -> list[str]:
    """What a card tells in the words of the texts; status and steps have words of their own."""
    told = [value for name, value in card.items() if isinstance(value, str) and name not in ("card", "status")]
    return [
        *(line for value in told for line in value.splitlines()),
        *(item["name"] for item in card.get("items", ())),
        *card.get("services", ()),
    ]


_KEPT = frozenset(
    {"language", "order_number", "phone_tail", "store", "city", "date", "time", "product", "category"}
) | {*("amount", "size", "service", "reason", "payment_method", "region")}
"""Entities that Rasa keeps in a slot of the same name."""


_NAME = re.compile(r"\{(\w+)\}")


def _text(response: str, language: str, values: Mapping[str, Any]) -> str:
    """The words of a response; every name in either language must have a value."""
    assert response in _responses(), f"{response} stands nowhere in data/"
    words: dict[str, str] = {}
    for variation in _responses()[response]:
        missing = {name for name in _NAME.findall(variation["text"]) if values.get(name) is None}
        assert not missing, f"{response} has no value for {', '.join(sorted(missing))}"
        filled = _NAME.sub(lambda match: str(values[match[1]]), variation["text"])
        words.setdefault("zh" if "condition" in variation else "en", filled)
    return words[language]


@cache
def _responses() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in [DATA / "always.yml", *sorted((DATA / "skills").glob("*.yml"))]:
        found |= yaml.safe_load(path.read_text(encoding="utf-8")).get("responses") or {}
    return found


def _all(kind: type[Routine]) -> list[type[Routine]]:
    found = [each for child in kind.__subclasses__() for each in (child, *_all(child))]
    return [each for each in found if not each.__abstractmethods__]
