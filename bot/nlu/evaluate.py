"""How well messages are understood: accuracy, macro-F1, what is mixed up, and what is recognised as out of scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml

OUT_OF_SCOPE = "out_of_scope"
_BINS = 10


class Understood(Protocol):
    """What a bot made of a message."""

    @property
    def intent(self) -> str | None:
        """The intent, a retrieval intent with its key; `nlu_fallback` when unsure."""

    @property
    def ranking(self) -> Sequence[tuple[str, float]]:
        """The best labels with their confidence, the best first."""

    @property
    def entities(self) -> Sequence[dict[str, Any]]:
        """Rasa's entities."""

    @property
    def mood(self) -> str | None:
        """`angry`, `distressed`, `legal_threat`, or None."""


class Understands(Protocol):
    """The trained bot, or anything that can say what a message means."""

    def understand(self, text: str) -> Understood:
        """What it makes of a message."""


@dataclass(frozen=True)
class Example:
    """A message and what it means; retrieval intents with their key."""

    text: str
    intent: str
    language: str = ""


@dataclass(frozen=True)
class Confusion:
    """One wrong answer."""

    text: str
    wanted: str
    got: str


@dataclass(frozen=True)
class Scores:
    """Shares are between 0 and 1; None where there was nothing to measure."""

    examples: int
    accuracy: float
    """Of all examples, out-of-scope ones included."""
    macro_f1: float
    top_3: float
    """How often the wanted label is among the three best."""
    out_of_scope_recall: float | None
    wrongly_refused: float | None
    """Of messages in scope, those taken for out of scope or not understood."""
    calibration_error: float
    """Expected distance between confidence and accuracy, over ten bins."""
    faq_top_1: float | None = None
    """Of questions with an entry, those whose entry ranks first."""
    faq_top_3: float | None = None


@dataclass(frozen=True)
class Report:
    """All of it."""

    overall: Scores
    by_language: dict[str, Scores]
    confusions: list[Confusion] = field(default_factory=list)

    def most_confused(self, count: int = 20) -> list[tuple[str, str, int]]:
        """The commonest mistakes as (wanted, got, how often)."""
        pairs = Counter((one.wanted, one.got) for one in self.confusions)
        return [(wanted, got, times) for (wanted, got), times in pairs.most_common(count)]


@dataclass(frozen=True)
class Answer:
    """What the bot made of an example."""

    example: Example
    got: str
    ranking: tuple[str, ...]
    confidence: float
    """Of the best label."""


