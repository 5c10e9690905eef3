"""Runs custom actions in this process: ordinary `rasa_sdk.Action` objects, called without HTTP or JSON schemas."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Iterable
from typing import Any

import rasa_sdk
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection as SdkRejection

from bot.engine import shim
from bot.engine.tracker import parse

shim.install()

import rasa.core.actions.action  # noqa: E402 - the shim comes first
import rasa.core.actions.forms  # noqa: E402
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction, create_bot_utterance  # noqa: E402
from rasa.core.channels.channel import OutputChannel  # noqa: E402
from rasa.core.nlg import NaturalLanguageGenerator  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import Event  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402

logger = logging.getLogger(__name__)

FAILED = "utter_action_failed"
"""The response a customer gets when an action raises or takes too long."""


class Outlet(OutputChannel):  # type: ignore[misc]  # rasa has no types for us
    """Stands for the customer's channel during one turn; replies are read from the events, so nothing is sent."""

    def __init__(self, channel: str, deadline: float) -> None:
        self._channel = channel
        self.deadline = deadline
        """On the event loop's clock: when a waiting action is given up."""

    def name(self) -> str:
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Leave the message to the turn's events."""


class Actions:
    """The custom actions by name, found by Rasa in the place of an action server's address."""

    def __init__(self, actions: Iterable[rasa_sdk.Action] | None) -> None:
        """None: they come later, by `use`."""
        self.known = actions is not None
        self._actions = {action.name(): action for action in actions or ()}

    def use(self, actions: Iterable[rasa_sdk.Action]) -> None:
        self.known = True
        self._actions = {action.name(): action for action in actions}

    def find(self, name: str) -> rasa_sdk.Action | None:
        return self._actions.get(name)


class View(rasa_sdk.Tracker):  # type: ignore[misc]  # rasa_sdk has no types for us
    """The SDK's tracker, which makes a dictionary of an event only when an action asks for the events."""

    def __init__(self, tracker: DialogueStateTracker) -> None:
        self._live = list(tracker.events)
        self._dicts: list[dict[str, Any]] | None = None
        super().__init__(
            tracker.sender_id,
            _own(tracker.current_slot_values()),
            _own(tracker._latest_message_data()),
            None,
            tracker.is_paused(),
            tracker.followup_action,
            dict(vars(tracker.active_loop)) if tracker.active_loop else {},
            tracker.latest_action_name,
        )

    @property
    def events(self) -> list[dict[str, Any]]:
        if self._dicts is None:
            self._dicts = [event.as_dict() for event in self._live]
        return self._dicts

    @events.setter
    def events(self, value: list[dict[str, Any]] | None) -> None:
        self._dicts = value

    def get_latest_input_channel(self) -> str | None:
        found: str | None = next(
            (event.input_channel for event in reversed(self._live) if getattr(event, "input_channel", None)), None
        )
        return found


def _own(value: Any) -> Any:
    """A copy that an action may change. Slots and what was understood are plain JSON, so this is enough, and quick."""
    if isinstance(value, dict):
        return {key: one if type(one) in _CONSTANT else _own(one) for key, one in value.items()}
    if isinstance(value, list):
        return [one if type(one) in _CONSTANT else _own(one) for one in value]
    return value


_CONSTANT = frozenset({str, int, float, bool, type(None)})


class LocalAction(RemoteAction):  # type: ignore[misc]  # rasa has no types for us
    """A custom action, run here. `action_endpoint` holds the turn's `Actions`."""

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        """The events and utterances of the action; an apology when it raises, is unknown or takes too long.

        Raises:
            ActionExecutionRejection: the action wants another one to be predicted.
        """
        dispatcher = CollectingDispatcher()
        try:
            found = await self._call(dispatcher, output_channel, tracker, domain)
            events = [parse(event) for event in ActionExecutor.validate_events(found or [], self.name())]
            said = await self._utter_responses(
                [_plain(message) for message in dispatcher.messages], output_channel, nlg, tracker
            )
        except SdkRejection as error:
            raise ActionExecutionRejection(error.action_name, error.message) from error
        except TimeoutError:
            logger.error("an action timed out", extra=self._ids(tracker))
            return await self._apologise(output_channel, nlg, tracker)
        except Exception:  # whatever a shop's own code raises, the customer gets a sentence
            logger.exception("an action failed", extra=self._ids(tracker))
            return await self._apologise(output_channel, nlg, tracker)
        return [*said, *events]

    async def _call(
        self,
        dispatcher: CollectingDispatcher,
        output_channel: OutputChannel,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[dict[str, Any]] | None:
        action = self.action_endpoint.find(self.name())
        if action is None:
            raise LookupError(f"no action is named {self.name()}; add it to actions/ or take it out of domain.yml")
        async with asyncio.timeout_at(output_channel.deadline):
            found = action.run(dispatcher, View(tracker), domain.as_dict())
            if inspect.isawaitable(found):
                found = await found
        events: list[dict[str, Any]] | None = found
        return events

    async def _apologise(
        self, output_channel: OutputChannel, nlg: NaturalLanguageGenerator, tracker: DialogueStateTracker
    ) -> list[Event]:
        message = await nlg.generate(FAILED, tracker, output_channel.name())
        if message is None:
            return []
        return [create_bot_utterance({**message, "utter_action": FAILED})]

    def _ids(self, tracker: DialogueStateTracker) -> dict[str, str]:
        return {"action": self.name(), "conversation": tracker.sender_id}


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    """The message with what JSON cannot carry (amounts, dates) as text: events are stored as JSON."""
    return {key: _json_ready(value) for key, value in message.items()}


def _json_ready(value: Any) -> Any:
    if type(value) in _CONSTANT:
        return value
    if isinstance(value, dict):
        return {str(key): _json_ready(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_ready(one) for one in value]
    return str(value)


# Rasa makes a RemoteAction by name in three places (actions by name, slot mappings, forms): this is their one door.
rasa.core.actions.action.RemoteAction = LocalAction
rasa.core.actions.forms.RemoteAction = LocalAction
