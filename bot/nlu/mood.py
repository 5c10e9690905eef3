"""The Rasa component that says in what mood a message is written: angry, distressed, threatening legal steps, or none.

What shows a mood is learnt from the lookups `mood.angry`, `mood.distressed`, `mood.legal_threat` and, of what only
sounds like one, `mood.none`. The phrases of `mood.txt` and shouting are hints, not verdicts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.features import Features, features
from bot.nlu.linear import LinearModel
from bot.nlu.normalise import normalise

MOOD = "mood"
"""Output: `angry`, `distressed` or `legal_threat`; missing where there is none."""
MOODS = ("distressed", "legal_threat", "angry")

_NONE = "none"
_LOOKUP = f"{MOOD}."
_FILE = Path(__file__).with_name("mood.txt")
_MOST_CHARACTERS = 2000
_MOST_ORDINARY = 2200
"""Examples of intents that teach what an ordinary message is; more of them add nothing but time."""
_SHOUTED = re.compile(r"[A-Z]{2,}")
_EXCLAIMED = re.compile(r"[!！?？]*[!！][!！?？]{2,}|[?？]{2,}[!！]+")
_SHORTEST_SHOUT = 3
"""Words in capitals before they count as shouting: SIZE XL is none."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MoodDetector(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """Adds the mood to what is known of a message; without lookups to learn from it finds none."""

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, model: LinearModel | None = None
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """What may be set in config.yml."""
        return {
            # how likely it must be that a message is in any of the moods
            "least": 0.5,
            # the intent of an unhappy message whose matter is not understood; its examples teach no mood
            "complaint": "complaint",
            "not_understood": ["out_of_scope", "nlu_fallback"],
        }

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn", "opencc"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MoodDetector:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MoodDetector:
        with model_storage.read_from(resource) as folder:
            learnt = any(folder.iterdir())
            return cls(config, model_storage, resource, LinearModel.load(folder) if learnt else None)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the lookups, and on the other examples as ordinary messages."""
        told = [
            (text, str(table["name"]).removeprefix(_LOOKUP))
            for table in training_data.lookup_tables
            if str(table["name"]).startswith(_LOOKUP) and isinstance(table["elements"], list)
            for text in table["elements"]
        ]
        with self._storage.write_to(self._resource) as folder:
            if len({mood for _, mood in told}) > 1:
                self._model = _fitted([*told, *((text, _NONE) for text in self._ordinary(training_data))])
                self._model.save(folder)
        return self._resource

    def _ordinary(self, training_data: TrainingData) -> list[str]:
        texts = [
            example.get(TEXT)
            for example in training_data.intent_examples
            if example.get(TEXT) and example.get(INTENT) != self._config["complaint"]
        ]
        return texts[:: len(texts) // _MOST_ORDINARY + 1]

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            mood = self._mood(message.get(TEXT) or "")
            if mood is not None:
                message.set(MOOD, mood, add_to_output=True)
                self._complain(message, mood)
        return messages

    def _complain(self, message: Message, mood: str) -> None:
        """Who says outright in what mood they are is never told that the shop does not do this."""
        intent = message.get(INTENT) or {}
        raw = message.get(TEXT)[:_MOST_CHARACTERS]
        if intent.get("name") not in self._config["not_understood"] or f"~{mood}" not in _hints(raw, normalise(raw)):
            return
        complaint = {"name": self._config["complaint"], "confidence": intent["confidence"]}
        others = [one for one in message.get(INTENT_RANKING_KEY) or [] if one["name"] != complaint["name"]]
        message.set(INTENT, complaint, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [complaint, *others], add_to_output=True)

    def _mood(self, text: str) -> str | None:
        if self._model is None or not text.strip():
            return None
        likely = dict(zip(self._model.labels, self._model.probabilities(_seen(text)), strict=True))
        ordinary = likely.pop(_NONE, 0.0)
        return max(likely, key=likely.__getitem__) if 1 - ordinary >= self._config["least"] else None


def _fitted(examples: list[tuple[str, str]]) -> LinearModel:
    from bot.nlu.fitting import fit

    return fit([_seen(text) for text, _ in examples], [mood for _, mood in examples], refuse=0.0, outside_label="")


def _seen(text: str) -> Features:
    """The features of a text, with the hints among its ideas."""
    raw = text[:_MOST_CHARACTERS]
    said = normalise(raw)
    *others, ideas = features(said)
    return (*others, [*ideas, *_hints(raw, said)])


def _hints(raw: str, said: str) -> list[str]:
    """What in a text, raw and normalised, speaks for a mood."""
    phrases = _phrases()
    heard = [f"~{mood}" for mood in MOODS if phrases[mood].search(phrases[f"not {mood}"].sub(" ", said))]
    if _EXCLAIMED.search(raw):
        heard.append("~exclaimed")
    if len(_SHOUTED.findall(raw)) >= _SHORTEST_SHOUT and raw == raw.upper():
        heard.append("~shouted")
    return heard


@lru_cache(maxsize=1)
def _phrases() -> dict[str, re.Pattern[str]]:
    """By section of the file, one expression of all its lines."""
    sections: dict[str, list[str]] = {}
    section: list[str] = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            section.append(line)
    return {name: re.compile("|".join(f"(?:{line})" for line in lines)) for name, lines in sections.items()}
