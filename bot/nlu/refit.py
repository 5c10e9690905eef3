"""Teaches some labels of a trained model anew and leaves the others as they are.

A label's machine is fitted against all examples, whatever the other labels are. So where one label's examples change,
only its own machine and those to which the changed examples come near need fitting; the weights of features, the
temperature and the judge of what is outside stay. A full training later comes to nearly the same.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.features import Features, features
from bot.nlu.linear import Floats, LinearModel, Row, Space
from bot.nlu.normalise import is_han, normalise
from bot.nlu.spelling import Spelling
from bot.nlu.words import units

NEAR = -0.85
"""From this score on a changed example comes near a label: of a thousand labels, to a handful."""
MOST_NEAR = 5
"""Labels that are taught anew beside each that changed, the nearest first."""
MANY = 3000
"""Examples from which on a feature must be seen twice, as in a full training."""
HEARD = -1.3
"""Examples of other labels that score less do not push a label's machine, whose margin begins at -1."""
GONE = -1e4
"""The score of a label that is no more."""
_SMALLEST = 1e-4


@dataclass(frozen=True)
class Changed:
    """What is new about one label."""

    now: Sequence[tuple[str, Features]]
    """All its examples from now on; none: the label is no more."""
    gone: Sequence[Features] = ()
    """Those it had and has no longer."""
    added: Sequence[Features] = ()
    """Those of `now` that it did not have."""


@dataclass(frozen=True)
class Column:
    """The weights of one label that are not nought."""

    places: NDArray[np.int32]
    weights: NDArray[np.float16]
    bias: float


@dataclass(frozen=True)
class Lesson:
    """What is learnt from a change: small, and enough for whoever has the model from before."""

    features: tuple[tuple[int, str, float], ...] = ()
    """Features never seen before, with their block and weight; their columns come after those known."""
    columns: Mapping[str, Column | None] = field(default_factory=dict)
    """By label; None for one that is no more."""
    forgotten: tuple[tuple[int, str], ...] = ()
    """Features that no example has any more: other labels' machines would go on speaking against them."""
    words: Mapping[str, int] = field(default_factory=dict)
    pairs: Mapping[str, int] = field(default_factory=dict)
    """By how much the counts of words and of neighbouring characters grow."""

    def dumps(self) -> bytes:
        told = {
            "features": self.features,
            "forgotten": self.forgotten,
            "labels": [[label, None if column is None else column.bias] for label, column in self.columns.items()],
            "words": dict(self.words),
            "pairs": dict(self.pairs),
        }
        columns = [column for column in self.columns.values() if column is not None]
        packed = io.BytesIO()
        np.savez_compressed(
            packed,
            told=np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), dtype=np.uint8),
            sizes=np.array([len(column.places) for column in columns], dtype=np.int64),
            places=np.concatenate([np.zeros(0, np.int32), *(column.places for column in columns)]),
            weights=np.concatenate([np.zeros(0, np.float16), *(column.weights for column in columns)]),
        )
        return packed.getvalue()

    @classmethod
    def loads(cls, packed: bytes) -> Lesson:
        with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
            told = json.loads(stored["told"].tobytes())
            ends = np.cumsum(stored["sizes"])[:-1]
            parts = iter(zip(np.split(stored["places"], ends), np.split(stored["weights"], ends), strict=True))
        columns = {label: None if bias is None else Column(*next(parts), bias) for label, bias in told["labels"]}
        new = tuple((block, name, weight) for block, name, weight in told["features"])
        forgotten = tuple((block, name) for block, name in told["forgotten"])
        return cls(new, columns, forgotten, told["words"], told["pairs"])


@dataclass(kw_only=True)
class Taught(LinearModel):
    """A model some of whose labels were taught anew; `weights` are those from before, shared and untouched.

    It lives in memory only: what is kept are the model from before and its lessons.
    """

    fresh: NDArray[np.float16]
    """One row per feature, new ones included; one column per label that was taught."""
    places: NDArray[np.int64]
    """Where these labels stand among all."""

    def scores(self, row: Row) -> Floats:
        if not row.columns:
            return self.bias
        width, labels = self.weights.shape
        columns = np.asarray(row.columns)
        known = columns < width
        scores = self.bias.copy()
        scores[:labels] += row.values[known] @ self.weights[columns[known]].astype(np.float32)
        scores[self.places] = self.bias[self.places] + row.values @ self.fresh[columns].astype(np.float32)
        return scores

    def says(self, columns: list[int] | NDArray[np.int64], label: int) -> NDArray[np.float16]:
        found = np.flatnonzero(self.places == label)
        if len(found):
            return self.fresh[columns, found[0]]
        asked = np.asarray(columns, dtype=np.int64)
        known = asked < len(self.weights)
        said = np.zeros(len(asked), dtype=np.float16)
        said[known] = self.weights[asked[known], label]
        return said


