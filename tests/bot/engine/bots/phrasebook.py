"""A deterministic understanding for the test bots: a text means what the very same example means, else entities.

Runs in a stock Rasa 3.6.21 on Python 3.10 as well as here.
"""

from __future__ import annotations

import json
import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

_PATTERNS = {
    "order_number": re.compile(r"GT\d{10}"),
    "phone_tail": re.compile(r"(?<!\d)\d{4}(?!\d)"),
    "city": re.compile(r"Nanjing|Shanghai|南京|上海"),
    "amount": re.compile(r"(?<=¥)\d+"),
}


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True
)
class Phrasebook(GraphComponent):
    def __init__(
        self, storage: ModelStorage, resource: Resource, phrases: dict[str, str], keys: dict[str, str]
    ) -> None:
        self._storage = storage
        self._resource = resource
        self._phrases = phrases
        self._keys = keys

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Phrasebook:
        return cls(model_storage, resource, {}, {})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Phrasebook:
        with model_storage.read_from(resource) as folder:
            known = json.loads((folder / "phrases.json").read_text(encoding="utf-8"))
        return cls(model_storage, resource, known["phrases"], known["keys"])

    def train(self, training_data: TrainingData) -> Resource:
        for example in training_data.intent_examples:
            phrase = _bare(example.get("text"))
            self._phrases[phrase] = example.get("intent")
            if example.get("intent_response_key"):
                self._keys[phrase] = example.get("intent_response_key")
        with self._storage.write_to(self._resource) as folder:
            known = {"phrases": self._phrases, "keys": self._keys}
            (folder / "phrases.json").write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._understand(message)
        return messages

    def _understand(self, message: Message) -> None:
        text = message.get("text") or ""
        entities = [
            {
                "entity": name,
                "value": found.group(),
                "start": found.start(),
                "end": found.end(),
                "extractor": "Phrasebook",
            }
            for name, pattern in _PATTERNS.items()
            for found in pattern.finditer(text)
        ]
        bare = _bare(text)
        intent = self._phrases.get(bare) or ("inform" if entities else "nlu_fallback")
        confidence = 0.3 if intent == "nlu_fallback" else 0.9
        language = "zh" if re.search(r"[\u4e00-\u9fff]", text) else "en" if re.search(r"[a-z]{2}", text) else None
        if language:
            entities.append({"entity": "language", "value": language, "start": 0, "end": 0, "extractor": "Phrasebook"})
        message.set("intent", {"name": intent, "confidence": confidence}, add_to_output=True)
        message.set("intent_ranking", [{"name": intent, "confidence": confidence}], add_to_output=True)
        message.set("entities", entities, add_to_output=True)
        if bare in self._keys:
            key = self._keys[bare]
            chosen = {"intent_response_key": key, "utter_action": f"utter_{key}", "confidence": confidence}
            found = {"all_retrieval_intents": ["faq"], "faq": {"response": chosen, "ranking": [chosen]}}
            message.set("response_selector", found, add_to_output=True)


def _bare(text: str) -> str:
    for pattern in _PATTERNS.values():
        text = pattern.sub("#", text)
    return re.sub(r"[\s,.!?，。！？]+", " ", text).strip().lower()
