"""One turn as a routine sees it: what was said, who says it, what is known, and how to answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from zlib import crc32

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.words import Words
from bot.customers import Asking
from bot.customers.links import Links
from bot.messages import Caller, Handoff, HandoffReason, Priority
from bot.retail.policies import Policies
from bot.retail.proof import Proof
from bot.retail.shop import ShopBackend

_BARE_AMOUNT = re.compile(r"[1-9]\d{1,5}(?:\.\d{1,2})?", re.ASCII)

Events = list[dict[str, Any]]
"""Dialogue events in Rasa's JSON form."""


class Callers(Protocol):
    """Who is asking, from the session: `bot.customers` in the product, a fake in tests."""

    async def caller(self, conversation: str) -> Caller: ...

    def turn(self, conversation: str) -> Asking:
        """The turn that runs there; KeyError when none of ours does."""


@dataclass(frozen=True, slots=True)
class Services:
    """What routines work with; built once by `bot.server`."""

    shop: ShopBackend
    policies: Policies
    proof: Proof
    customers: Callers
    clock: Callable[[], datetime]
    """Now, aware and in the shop's time zone."""
    words: Words
    links: Links


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer a question, offered as a button."""

    title: str
    value: str
    """What the answer will be: a SKU, an order number, `yes`."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something a routine must know before it can go on."""

    about: str
    """The detail, or slot, that the answer fills."""
    response: str
    """The response that asks."""
    kind: str = ""
    """How to read the answer, a key of `actions.answers.KINDS`; `about` when empty."""
    values: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    asked_in: str = ""
    """The turn that led to the question: what was said then is not its answer."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Question:
        return cls(**{**data, "choices": tuple(Choice(**choice) for choice in data["choices"])})


class Ask(Exception):
    """Stops a routine until the customer has answered; it then starts again from the top, knowing more."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.about)
        self.question = question


class NotShown(Exception):
    """The caller may not see the order, and has been told."""


class GoOn(Exception):
    """The customer took up another routine's offer; it goes on with what is known."""

    def __init__(self, routine: str) -> None:
        super().__init__(routine)
        self.routine = routine