def taught(model: LinearModel, lesson: Lesson) -> Taught:
    """The model after a lesson; the one from before stays as it is."""
    space = _widened(model.space, lesson.features, lesson.forgotten)
    labels = [*model.labels, *sorted(lesson.columns.keys() - set(model.labels))]
    number = {label: place for place, label in enumerate(labels)}
    width, before = len(space.idf), _columns_of(model)
    places = [*before, *(number[label] for label in lesson.columns if number[label] not in before)]
    fresh = np.zeros((width, len(places)), dtype=np.float16)
    if isinstance(model, Taught):
        fresh[: len(model.fresh), : model.fresh.shape[1]] = model.fresh
    bias = np.full(len(labels), GONE, dtype=np.float32)
    bias[: len(model.bias)] = model.bias
    for label, column in lesson.columns.items():
        here = places.index(number[label])
        fresh[:, here] = 0
        bias[number[label]] = GONE
        if column is not None:
            fresh[column.places, here] = column.weights
            bias[number[label]] = column.bias
    return Taught(
        space,
        labels,
        model.weights,
        bias,
        model.temperature,
        model.outside,
        None,
        fresh=fresh,
        places=np.asarray(places, dtype=np.int64),
    )


def respelt(spelling: Spelling, lesson: Lesson) -> Spelling:
    """The words after a lesson; one that mends nothing, for want of examples, stays as it is."""
    if not spelling.words and not spelling.pairs:
        return spelling
    return Spelling(_grown(spelling.words, lesson.words), _grown(spelling.pairs, lesson.pairs), spelling.sounds)


class Memory:
    """The examples a model was trained on, as it sees them."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str], matrix: Any) -> None:
        """`matrix` has a row per example, blocks weighed; an empty text stands for the words of a label's name."""
        self.texts = list(texts)
        self.labels = list(labels)
        self.matrix = matrix

    @classmethod
    def of(cls, space: Space, examples: Iterable[tuple[str, str, Features]]) -> Memory:
        """From text, label and features of each example; the words of the labels' names are examples too."""
        told = list(examples)
        told += [("", label, _name(label)) for label in sorted({label for _, label, _ in told})]
        return cls.told(space, told)

    @classmethod
    def told(cls, space: Space, told: Sequence[tuple[str, str, Features]]) -> Memory:
        """From these examples alone."""
        return cls(
            [text for text, _, _ in told],
            [label for _, label, _ in told],
            _rows(space, [document for _, _, document in told]),
        )

    def of_label(self, label: str) -> list[str]:
        """Its examples."""
        return [text for text, owner in zip(self.texts, self.labels, strict=True) if owner == label and text]

    def changed(self, space: Space, changes: Mapping[str, Changed]) -> Memory:
        """What is remembered after a change."""
        from scipy.sparse import csr_matrix, vstack

        kept = [place for place, label in enumerate(self.labels) if label not in changes]
        new = [
            (text, label, document)
            for label, change in changes.items()
            if change.now
            for text, document in (*change.now, ("", _name(label)))
        ]
        old = self.matrix[kept]
        old = csr_matrix((old.data, old.indices, old.indptr), shape=(len(kept), len(space.idf)))
        return Memory(
            [*(self.texts[place] for place in kept), *(text for text, _, _ in new)],
            [*(self.labels[place] for place in kept), *(label for _, label, _ in new)],
            vstack([old, _rows(space, [document for _, _, document in new])], format="csr") if new else old,
        )

    def nearest(self, space: Space, document: Features, count: int) -> list[tuple[str, str, float]]:
        """The examples that are most like a text: text, label and likeness from 0 to 1."""
        asked = _rows(space, [document])
        asked = asked[:, : self.matrix.shape[1]]
        lengths = np.sqrt(np.asarray(self.matrix.multiply(self.matrix).sum(axis=1)).ravel())
        own = float(np.sqrt(asked.multiply(asked).sum())) or 1.0
        like = np.asarray((self.matrix @ asked.T).todense()).ravel() / np.maximum(lengths * own, 1e-9)
        like[[place for place, text in enumerate(self.texts) if not text]] = 0
        best = np.argsort(-like, kind="stable")[:count]
        return [(self.texts[one], self.labels[one], round(float(like[one]), 4)) for one in best if like[one] > 0]

    def save(self, path: Path, made_of: Mapping[str, Any]) -> None:
        """Write it so that it appears at once and whole."""
        names = sorted(set(self.labels))
        number = {label: place for place, label in enumerate(names)}
        told = {"made_of": made_of, "texts": self.texts, "names": names}
        unfinished = path.with_name(f".{path.name}.part")
        with unfinished.open("wb") as file:
            np.savez(
                file,
                told=np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), dtype=np.uint8),
                labels=np.array([number[label] for label in self.labels], dtype=np.int32),
                data=self.matrix.data.astype(np.float32),
                indices=self.matrix.indices.astype(np.int32),
                indptr=self.matrix.indptr.astype(np.int32),
                shape=np.array(self.matrix.shape),
            )
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> tuple[Memory, Mapping[str, Any]] | None:
        """What was saved and of what it was made; None when it is not there or cannot be read."""
        from scipy.sparse import csr_matrix

        try:
            with np.load(path, allow_pickle=False) as stored:
                told = json.loads(stored["told"].tobytes())
                rows = csr_matrix(
                    (stored["data"], stored["indices"], stored["indptr"]), shape=tuple(stored["shape"].tolist())
                )
                labels = [told["names"][number] for number in stored["labels"]]
                return cls(told["texts"], labels, rows), told["made_of"]
        except (OSError, ValueError, KeyError):
            return None


