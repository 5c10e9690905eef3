"""The Rasa component that says which language a message is in."""

from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.language import detect

LANGUAGE = "language"
_FILE = "names.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LanguageDetector(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """Adds an entity `language` (`zh` or `en`) to each message whose language can be told.

    Words of the lookup `language_neutral` (brand names, say) count for neither language.
    """

    def __init__(self, storage: ModelStorage, resource: Resource, names: frozenset[str] = frozenset()) -> None:
        self._storage = storage
        self._resource = resource
        self._names = names

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LanguageDetector:
        with model_storage.read_from(resource) as folder:
            names = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(model_storage, resource, frozenset(names))

    def train(self, training_data: TrainingData) -> Resource:
        """Remember the names that belong to no language."""
        words = {
            word
            for table in training_data.lookup_tables
            if table["name"] == "language_neutral"
            for element in table["elements"]
            for word in element.lower().split()
        }
        self._names = frozenset(words)
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(sorted(words), ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            language = detect(text, names=self._names)
            if language is None:
                continue
            entity = {
                "entity": LANGUAGE,
                "value": language,
                "start": 0,
                "end": len(text),
                "confidence": 1.0,
                "extractor": type(self).__name__,
            }
            message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)
        return messages
