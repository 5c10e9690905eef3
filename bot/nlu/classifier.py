"""The Rasa component that says what a customer wants: all intents and all FAQ entries in one model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import (
    RESPONSE_SELECTOR_PREDICTION_KEY,
    RESPONSE_SELECTOR_PROPERTY_NAME,
    RESPONSE_SELECTOR_RANKING_KEY,
    RESPONSE_SELECTOR_RESPONSES_KEY,
    RESPONSE_SELECTOR_RETRIEVAL_INTENTS,
    RESPONSE_SELECTOR_UTTER_ACTION_KEY,
)
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.apart import helper
from bot.nlu.entities import KINDS
from bot.nlu.features import Features, Span, features
from bot.nlu.linear import LinearModel, Verdict
from bot.nlu.normalise import align
from bot.nlu.spelling import Spelling
from bot.nlu.tokens import ALIGNED, MOST_CHARACTERS
from bot.nlu.vectors import Encode, encoder

FALLBACK = "nlu_fallback"
LABEL_RANKING = "label_ranking"
"""Output: the best labels with `faq/<key>` told apart, as `{"name", "confidence"}`."""
AMBIGUOUS = "ambiguous"
"""Output: whether the two best labels are too close to choose silently."""

_ENOUGH_TO_MEND = 3000
"""Examples from which on a word that none of them has is more likely a slip than a word."""
_STRANGE = 0.5
"""The confidence that a text of unknown words alone must reach."""
OUTSIDE = "outside"
"""Output: how likely the text is about none of the labels, from 0 to 1."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent):  # type: ignore[misc]  # Rasa has no types
    """A linear model over characters, words and the kinds of entities, for intents and retrieval intents alike.

    A retrieval intent `faq/<key>` comes out as intent `faq` together with what Rasa's ResponseSelector would write,
    so `utter_faq` works unchanged.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        model: LinearModel | None = None,
        spelling: Spelling | None = None,
        encode: Encode | None = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model
        self._spelling = spelling
        self._encode = encode

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """What may be set in config.yml."""
        return {
            # the intent of what the bot does not do; it may have examples, and is chosen without any too
            "out_of_scope": "out_of_scope",
            # the share of texts with a known intent that may be taken for out of scope
            "refuse": 0.04,
            # below this confidence the intent is nlu_fallback
            "fallback": 0.2,
            # two labels closer than this are flagged as ambiguous
            "ambiguity": 0.15,
            "ranking_length": 10,
            # read slips of the finger and pinyin as what the examples make of them
            "mend_spelling": True,
            # a model in a local folder that knows what words mean: {spacy: FOLDER} or {sentences: FOLDER}
            "vectors": None,
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
    ) -> IntentClassifier:
        return cls(config, model_storage, resource, encode=encoder(config["vectors"]))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        with model_storage.read_from(resource) as folder:
            spelling = Spelling.load(folder) if config["mend_spelling"] else None
            model = LinearModel.load(folder)
        return cls(config, model_storage, resource, model, spelling, encoder(config["vectors"]))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every example that has a text and an intent."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT) and example.get(INTENT)]
        labels = [example.get(INTENT_RESPONSE_KEY) or example.get(INTENT) for example in examples]
        if len(set(labels)) < 2:
            raise InvalidConfigException("IntentClassifier needs examples of at least two intents")
        from bot.nlu.fitting import fit

        self._model = fit(
            [seen(example) for example in examples],
            labels,
            refuse=self._config["refuse"],
            outside_label=self._config["out_of_scope"],
            vectors=self._encode([_text(example) for example in examples]) if self._encode else None,
        )
        self._spelling = Spelling.of(map(_text, examples) if len(examples) >= _ENOUGH_TO_MEND else ())
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
            self._spelling.save(folder)
        return self._resource

    @property
    def model(self) -> LinearModel:
        """What it has learnt."""
        if self._model is None:
            raise RuntimeError("IntentClassifier is used before it was trained or loaded")
        return self._model

    @property
    def spelling(self) -> Spelling | None:
        """The words it knows; None when it mends nothing."""
        return self._spelling

    def knowing(self, model: LinearModel, spelling: Spelling | None) -> IntentClassifier:
        """Another classifier with the same options that has learnt something else."""
        return IntentClassifier(self._config, self._storage, self._resource, model, spelling, self._encode)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        model = self.model
        text = message.get(TEXT)
        if not text or not text.strip():
            message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [], add_to_output=True)
            return
        verdict = self._judge(_text(message), message.get(KINDS) or ())
        order = verdict.probabilities.argsort()[::-1][: self._config["ranking_length"]]
        ranking = [
            {"name": model.labels[number], "confidence": float(verdict.probabilities[number])} for number in order
        ]
        self._write(message, ranking, verdict)

    def _judge(self, normalised: str, spans: Sequence[Span]) -> Verdict:
        """What the model makes of a text, slips mended; as written it has two thirds of the say on what is outside."""
        mended, moved = self._spelling.mend(normalised, spans) if self._spelling else (normalised, spans)
        verdict = self._verdict(mended, moved)
        if mended == normalised:
            return verdict
        written = self._verdict(normalised, spans)
        return replace(verdict, outside=(verdict.outside + 2 * written.outside) / 3)

    def _verdict(self, text: str, spans: Sequence[Span]) -> Verdict:
        assert self._model is not None  # noqa: S101
        return self._model.judge(features(text, spans), self._encode([text])[0] if self._encode else None)

    def _write(self, message: Message, ranking: list[dict[str, Any]], verdict: Verdict) -> None:
        best = ranking[0]
        margin = best["confidence"] - ranking[1]["confidence"] if len(ranking) > 1 else 1.0
        intents = _as_intents(ranking)
        chosen = self._chosen(best, verdict)
        if chosen["name"] != intents[0]["name"]:
            intents = [chosen, *(entry for entry in intents if entry["name"] != chosen["name"])]
        message.set(INTENT, dict(chosen), add_to_output=True)
        message.set(INTENT_RANKING_KEY, intents, add_to_output=True)
        message.set(LABEL_RANKING, ranking, add_to_output=True)
        message.set(AMBIGUOUS, margin < self._config["ambiguity"], add_to_output=True)
        message.set(OUTSIDE, verdict.outside, add_to_output=True)
        selected = _response_selector(ranking)
        if selected:
            message.set(RESPONSE_SELECTOR_PROPERTY_NAME, selected, add_to_output=True)

    def _chosen(self, best: dict[str, Any], verdict: Verdict) -> dict[str, Any]:
        """The intent: the best label's, unless the text is about none of them or nothing stands out."""
        assert self._model is not None  # noqa: S101
        out_of_scope = self._config["out_of_scope"]
        if best["name"] != out_of_scope and verdict.outside > self._model.outside.threshold:
            return {"name": out_of_scope, "confidence": verdict.outside}
        if best["confidence"] < (_STRANGE if verdict.strange else self._config["fallback"]):
            return {"name": FALLBACK, "confidence": 1.0 - best["confidence"]}
        return {"name": best["name"].partition("/")[0], "confidence": best["confidence"]}


