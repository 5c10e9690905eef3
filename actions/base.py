"""What every routine is: it acts when it knows enough and asks when it does not.

A routine's `act` reads top to bottom. Where it needs something it does not know, `talk.ask` (or `proven_order`) stops
it with a question; the details form asks the customer, `action_continue` starts `act` again from the top, and it gets
one step further. Other questions in between are answered and the routine's own question comes back.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import re
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.talk import Ask, Events, GoOn, NotShown, Question, Services, Talk
from bot.errors import ShopDown

logger = logging.getLogger(__name__)

FORM = "details_form"
LISTEN = "action_listen"
MAX_SUSPENDED = 3


class SharedAction(Action, ABC):  # type: ignore[misc]  # rasa_sdk has no types
    """An action that has the services and speaks through a `Talk`."""

    called: ClassVar[str] = ""
    """The action's name where it is not `action_` and the class's name."""

    def __init__(self, services: Services | None = None) -> None:
        self._services = services

    def name(self) -> str:
        return self.called or "action_" + re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()

    @property
    def services(self) -> Services:
        """The services given, or, under a stock action server, ones built from the settings."""
        if self._services is None:
            from actions.services import standalone

            self._services = standalone()
        return self._services

    async def talk(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Talk:
        caller = await self.services.customers.caller(tracker.sender_id)
        return Talk(say=dispatcher, tracker=tracker, services=self.services, caller=caller)

    @abstractmethod
    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events: ...


class Routine(SharedAction):
    """One thing the bot does for a customer."""

    uses: ClassVar[frozenset[str]] = frozenset()
    """Entities that, said alone, change what this routine answers: "and Jing'an?" after a question about hours."""

    replaces: ClassVar[frozenset[str]] = frozenset()
    """Routines whose place this one takes, with all they have learnt: "no return, an exchange"."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        talk = await self.talk(dispatcher, tracker)
        if talk.slot("skill") in self._own:
            talk.details = dict(talk.slot("details") or {})
        try:
            if talk.details.pop("resume", "yes") == "no":  # what was begun on another channel
                talk.say("utter_stopped")
            else:
                await self.act(talk)
        except Ask as ask:
            return talk.events + self._asking(talk, ask.question)
        except GoOn as other:
            return talk.events + self._going_on(talk, other.routine)
        except NotShown:
            pass  # the routine ends: the caller has been told why
        except ShopDown:
            logger.warning("the shop did not answer", extra={"routine": self.name()})
            talk.say("utter_shop_down")
        return talk.events + self._done(talk)

    @abstractmethod
    async def act(self, talk: Talk) -> None:
        """Do it, or raise `Ask` for what is missing."""

    @property
    def _own(self) -> set[str]:
        return {self.name(), *self.replaces}

    def _question_dropped(self, talk: Talk) -> Events:
        """The form is left when the routine went past its question: it was answered in another way, or is void."""
        if talk.slot("skill") in self._own and talk.slot("question"):
            return [ActiveLoop(None), SlotSet("requested_slot", None)]
        return []

    def _asking(self, talk: Talk, question: Question) -> Events:
        return [
            SlotSet("skill", self.name()),
            SlotSet("details", talk.details),
            SlotSet("question", {**question.as_json(), "asked_in": talk.turn}),
            SlotSet("answer", None),
            SlotSet("suspended", self._set_aside(talk) or None),
            FollowupAction(FORM),
        ]

    def _going_on(self, talk: Talk, routine: str) -> Events:
        return [
            *self._question_dropped(talk),
            SlotSet("skill", routine),
            SlotSet("details", talk.details),
            SlotSet("question", None),
            SlotSet("answer", None),
            SlotSet("suspended", self._set_aside(talk) or None),
            FollowupAction(routine),
        ]

    def _set_aside(self, talk: Talk) -> list[dict[str, Any]]:
        """The suspended routines, with the one that this one interrupts."""
        at_work = talk.slot("skill")
        suspended: list[dict[str, Any]] = list(talk.slot("suspended") or [])
        if not at_work or at_work in self._own or not talk.slot("question"):
            return suspended
        aside = {"skill": at_work, "details": talk.slot("details") or {}, "question": talk.slot("question")}
        return [*[other for other in suspended if other["skill"] != self.name()], aside][-MAX_SUSPENDED:]

    def _done(self, talk: Talk) -> Events:
        ended: Events = [SlotSet("last_skill", self.name())]
        if talk.slot("skill") not in self._own:
            waiting = talk.slot("question") and not wants_person(talk)
            return [*ended, FollowupAction(FORM if waiting else LISTEN)]
        ended += self._question_dropped(talk)
        suspended = list(talk.slot("suspended") or [])
        if wants_person(talk) or not suspended:
            return [*ended, *nothing_at_work(), FollowupAction(LISTEN)]
        aside = suspended.pop()
        talk.say("utter_back_to_question")
        answered = aside["question"]["about"] in ("order_number", "phone_tail") and bool(
            talk.slot(aside["question"]["about"])  # the routine in between has asked the same
        )
        return [
            *ended,
            *([ActiveLoop(None), SlotSet("requested_slot", None)] if answered else []),
            SlotSet("skill", aside["skill"]),
            SlotSet("details", aside["details"]),
            SlotSet("question", None if answered else {**aside["question"], "asked_in": talk.turn}),
            SlotSet("answer", None),
            SlotSet("suspended", suspended or None),
            FollowupAction(aside["skill"] if answered else FORM),
        ]


def nothing_at_work() -> Events:
    """The events that drop whatever was going on."""
    return [SlotSet(slot, None) for slot in ("skill", "details", "question", "answer", "suspended")]


def wants_person(talk: Talk) -> bool:
    return any(event.get("name") == "handoff" for event in talk.events)


def discover(services: Services) -> list[Action]:
    """One instance of every action in this package, found by being there."""
    import_all()
    return [kind(services) for kind in _concrete(SharedAction)]  # type: ignore[type-abstract]  # the root only


def import_all() -> None:
    """Import this package whole."""
    import actions

    for module in pkgutil.iter_modules(actions.__path__):
        importlib.import_module(f"actions.{module.name}")


def _concrete(kind: type[SharedAction]) -> list[type[SharedAction]]:
    found = [] if kind.__abstractmethods__ else [kind]
    for child in kind.__subclasses__():
        found += _concrete(child)
    return sorted(set(found), key=lambda each: each.__name__)
