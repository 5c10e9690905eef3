"""The custom actions of the corner bot: ordinary `rasa_sdk`, run here and by a stock action server alike."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

Events = list[dict[str, Any]]
ANSWERS = {"inform", "affirm", "deny", "correct"}


def ask_for(tracker: Tracker, purpose: str, *wanted: str) -> Events:
    """Events that let the details form ask, and then bring the routine back."""
    missing = [name for name in wanted if tracker.get_slot(name) is None]
    if not missing:
        return []
    return [SlotSet("wanted", list(wanted)), SlotSet("purpose", purpose), FollowupAction("details_form")]


class TrackOrder(Action):
    def name(self) -> str:
        return "action_track_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        asking = ask_for(tracker, self.name(), "order_number", "phone_tail")
        if asking:
            return asking
        dispatcher.utter_message(response="utter_order", status="sent")
        return []


class ReturnItem(Action):
    def name(self) -> str:
        return "action_return_item"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        asking = ask_for(tracker, self.name(), "order_number", "sure")
        if asking:
            return asking
        dispatcher.utter_message(response="utter_returned" if tracker.get_slot("sure") else "utter_not_returned")
        return [SlotSet("sure", None)]


class FindStore(Action):
    def name(self) -> str:
        return "action_find_store"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(response="utter_store" if tracker.get_slot("city") else "utter_which_city")
        return []


class Human(Action):
    def name(self) -> str:
        return "action_human"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(response="utter_connecting")
        message = tracker.latest_message
        facts = {"message": message.get("message_id"), "metadata": message.get("metadata")}
        wish = {"reason": "asked", "priority": "high", "summary": "wants a person", "facts": facts}
        return [SlotSet("handoff", wish), ActiveLoop(None), SlotSet("requested_slot", None)]


class Continue(Action):
    def name(self) -> str:
        return "action_continue"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return [FollowupAction(tracker.get_slot("purpose"))]


class BreakIt(Action):
    def name(self) -> str:
        return "action_break_it"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        raise RuntimeError("broken on purpose")


class Stall(Action):
    def name(self) -> str:
        return "action_stall"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        await asyncio.sleep(3600)
        return []


class ValidateDetails(FormValidationAction):
    """Asks for what the routine wants; leaves messages that are a matter of their own to their rules."""

    def name(self) -> str:
        return "validate_details_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if self._is_interjection(tracker):
            raise ActionExecutionRejection(self.name(), "the message is no answer")
        events: Events = await super().run(dispatcher, tracker, domain)
        return events

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        return tracker.get_slot("wanted") or []

    def validate_phone_tail(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"phone_tail": None if value == "0000" else value}

    def validate_order_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"order_number": value}

    def validate_sure(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return {"sure": value}

    @staticmethod
    def _is_interjection(tracker: Tracker) -> bool:
        """Whether the form, already open, is offered a message that asks for something else."""
        if tracker.active_loop.get("name") != "details_form":
            return False
        done = [event["name"] for event in tracker.events if event["event"] == "action"]
        just_heard = done[-2:-1] == ["action_listen"]  # the last one is the form itself, added for the validation
        return just_heard and tracker.latest_message["intent"].get("name") not in ANSWERS


ALL = [TrackOrder, ReturnItem, FindStore, Human, Continue, BreakIt, Stall, ValidateDetails]
