"""The Rasa component that finds the shop's entities and gives their normalised values."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import SPACY_DOCS
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.tokens import Doc

from bot.nlu import pinyin
from bot.nlu.apart import PROCESSES, side_by_side
from bot.nlu.dates import Dates
from bot.nlu.features import Span
from bot.nlu.found import Found, widest
from bot.nlu.names import NOTHING, Names, Vocabulary, latin_words
from bot.nlu.normalise import Aligned, normalise
from bot.nlu.numbers import Numbers
from bot.nlu.times import Times
from bot.nlu.tokens import ALIGNED, read

KINDS = "entity_kinds"
"""Where the spans of a message's entities stand, as (start, end, entity) of the normalised text."""

ENTITIES_FOUND = (
    "order_number", "tracking_number", "phone", "phone_tail", "code", "rma", "amount", "date", "time", "store", "city",
    "product", "category", "size", "service", "reason", "payment_method", "region",
)  # fmt: skip
_MANY = 1000
"""From so many examples a process on, it is worth copying the process."""
_VOCABULARY_FILE = "vocabulary.json"
_READINGS_FILE = "readings.txt"


@dataclass(frozen=True)
class Sounds:
    """How characters, and the shop's names, are read."""

    readings: dict[str, str]
    names: dict[str, list[str]]


class Extractor:
    """Finds all entities of a normalised text."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        sounds: Sounds,
        known_words: set[str],
        now: Callable[[], datetime],
    ) -> None:
        self._vocabulary = vocabulary
        self._numbers = Numbers(vocabulary.shapes)
        self._dates = Dates()
        self._times = Times()
        self._names = Names(vocabulary.meanings(), sounds.readings, sounds=sounds.names, known_words=known_words)
        self._categories = _categories(vocabulary)
        self._now = now

    def find(self, doc: Doc, text: str) -> list[Found]:
        """The entities of a document of this normalised text, in order of their place."""
        found = [
            *self._numbers.find(text),
            *self._names.find(doc, text),
            *self._dates.find(text, self._now().date()),
            *self._times.find(text),
        ]
        settled = [one for each in widest(found) if (one := self._settle(each)) is not None]
        return list({(one.entity, one.value): one for one in reversed(settled)}.values())[::-1]

    def _settle(self, one: Found) -> Found | None:
        """A name of several products is their category if they share one; no single product is picked."""
        if not one.candidates or one.entity == "time":
            return one
        shared = {self._categories.get(candidate, "") for candidate in one.candidates}
        if one.entity != "product" or len(shared) != 1 or shared == {""}:
            return None
        return Found(one.start, one.end, "category", shared.pop(), one.confidence, one.candidates)


def _categories(vocabulary: Vocabulary) -> dict[str, str]:
    """Product to category, as the lookups `product_category.<category>` list them."""
    return {sku: category for category, skus in vocabulary.shared.get("product_category", {}).items() for sku in skus}


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER],
    is_trainable=True,
)
class ShopEntities(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """Numbers, dates, times and the names of the training data's lookups and synonyms.

    Every value was said by the customer; a name that could be several products gives the category they share, with
    `candidates` beside it. In training it only marks where entities stand, for the classifier to generalise over.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        extractor: Extractor | None = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._extractor = extractor

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"timezone": "Asia/Shanghai"}

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy", "rapidfuzz", "lunar_python", "opencc"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ShopEntities:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ShopEntities:
        with model_storage.read_from(resource) as folder:
            stored = json.loads((folder / _VOCABULARY_FILE).read_text(encoding="utf-8"))
            sounds = Sounds(pinyin.parse((folder / _READINGS_FILE).read_text(encoding="utf-8")), stored["sounds"])
        component = cls(config, model_storage, resource)
        component._extractor = component._build(Vocabulary(**stored["vocabulary"]), sounds, set(stored["known_words"]))
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Take the names from the training data and store them with the model."""
        vocabulary = Vocabulary.from_training_data(
            training_data.entity_synonyms,
            training_data.lookup_tables,
            training_data.regex_features,
            frozenset((*ENTITIES_FOUND, "product_category", NOTHING)),
        )
        known_words = latin_words(map(_normalised, training_data.training_examples))
        sounds = Sounds(pinyin.readings(), pinyin.sounds(vocabulary.meanings()))
        self._extractor = self._build(vocabulary, sounds, known_words)
        with self._storage.write_to(self._resource) as folder:
            stored = {"vocabulary": asdict(vocabulary), "known_words": sorted(known_words), "sounds": sounds.names}
            (folder / _VOCABULARY_FILE).write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
            (folder / _READINGS_FILE).write_text(pinyin.dump(sounds.readings), encoding="utf-8")
        return self._resource

    def _build(self, vocabulary: Vocabulary, sounds: Sounds, known_words: set[str]) -> Extractor:
        zone = ZoneInfo(self._config["timezone"])
        return Extractor(vocabulary, sounds, known_words, lambda: datetime.now(zone))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Mark where entities stand; the examples' own annotations are left alone."""
        examples = [example for example in training_data.training_examples if example.get(TEXT)]
        share = -(-len(examples) // PROCESSES) or 1
        parts = [examples[first : first + share] for first in range(0, len(examples), share)]
        for part, kinds in zip(
            parts, side_by_side(*(partial(self._kinds, part) for part in parts), apart=share > _MANY), strict=True
        ):
            for example, spans in zip(part, kinds, strict=True):
                example.set(KINDS, spans)
        return training_data

    def _kinds(self, examples: Sequence[Message]) -> list[list[Span]]:
        for example in examples:
            self._find(example)
        return [example.get(KINDS) for example in examples]

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if not text:
                continue
            aligned, found = self._find(message)
            entities = [_entity(one, aligned) for one in found]
            if entities:
                message.set(ENTITIES, [*message.get(ENTITIES, []), *entities], add_to_output=True)
        return messages

    def _find(self, message: Message) -> tuple[Aligned, list[Found]]:
        if self._extractor is None:
            raise RuntimeError("ShopEntities is used before it was trained or loaded")
        aligned, doc = message.get(ALIGNED), message.get(SPACY_DOCS[TEXT])
        if aligned is None or doc is None:
            aligned, doc = read(message.get(TEXT))
        found = self._extractor.find(doc, aligned.text)
        message.set(KINDS, [(one.start, one.end, one.entity) for one in found])
        return aligned, found


def _normalised(message: Message) -> str:
    aligned = message.get(ALIGNED)
    return normalise(message.get(TEXT) or "") if aligned is None else aligned.text


def _entity(one: Found, aligned: Aligned) -> dict[str, Any]:
    start, end = aligned.span(one.start, one.end)
    entity: dict[str, Any] = {
        "entity": one.entity,
        "start": start,
        "end": end,
        "value": one.value,
        "confidence_entity": one.confidence,
        "extractor": ShopEntities.__name__,
    }
    if one.candidates:
        entity["candidates"] = list(one.candidates)
    return entity