def load(*paths: Path) -> list[Example]:
    """Held-out examples from YAML files, or from all such files in folders: rows of `text`, `intent`, `language`."""
    files = [file for path in paths for file in (sorted(path.glob("*.yml")) if path.is_dir() else [path])]
    return [
        Example(str(row["text"]), str(row["intent"]), str(row.get("language", "")))
        for file in files
        for row in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


def evaluate(
    bot: Understands, examples: Sequence[Example], *, progress: Callable[[int], None] = lambda done: None
) -> Report:
    """Ask the bot about every example; `progress` is told after each how many are done."""
    return report(ask(bot, examples, progress=progress))


def ask(
    bot: Understands, examples: Iterable[Example], *, progress: Callable[[int], None] = lambda done: None
) -> list[Answer]:
    """What the bot makes of each example."""
    answers = []
    for number, example in enumerate(examples, start=1):
        answers.append(_ask(bot, example))
        progress(number)
    return answers


def report(answers: Sequence[Answer]) -> Report:
    """The figures of some answers."""
    examples = [answer.example for answer in answers]
    languages = sorted({example.language for example in examples if example.language})
    return Report(
        _scores(answers),
        {
            language: _scores([answer for answer in answers if answer.example.language == language])
            for language in languages
        },
        [
            Confusion(answer.example.text, answer.example.intent, answer.got)
            for answer in answers
            if answer.got != answer.example.intent
        ],
    )


def _ask(bot: Understands, example: Example) -> Answer:
    understood = bot.understand(example.text)
    ranking = understood.ranking
    return Answer(
        example,
        understood.intent or "",
        tuple(name for name, _ in ranking),
        ranking[0][1] if ranking else 0.0,
    )


def _scores(answers: Sequence[Answer]) -> Scores:
    if not answers:
        return Scores(0, 0.0, 0.0, 0.0, None, None, 0.0)
    right = [answer.got == answer.example.intent for answer in answers]
    outside = [answer for answer in answers if answer.example.intent == OUT_OF_SCOPE]
    inside = [answer for answer in answers if answer.example.intent != OUT_OF_SCOPE]
    return Scores(
        examples=len(answers),
        accuracy=_share(right),
        macro_f1=_macro_f1(answers),
        top_3=_share(answer.example.intent in answer.ranking[:3] for answer in answers),
        out_of_scope_recall=_share(answer.got == OUT_OF_SCOPE for answer in outside) if outside else None,
        wrongly_refused=(_share(answer.got in (OUT_OF_SCOPE, "nlu_fallback") for answer in inside) if inside else None),
        calibration_error=_calibration_error(answers),
        faq_top_1=_faq_share(answers, 1),
        faq_top_3=_faq_share(answers, 3),
    )


def _faq_share(answers: Sequence[Answer], most: int) -> float | None:
    questions = [answer for answer in answers if "/" in answer.example.intent]
    return _share(answer.example.intent in answer.ranking[:most] for answer in questions) if questions else None


def _share(right: Iterable[bool]) -> float:
    counted = list(right)
    return sum(counted) / len(counted)


def _macro_f1(answers: Sequence[Answer]) -> float:
    """F1 averaged over the wanted labels and any label answered instead."""
    wanted = Counter(answer.example.intent for answer in answers)
    got = Counter(answer.got for answer in answers)
    hit = Counter(answer.got for answer in answers if answer.got == answer.example.intent)
    labels = wanted.keys() | got.keys()
    return sum(2 * hit[label] / (wanted[label] + got[label]) for label in labels) / len(labels)


def _calibration_error(answers: Sequence[Answer]) -> float:
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for answer in answers:
        best = bool(answer.ranking) and answer.ranking[0] == answer.example.intent
        bins[min(int(answer.confidence * _BINS), _BINS - 1)].append((answer.confidence, best))
    return sum(abs(sum(confidence for confidence, _ in part) - sum(right for _, right in part)) for part in bins) / len(
        answers
    )


@dataclass(frozen=True)
class EntityScores:
    """How well values are found."""

    messages: int
    precision: float
    recall: float
    f1: float
    invented: list[tuple[str, str, str]]
    """Values found that nobody gave, as (text, entity, value)."""
    missed: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Annotated:
    """A message and the values in it, as (entity, value)."""

    text: str
    entities: tuple[tuple[str, str], ...]


def load_entities(path: Path) -> list[Annotated]:
    """Annotated messages from a YAML file: rows of `text` and `entities`, a value or a list per entity."""
    return [
        Annotated(str(row["text"]), tuple(_values(row["entities"])))
        for row in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def _values(entities: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for entity, values in entities.items():
        for value in values if isinstance(values, list) else [values]:
            yield entity, str(value)


def evaluate_entities(bot: Understands, examples: Sequence[Annotated]) -> EntityScores:
    """Compare the values found with the annotated ones; the `language` of a message is not one of them."""
    found = wanted = hit = 0
    invented: list[tuple[str, str, str]] = []
    missed: list[tuple[str, str, str]] = []
    for example in examples:
        entities = bot.understand(example.text).entities
        got = Counter((one["entity"], str(one["value"])) for one in entities if one["entity"] != "language")
        right = Counter(example.entities)
        found, wanted, hit = found + got.total(), wanted + right.total(), hit + (got & right).total()
        invented += [(example.text, *value) for value in (got - right).elements()]
        missed += [(example.text, *value) for value in (right - got).elements()]
    precision, recall = hit / found if found else 1.0, hit / wanted if wanted else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return EntityScores(len(examples), precision, recall, f1, invented, missed)


@dataclass(frozen=True)
class MoodScores:
    """How well one mood is heard."""

    mood: str
    messages: int
    """Those that are in it."""
    precision: float
    recall: float


def evaluate_moods(bot: Understands, path: Path) -> list[MoodScores]:
    """Compare the moods heard with those of a YAML file: rows of `text` and `mood`, `none` where there is none."""
    rows = [(row["text"], row["mood"]) for row in yaml.safe_load(path.read_text(encoding="utf-8"))]
    heard = [(bot.understand(text).mood or "none", mood) for text, mood in rows]
    return [
        MoodScores(
            mood,
            sum(wanted == mood for _, wanted in heard),
            _share([wanted == mood for got, wanted in heard if got == mood] or [True]),
            _share(got == mood for got, wanted in heard if wanted == mood),
        )
        for mood in sorted({mood for _, mood in rows} - {"none"})
    ]