class Talk:
    """What a routine holds in its hands for one turn."""

    def __init__(self, *, say: CollectingDispatcher, tracker: Tracker, services: Services, caller: Caller) -> None:
        self._dispatcher = say
        self._tracker = tracker
        self.services = services
        self.caller = caller
        self.details: dict[str, Any] = {}
        self.events: Events = []

    @property
    def shop(self) -> ShopBackend:
        return self.services.shop

    @property
    def policies(self) -> Policies:
        return self.services.policies

    @property
    def now(self) -> datetime:
        return self.services.clock()

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def language(self) -> str:
        """The customer's language as last heard; Chinese until they have written a word."""
        return self.slot("language") or "zh"

    @property
    def words(self) -> Words:
        return self.services.words

    @property
    def intent(self) -> str:
        """The intent of the last message, without the part of a retrieval intent behind the slash."""
        return str((self._tracker.latest_message.get("intent") or {}).get("name") or "")

    @property
    def confidence(self) -> float:
        return float((self._tracker.latest_message.get("intent") or {}).get("confidence") or 0.0)

    @property
    def ranking(self) -> list[dict[str, Any]]:
        """The classifier's candidates, best first: `{"name", "confidence"}`."""
        return list(self._tracker.latest_message.get("intent_ranking") or [])

    @property
    def mood(self) -> str | None:
        """In what mood the last message is: `angry`, `distressed`, `legal_threat`, or None."""
        mood: str | None = self._tracker.latest_message.get("mood")
        return mood

    @property
    def text(self) -> str:
        return str(self._tracker.latest_message.get("text") or "")

    @property
    def past(self) -> list[dict[str, Any]]:
        """The events of this episode, oldest first."""
        return list(self._tracker.events)

    @property
    def turn(self) -> str:
        """A mark of the last message; the clauses of one message have marks of their own."""
        return f"{self._tracker.latest_message.get('message_id')}:{crc32(self.text.encode()):x}"

    def slot(self, name: str) -> Any:
        return self._tracker.get_slot(name)

    def heard_all(self, entity: str) -> list[Any]:
        """Every value of `entity` in the last message, in the order of speaking, each once."""
        found = self._tracker.latest_message.get("entities") or []
        values = list(dict.fromkeys(item["value"] for item in found if item["entity"] == entity))
        if entity == "amount" and not values and _BARE_AMOUNT.fullmatch(self.text.strip()):
            return [self.text.strip()]  # only what is asked about can tell whether a number is money
        return values

    def heard(self, entity: str) -> Any:
        """The first value of `entity` in the last message; None when there was none."""
        return next(iter(self.heard_all(entity)), None)

    def heard_at(self, entity: str) -> list[tuple[Any, int]]:
        """Every mention of `entity` in the last message with its place in the text, 0 where that is not known."""
        found = self._tracker.latest_message.get("entities") or []
        return [(item["value"], int(item.get("start") or 0)) for item in found if item["entity"] == entity]

    def candidates(self, entity: str) -> list[str]:
        """What an unclear name in the last message may stand for ("the phone", of two); empty when names were clear."""
        found = self._tracker.latest_message.get("entities") or []
        return [each for item in found if item["entity"] == entity for each in item.get("candidates", ())]

    def known(self, entity: str, *, routine: str) -> Any:
        """What was said of `entity` now, or earlier while `routine` was the subject; None otherwise.

        A day named for one question says nothing about another, so older values count only within the same skill.
        """
        if (heard := self.heard(entity)) is not None:
            return heard
        same = routine in (self.slot("skill"), self.slot("last_skill"))
        value = self.slot(entity) if same else None
        return value[0] if isinstance(value, list) and value else value

    def adding_to(self, entity: str, *, routine: str) -> Any:
        """What is known of `entity`, its earlier value only when this message adds to the question before it.

        "And Jing'an?" asks about the same time; a question in full, such as "when does Jing'an open?", does not.
        """
        in_full = self.intent == routine.removeprefix("action_")
        return self.heard(entity) if in_full else self.known(entity, routine=routine)

    def say(
        self,
        response: str,
        *,
        choices: Sequence[Choice] = (),
        card: Mapping[str, Any] | None = None,
        **values: object,
    ) -> None:
        """Say `response` with `values` in place of its `{names}`; `card` shows what it says (actions/cards.py)."""
        buttons = [{"title": choice.title, "payload": payload(choice.value)} for choice in choices]
        spoken = {name: str(value) for name, value in values.items()}
        self._dispatcher.utter_message(response=response, buttons=buttons, json_message=card, **spoken)

    def ask(
        self, about: str, response: str, *, kind: str = "", choices: Sequence[Choice] = (), **values: object
    ) -> Any:
        """The detail `about`, or, when it is not known yet, a question to the customer.

        Raises:
            Ask: the detail is not known.
        """
        if about in self.details:
            return self.details[about]
        spoken = {name: str(value) for name, value in values.items()}
        raise Ask(Question(about, response, kind, spoken, tuple(choices)))

    def confirmed(self, about: str, response: str, *, kind: str = "yes_no", **values: object) -> bool:
        """Whether the customer agreed to what `response` states; asks when not known yet.

        The answer counts only for the very words that were shown: when an amount or a name in them has changed
        meanwhile, the customer is asked again. `kind` is `person` where a yes brings a person.

        Raises:
            Ask: not asked yet, or asked about something else.
        """
        shown = {name: str(value) for name, value in values.items()}
        if self.details.get(f"{about}_shown") != shown:
            self.details.pop(about, None)
            self.details[f"{about}_shown"] = shown
        yes, no = self.words.text("yes", self.language), self.words.text("no", self.language)
        choices = (Choice(yes, "yes"), Choice(no, "no"))
        return bool(self.ask(about, response, kind=kind, choices=choices, **values) == "yes")

    def learn(self, **details: Any) -> None:
        self.details.update(details)

    def forget(self, *slots: str) -> None:
        """Empty slots of the talk."""
        self.events += [SlotSet(slot, None) for slot in slots]

    def key(self, action: str) -> str:
        """The idempotency key of a write: the turn and the action, the same when the turn is replayed."""
        return f"{self.caller.conversation}:{self._tracker.latest_message.get('message_id')}:{action}"

    def hand_over(
        self, reason: HandoffReason, *, summary: str, priority: Priority = Priority.NORMAL, **facts: Any
    ) -> None:
        """Ask for a person; the router tells the customer what happens next."""
        wish = Handoff(reason=reason, priority=priority, summary=summary, facts=facts)
        self.events.append(
            SlotSet(
                "handoff",
                {"reason": wish.reason, "priority": wish.priority, "summary": wish.summary, "facts": wish.facts},
            )
        )


def payload(value: str) -> str:
    """The button payload that stands for `value`; a value that begins with `/` is an intent already."""
    return value if value.startswith("/") else "/inform" + json.dumps({"choice": value}, ensure_ascii=False)