def while_training() -> AbstractContextManager[None]:
    """scikit-learn takes a second to read: a helper does so while this process reads the examples."""
    return helper("sklearn.svm")


def seen(message: Message) -> Features:
    """What the classifier learns from a message that the components before it have read."""
    return features(_text(message), message.get(KINDS) or ())


def _text(message: Message) -> str:
    """The normalised text."""
    aligned = message.get(ALIGNED)
    return align(message.get(TEXT)[:MOST_CHARACTERS]).text if aligned is None else str(aligned.text)


def _as_intents(ranking: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ranking in Rasa's terms: entries of one retrieval intent count as that intent, at their best."""
    intents: dict[str, float] = {}
    for entry in ranking:
        intents.setdefault(entry["name"].partition("/")[0], entry["confidence"])
    return [{"name": name, "confidence": confidence} for name, confidence in intents.items()]


def _response_selector(ranking: list[dict[str, Any]]) -> dict[str, Any]:
    """What Rasa's ResponseSelector writes, for each retrieval intent in the ranking."""
    selected: dict[str, Any] = {}
    for entry in ranking:
        intent, _, key = entry["name"].partition("/")
        if not key:
            continue
        found = {"confidence": entry["confidence"], INTENT_RESPONSE_KEY: entry["name"]}
        if intent not in selected:
            selected[intent] = {
                RESPONSE_SELECTOR_PREDICTION_KEY: {
                    **found,
                    RESPONSE_SELECTOR_RESPONSES_KEY: [],
                    RESPONSE_SELECTOR_UTTER_ACTION_KEY: f"utter_{entry['name']}",
                },
                RESPONSE_SELECTOR_RANKING_KEY: [],
            }
        selected[intent][RESPONSE_SELECTOR_RANKING_KEY].append(found)
    # Rasa names the whole intent, `faq/<key>`, only for the retrieval intents listed here
    return {RESPONSE_SELECTOR_RETRIEVAL_INTENTS: sorted(selected), **selected} if selected else {}