def get_ready() -> None:
    """Import what takes a second, so that the first lesson does not wait for it."""
    import sklearn.svm  # noqa: F401


def scores_of(model: LinearModel, memory: Memory, labels: Sequence[str]) -> NDArray[np.float64]:
    """What the model gives these labels for each of the examples; a row per example, a column per label."""
    width = min(memory.matrix.shape[1], len(model.space.idf))
    matrix, scale = memory.matrix[:, :width], _scale(model.space)[:width]
    inverse = np.divide(1.0, scale, out=np.zeros(width), where=scale > 0)
    number = {label: place for place, label in enumerate(model.labels)}
    scores = np.full((memory.matrix.shape[0], len(labels)), GONE)
    for here, label in enumerate(labels):
        if label in number:
            weights = model.says(np.arange(width), number[label]).astype(np.float64) * inverse
            scores[:, here] = matrix @ weights + model.bias[number[label]]
    return scores


def refit(model: LinearModel, memory: Memory, changes: Mapping[str, Changed]) -> tuple[Lesson, Memory]:
    """What the model is to learn, and what is remembered then.

    Raises:
        ValueError: the model was trained with vectors, which a lesson does not have.
    """
    if model.meaning is not None:
        raise ValueError("a model trained with `vectors` cannot be taught in parts; train all of it")
    least = 2 if len(memory.labels) >= MANY else 1
    found = _new_features(model.space, changes, least=least, known=len(memory.labels))
    space = _widened(model.space, found)
    after = memory.changed(space, changes)
    columns: dict[str, Column | None] = {label: None for label, change in changes.items() if not change.now}
    owners = np.asarray(after.labels)
    matrix = after.matrix.astype(np.float64)
    scale = _scale(space)
    teaching = [*(label for label, change in changes.items() if change.now), *_near(model, space, changes)]
    scores = scores_of(model, after, teaching)
    new = len(after.labels) - sum(len(change.now) + 1 for change in changes.values() if change.now)
    for here, label in enumerate(teaching):
        heard = (scores[:, here] > HEARD) | (scores[:, here] == GONE) | (owners == label)
        heard[new:] = True
        columns[label] = _column(matrix[heard], (owners == label)[heard], scale)
    words, pairs = _grammar(memory, changes)
    return Lesson(found, columns, _forgotten(model.space, after, changes, least), words, pairs), after


