"""One loaded model: understands a message and lets rules and actions answer, on a tracker it is given."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from bot.engine import shim
from bot.engine.actions import Actions, Outlet
from bot.engine.archive import Manifest, unpacked
from bot.engine.episode import Episode, Form
from bot.errors import GuitaiError, ModelError

shim.install()

import rasa.core.actions.action as rasa_actions  # noqa: E402 - the shim comes first
from rasa.core.actions.forms import FormAction  # noqa: E402
from rasa.core.channels.channel import UserMessage  # noqa: E402
from rasa.core.nlg import NaturalLanguageGenerator  # noqa: E402
from rasa.core.policies.policy import PolicyPrediction  # noqa: E402
from rasa.core.processor import MAX_NUMBER_OF_PREDICTIONS, MessageProcessor  # noqa: E402
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER  # noqa: E402
from rasa.engine.graph import ExecutionContext  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.engine.storage.storage import ModelMetadata  # noqa: E402
from rasa.engine.training.components import PrecomputedValueProvider  # noqa: E402
from rasa.exceptions import ActionLimitReached  # noqa: E402
from rasa.shared.core.constants import ACTION_EXTRACT_SLOTS, ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import (  # noqa: E402
    ActionExecuted,
    ActionExecutionRejected,
    Event,
    ReminderScheduled,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slot_mappings import MAPPING_TYPE, SlotMappingType  # noqa: E402
from rasa.shared.nlu.constants import (  # noqa: E402
    ENTITIES,
    ENTITY_ATTRIBUTE_TYPE,
    INTENT,
    INTENT_NAME_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)

from bot.engine.runner import TopologicalRunner  # noqa: E402

logger = logging.getLogger(__name__)

TRUSTED = ("rasa.", "bot.nlu.", "bot.engine.")
"""The modules a model may name: Rasa's and ours."""

_SLASH_HANDLER = "run_RegexMessageHandler"
"""The graph's last node, which takes text that begins with `/` for an intent. We stop one node before it."""

Parsed = dict[str, Any]
"""Rasa's parse data: text, intent, intent_ranking, entities, response_selector."""


