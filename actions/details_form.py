"""The one form: it asks what the routine at work wants to know, and reads the answer."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import answers
from actions.base import LISTEN, SharedAction
from actions.talk import Events, Question, payload


class AskAnswer(SharedAction):
    """Says the question of the routine at work; Rasa calls it for the form's slot `answer`."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        question = Question.from_json(tracker.get_slot("question"))
        buttons = [{"title": choice.title, "payload": payload(choice.value)} for choice in question.choices]
        dispatcher.utter_message(response=question.response, buttons=buttons, **question.values)
        return []


class ReadAnswer(SharedAction):
    """Reads the answer; no event means "this does not answer it", and Rasa lets another rule take the message."""

    called = "validate_details_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        asked = tracker.get_slot("question")
        if asked is None:
            return []
        talk = await self.talk(dispatcher, tracker)
        question = Question.from_json(asked)
        if question.asked_in == talk.turn:
            return []  # Rasa shows a form that starts the message that made it start
        routine_intent = str(talk.slot("skill") or "").removeprefix("action_")
        value = answers.read(talk, question, routine_intent=routine_intent)
        if value is None:
            return []
        events = [SlotSet("answer", value), SlotSet("details", {**(talk.slot("details") or {}), question.about: value})]
        if question.kind in ("phone_tail", "order_or_digits") and (phone := talk.heard("phone")):
            events.append(SlotSet("phone_tail", phone[-4:]))
        if question.about == "order_number":
            events.append(SlotSet("order_number", value))  # chosen by button, it is known to what comes next as well
        return events


class Continue(SharedAction):
    """Starts the routine at work again, now that its question is answered."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        skill = tracker.get_slot("skill")
        return [SlotSet("answer", None), SlotSet("question", None), FollowupAction(skill or LISTEN)]