def _near(model: LinearModel, space: Space, changes: Mapping[str, Changed]) -> list[str]:
    """Labels that have not changed, to which examples come near that were added or are gone."""
    best = np.full(len(model.labels), -np.inf, dtype=np.float32)
    for change in changes.values():
        for document in (*change.added, *change.gone):
            row = model.space.row(document)
            best = np.maximum(best, model.scores(row))
    order = [place for place in np.argsort(-best, kind="stable") if best[place] > NEAR]
    return [model.labels[place] for place in order if model.labels[place] not in changes][: MOST_NEAR * len(changes)]


def _column(matrix: Any, mine: NDArray[np.bool_], scale: Floats) -> Column:
    from bot.nlu.fitting import machine

    weights, bias = machine(matrix, mine.astype(np.int64), range(1, 2))
    column = weights[:, 0] * scale
    places = np.flatnonzero(np.abs(column) > _SMALLEST).astype(np.int32)
    return Column(places, column[places].astype(np.float16), float(bias[0]))


def _new_features(
    space: Space, changes: Mapping[str, Changed], *, least: int, known: int
) -> tuple[tuple[int, str, float], ...]:
    documents = [document for change in changes.values() for _, document in change.now]
    found: list[tuple[int, str, float]] = []
    for block, index in enumerate(space.index):
        seen = Counter(name for document in documents for name in set(document[block]) if name not in index)
        found += [
            (block, name, log((1 + known) / (1 + count)) + 1) for name, count in sorted(seen.items()) if count >= least
        ]
    return tuple(found)


def _forgotten(space: Space, after: Memory, changes: Mapping[str, Changed], least: int) -> tuple[tuple[int, str], ...]:
    """Features of examples that are gone which too few of those that are left have."""
    left = after.matrix.getnnz(axis=0)
    gone = [document for change in changes.values() for document in change.gone]
    return tuple(
        (block, name)
        for block, index in enumerate(space.index)
        for name in sorted({name for document in gone for name in document[block] if name in index})
        if left[index[name]] < least
    )


def _grammar(memory: Memory, changes: Mapping[str, Changed]) -> tuple[dict[str, int], dict[str, int]]:
    words: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for label, change in changes.items():
        for texts, sign in (([text for text, _ in change.now], 1), (memory.of_label(label), -1)):
            for text in texts:
                pieces = units(normalise(text))
                for piece in pieces:
                    words[piece] += sign if piece.isascii() and piece.isalpha() else 0
                for one, other in pairwise(pieces):
                    pairs[one + other] += sign if is_han(one[0]) and is_han(other[0]) else 0
    return {one: n for one, n in words.items() if n}, {one: n for one, n in pairs.items() if n}


def _grown(counts: Mapping[str, int], by: Mapping[str, int]) -> dict[str, int]:
    grown = {**counts, **{one: counts.get(one, 0) + more for one, more in by.items()}}
    return {one: count for one, count in grown.items() if count > 0}


def _widened(space: Space, new: Sequence[tuple[int, str, float]], forgotten: Sequence[tuple[int, str]] = ()) -> Space:
    if not new and not forgotten:
        return space
    index = tuple(dict(block) for block in space.index)
    for block, name in forgotten:
        index[block].pop(name, None)  # its column stays and is used no more
    for place, (block, name, _) in enumerate(new, start=len(space.idf)):
        index[block][name] = place
    weights = np.array([weight for _, _, weight in new], dtype=np.float32)
    return Space(index, np.concatenate([space.idf, weights]), space.unknown)


def _columns_of(model: LinearModel) -> list[int]:
    return [int(place) for place in model.places] if isinstance(model, Taught) else []


def _name(label: str) -> Features:
    from bot.nlu.fitting import spoken

    return features(spoken(label))


def _scale(space: Space) -> Floats:
    """How much each column counts."""
    from bot.nlu.fitting import WEIGHTS

    scale = np.zeros(len(space.idf), dtype=np.float32)
    for weight, block in zip(WEIGHTS, space.index, strict=True):
        scale[np.fromiter(block.values(), dtype=np.int64, count=len(block))] = weight
    return scale


def _rows(space: Space, documents: Sequence[Features]) -> Any:
    from scipy.sparse import csr_matrix

    rows = [space.row(document) for document in documents]
    indices = np.array([column for row in rows for column in row.columns], dtype=np.int32)
    values = np.concatenate([np.zeros(0, np.float32), *(row.values for row in rows)])
    ends = np.cumsum([0, *(len(row.columns) for row in rows)]).astype(np.int32)
    return csr_matrix((values * _scale(space)[indices], indices, ends), shape=(len(rows), len(space.idf)))