class Processor(MessageProcessor):  # type: ignore[misc]  # rasa has no types for us
    """Rasa's message processor on one model, without its stores, locks and scheduler.

    It holds nothing of a conversation, so that many turns may run in it at once and a newer one may take its place
    while they finish.
    """

    def __init__(
        self, model: Path, *, actions: Actions, nlg: NaturalLanguageGenerator | None, trusted: Sequence[str] = TRUSTED
    ) -> None:
        # Rasa's own __init__ would load the model in its way; these are the attributes its methods read.
        self.action_endpoint = actions
        self.max_number_of_predictions = MAX_NUMBER_OF_PREDICTIONS
        self.on_circuit_break = None
        self.http_interpreter = None
        self.tracker_store = None
        self.lock_store = None
        self.model_path = model
        self.model_filename = model.name
        self.manifest, self.model_metadata, self.graph_runner = _load(model, trusted)
        self.domain = self.model_metadata.domain
        as_dict = self.domain.as_dict()  # Rasa asks for it on each form's turn, and makes it anew each time
        self.domain.as_dict = lambda: as_dict
        self.nlg: Any = nlg
        self._nlu_target = _before_the_slash_handler(self.model_metadata)
        self._known_actions: dict[str, rasa_actions.Action] = {}
        self._domain_for = lru_cache(maxsize=512)(partial(_with_slots_for, self.domain))

    def parse(self, text: str, tracker: Episode | None = None) -> Parsed:
        """What the pipeline makes of `text`, which is never taken for an intent by its first letter."""
        if tracker is None:
            tracker = Episode("", self.domain.slots)
        done = self.graph_runner.run(
            inputs={PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: tracker}, targets=[self._nlu_target]
        )
        parsed: Parsed = {TEXT: "", INTENT: {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}, ENTITIES: []}
        parsed.update(done[self._nlu_target][0].as_dict(only_output_properties=True))
        self._update_full_retrieval_intent(parsed)
        return parsed

    def node_of(self, kind: type[object]) -> str | None:
        """The name of the first node whose component is of a kind."""
        found = self.graph_runner.components().items()
        return next((name for name, component in found if isinstance(component, kind)), None)

    def read(self, text: str, node: str) -> Any:
        """The message of a text as it comes to a node of the pipeline."""
        target = self.graph_runner.needs(node)[0]
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: Episode("", self.domain.slots)}
        return self.graph_runner.run(inputs=inputs, targets=[target])[target][0]

    def exchanged(self, *, nlg: NaturalLanguageGenerator, components: Mapping[str, Any]) -> Processor:
        """A processor that says other texts and has other components in some nodes; turns that run keep this one."""
        other = copy(self)
        other.nlg = nlg
        if components:
            other.graph_runner = self.graph_runner.exchanged(components)
        return other

    async def begin(self, tracker: Episode, carry: Mapping[str, Any], outlet: Outlet) -> None:
        """Start the episode when nothing was said in it yet; `carry` are slots known from before."""
        tracker.model_id = self.model_metadata.model_id
        if tracker.assistant_id is None:
            tracker.assistant_id = self.model_metadata.assistant_id
        if tracker.applied_events():
            return
        action = self._get_action(ACTION_SESSION_START_NAME)
        events = await action.run(outlet, self.nlg, tracker, self.domain)
        # before the bot listens, where a fallback that takes back the first message does not reach
        before = next((n for n, event in enumerate(events) if event == ActionExecuted(ACTION_LISTEN_NAME)), len(events))
        events[before:before] = [SlotSet(name, value) for name, value in carry.items() if name in tracker.slots]
        prediction = PolicyPrediction.for_action_name(self.domain, ACTION_SESSION_START_NAME)
        self._log_action_on_tracker(tracker, action, events, prediction)

    async def hear(
        self,
        parsed: Parsed,
        tracker: Episode,
        outlet: Outlet,
        *,
        message_id: str,
        metadata: Mapping[str, Any],
    ) -> None:
        """Take in one understood message and act until the bot listens again."""
        tracker.update(
            UserUttered(
                parsed[TEXT],
                parsed[INTENT],
                parsed[ENTITIES],
                parsed,
                input_channel=outlet.name(),
                message_id=message_id,
                metadata=dict(metadata),
            ),
            self.domain,
        )
        tracker = await self.run_action_extract_slots(outlet, tracker)
        await self._run_prediction_loop(outlet, tracker)

    async def run_action_extract_slots(self, output_channel: Outlet, tracker: Episode) -> Episode:
        """As in Rasa, for those slots alone that the message can fill, and without events copied for a log line."""
        domain = self._domain_for(frozenset(entity["entity"] for entity in tracker.latest_message.entities))
        events = await self._get_action(ACTION_EXTRACT_SLOTS).run(output_channel, self.nlg, tracker, domain)
        tracker.update_with_events(events, self.domain)
        return tracker

    def _log_action_on_tracker(
        self,
        tracker: Episode,
        action: rasa_actions.Action,
        events: list[Event] | None,
        prediction: PolicyPrediction,
    ) -> None:
        """As in Rasa, without copying the events for a log line."""
        events = events or []
        if not any(isinstance(event, ActionExecutionRejected) for event in events):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, self.domain)

    @staticmethod
    def _log_slots(tracker: Episode) -> None:
        """Leave slots out of the log: they hold what customers said."""

    def _get_action(self, action_name: str) -> rasa_actions.Action:
        """Rasa's action of that name, made once unless it keeps something between calls."""
        known = self._known_actions.get(action_name)
        if known is None:
            known = rasa_actions.action_for_name_or_text(action_name, self.domain, self.action_endpoint)
            if type(known) is FormAction:
                known = Form(action_name, self.action_endpoint)
            if not isinstance(known, rasa_actions.ActionRetrieveResponse):
                self._known_actions[action_name] = known
        return known

    def predict_next_with_tracker_if_should(self, tracker: Episode) -> tuple[rasa_actions.Action, PolicyPrediction]:
        """As in Rasa, with actions looked up instead of made anew."""
        more = self.should_predict_another_action(tracker.latest_action_name)
        if self.is_action_limit_reached(tracker, more):
            raise ActionLimitReached("The limit of actions to predict has been reached.")
        prediction = self._predict_next_with_tracker(tracker)
        name = self.domain.action_names_or_texts[prediction.max_confidence_index]
        return self._get_action(name), prediction

    async def execute_side_effects(self, events: list[Any], tracker: Episode, output_channel: Outlet) -> None:
        """Nothing is sent from here; a reminder, which Rasa would keep in memory and lose, is refused in the log."""
        for event in events:
            if isinstance(event, ReminderScheduled):
                logger.error("reminders are not supported", extra={"reminder": event.name})


def _with_slots_for(domain: Domain, said: frozenset[str]) -> Domain:
    """The domain with only the slots that a message with such entities can fill."""
    fewer: Domain = copy(domain)
    fewer.slots = [slot for slot in domain.slots if any(_can_fill(mapping, said) for mapping in slot.mappings)]
    return fewer


def _can_fill(mapping: Mapping[str, Any], said: Collection[str]) -> bool:
    """Whether a slot's mapping can come to anything after a message with such entities."""
    kind = mapping.get(MAPPING_TYPE)
    if kind == str(SlotMappingType.FROM_ENTITY):
        return mapping.get(ENTITY_ATTRIBUTE_TYPE) in said
    return kind != str(SlotMappingType.CUSTOM) or "action" in mapping


def _before_the_slash_handler(metadata: ModelMetadata) -> str:
    try:
        found: str = metadata.predict_schema.nodes[_SLASH_HANDLER].needs["messages"]
    except KeyError as error:
        raise ModelError("the model has no pipeline: config.yml needs one") from error
    return found


def _load(model: Path, trusted: Sequence[str]) -> tuple[Manifest, ModelMetadata, TopologicalRunner]:
    with unpacked(model, trusted=trusted) as (folder, manifest), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=shim.EVERY_DOMAIN_WARNS)
        try:
            metadata = LocalModelStorage._load_metadata(folder)
            # the graph's own provider would read and validate the domain a second time, for seconds
            PrecomputedValueProvider.replace_schema_node(
                metadata.predict_schema.nodes["domain_provider"], metadata.domain
            )
            runner = TopologicalRunner.create(
                metadata.predict_schema,
                LocalModelStorage.create(folder / "components"),
                ExecutionContext(metadata.predict_schema, model_id=metadata.model_id),
            )
        except GuitaiError:
            raise
        except Exception as error:  # components raise what they like
            raise ModelError(f"{model} cannot be loaded: {error}; train again") from error
    return manifest, metadata, runner
