"""The components outside of a Rasa server: train on files or examples and understand messages, for measuring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.classifier import LABEL_RANKING, IntentClassifier
from bot.nlu.detector import LanguageDetector
from bot.nlu.entities import ShopEntities
from bot.nlu.mood import MOOD, MoodDetector
from bot.nlu.tokens import BilingualTokenizer

Parsed = dict[str, Any]

COMPONENTS: tuple[type[GraphComponent], ...] = (
    LanguageDetector,
    BilingualTokenizer,
    ShopEntities,
    IntentClassifier,
    MoodDetector,
)
"""The pipeline of config.yml, in its order."""


@dataclass(frozen=True)
class Understanding:
    """What the pipeline made of a message; see `bot.nlu.evaluate.Understood`."""

    intent: str | None
    ranking: tuple[tuple[str, float], ...]
    entities: tuple[dict[str, Any], ...]
    mood: str | None = None


class Pipeline:
    """The NLU pipeline, run as Rasa's graph runs it, without a graph."""

    def __init__(self, components: Sequence[Any]) -> None:
        self._components = components

    @classmethod
    def trained(
        cls, data: TrainingData, folder: Path, config: Mapping[str, Mapping[str, Any]] | None = None
    ) -> Pipeline:
        """Train each component in turn and load it again from `folder`, as a server would."""
        storage = LocalModelStorage.create(folder)
        context = ExecutionContext(GraphSchema({}), "measure")
        components = []
        for component in COMPONENTS:
            options = {**component.get_default_config(), **(config or {}).get(component.__name__, {})}
            resource = Resource(component.__name__)
            instance: Any = component.create(options, storage, resource, context)
            registered = DefaultV1Recipe._from_registry(component.__name__)
            if registered.is_trainable:
                instance.train(data)
            if hasattr(instance, "process_training_data"):
                data = instance.process_training_data(data)
            if registered.is_trainable:
                instance = component.load(options, storage, resource, context)
            components.append(instance)
        return cls(components)

    def understand(self, text: str) -> Understanding:
        """The message as `evaluate` wants it, retrieval intents with their key."""
        parsed = self.parse(text)
        ranking = tuple((entry["name"], entry["confidence"]) for entry in parsed.get(LABEL_RANKING, ()))
        intent = parsed["intent"]["name"]
        # A retrieval intent stands for its best entry.
        whole = ranking[0][0] if intent and ranking and ranking[0][0].startswith(f"{intent}/") else intent
        return Understanding(whole, ranking, tuple(parsed["entities"]), parsed.get(MOOD))

    def parse(self, text: str) -> Parsed:
        """What Rasa would know of the message: intent, ranking, entities."""
        message = Message(
            data={TEXT: text, "intent": {"name": None, "confidence": 0.0}, "entities": []},
            output_properties={TEXT, "intent", "entities"},
        )
        for component in self._components:
            (message,) = component.process([message])
        parsed: Parsed = message.as_dict(only_output_properties=True)
        return parsed
