"""The thread of a talk: bare data, corrections, stopping, agreeing, and not understanding."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import FORM, LISTEN, Routine, SharedAction, nothing_at_work
from actions.talk import Choice, Events, Talk
from bot.messages import HandoffReason

MAX_SUGGESTIONS = 3

# What bare data is about when nothing was being talked about.
_FIRST_GUESS = {
    "order_number": "action_track_order",
    "tracking_number": "action_track_order",
    "product": "action_product_price",
    "category": "action_product_price",
    "store": "action_find_store",
    "city": "action_find_store",
    "service": "action_find_store",
    "date": "action_store_hours",
    "region": "action_shipping_cost",
}


def _routine_for(talk: Talk) -> str | None:
    """The routine that the data in the last message is for: the one at work, the last one, or the likeliest."""
    for routine in (talk.slot("last_skill"), talk.slot("skill")):
        if routine and _heard_for(talk, routine):
            return str(routine)
    return next((routine for entity, routine in _FIRST_GUESS.items() if talk.heard(entity) is not None), None)


def _heard_for(talk: Talk, routine: str) -> set[str]:
    """The entities in the last message that `routine` uses."""
    uses = next((kind.uses for kind in _routines(Routine) if kind().name() == routine), frozenset())
    return {entity for entity in uses if talk.heard(entity) is not None}


def _routines(kind: type[Any]) -> list[type[Routine]]:
    found: list[type[Routine]] = []
    for child in kind.__subclasses__():
        found += [*_routines(child), *([] if child.__abstractmethods__ else [child])]
    return found


class Inform(SharedAction):
    """Bare data that no question asked for: "GT2600010042", "and Jing'an?"."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        talk = await self.talk(dispatcher, tracker)
        if (routine := _routine_for(talk)) is not None:
            return [FollowupAction(routine)]
        if talk.slot("question"):
            talk.say("utter_not_an_answer")
            return [FollowupAction(FORM)]
        talk.say("utter_what_about_it")
        return [FollowupAction(LISTEN)]


class Correct(SharedAction):
    """ "No, the other order", "no, it is broken": takes back what was said and starts the routine anew."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        talk = await self.talk(dispatcher, tracker)
        routine = talk.slot("skill") or _routine_for(talk) or talk.slot("last_skill")
        if routine is None:
            talk.say("utter_what_to_correct")
            return [FollowupAction(LISTEN)]
        events: Events = [SlotSet("skill", routine), SlotSet("question", None), SlotSet("answer", None)]
        events += [ActiveLoop(None), SlotSet("requested_slot", None)]
        before = talk.slot("order_number")
        details: dict[str, Any] = talk.slot("details") or {}
        corrected = _heard_for(talk, routine)
        if "order_number" in corrected:
            details = {}
        elif corrected:
            details = {name: value for name, value in details.items() if name not in corrected}
        elif details.get("order_number", before):
            events.append(SlotSet("order_number", None))
            details = {"not_order": before}
        else:
            details = {}
        return [*events, SlotSet("details", details), FollowupAction(routine)]


class Stop(SharedAction):
    """Drops what is going on."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(response="utter_stopped" if tracker.get_slot("skill") else "utter_nothing_to_stop")
        return [*nothing_at_work(), ActiveLoop(None), SlotSet("requested_slot", None), FollowupAction(LISTEN)]


class Agree(SharedAction):
    """Yes or no to nothing in particular; inside a question, neither was an answer."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        talk = await self.talk(dispatcher, tracker)
        if talk.slot("question"):
            talk.say("utter_not_an_answer")
            return [FollowupAction(FORM)]
        talk.say("utter_glad" if talk.intent == "affirm" else "utter_all_right")
        return [FollowupAction(LISTEN)]


class Unclear(SharedAction):
    """Not understood: one clarifying try with suggestions, then a person."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        talk = await self.talk(dispatcher, tracker)
        if unclear_before(talk.past):
            talk.say("utter_unclear_again")
            talk.hand_over(HandoffReason.NOT_UNDERSTOOD, summary="utter_summary_not_understood")
            return [*talk.events, *nothing_at_work(), ActiveLoop(None), FollowupAction(LISTEN)]
        if talk.slot("question"):
            talk.say("utter_unclear_answer")
            return [FollowupAction(FORM)]
        if talk.intent == "out_of_scope":
            talk.say("utter_out_of_scope", choices=_usual(talk))
        else:
            talk.say("utter_unclear", choices=_suggestions(talk) or _usual(talk))
        return [FollowupAction(LISTEN)]


def unclear_before(past: list[dict[str, Any]]) -> bool:
    """Whether the message before the last one was not understood either."""
    turns = [event for event in past if event["event"] == "user" or event.get("name") == "action_unclear"]
    users = [place for place, event in enumerate(turns) if event["event"] == "user"]
    if len(users) < 2:
        return False
    return any(event["event"] == "action" for event in turns[users[-2] : users[-1]])


def _suggestions(talk: Talk) -> list[Choice]:
    """Buttons for the likeliest skills."""
    likely = [str(each["name"]) for each in talk.ranking if each["confidence"] >= 0.1]
    named = [name for name in likely if talk.words.has(f"skill_{name}")]
    return [_skill(talk, name) for name in named[:MAX_SUGGESTIONS]]


def _usual(talk: Talk) -> list[Choice]:
    return [_skill(talk, name) for name in ("track_order", "return_item", "store_hours", "human")]


def _skill(talk: Talk, name: str) -> Choice:
    return Choice(talk.words.text(f"skill_{name}", talk.language), f"/{name}")
