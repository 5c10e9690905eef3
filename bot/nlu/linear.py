"""One linear model over sparse text features: fitted with scikit-learn, applied with numpy alone.

A support vector machine per label sees the surface of the text and the ideas behind the words. A message costs the few
rows of weights that its features name.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.features import BLOCKS, Features

Floats = NDArray[np.float32]
_FILE = "linear.npz"
WORDS = 1
"""The block whose features say how familiar a text is."""


@dataclass
class Space:
    """The features known from training, with their weights (inverse document frequency)."""

    index: tuple[dict[str, int], ...]
    """For each block its features and their columns."""
    idf: Floats
    unknown: float
    """The weight of a feature never seen."""

    def row(self, document: Features) -> Row:
        """Columns and values of a document; each block has length one."""
        columns: list[int] = []
        values: list[Floats] = []
        for known, block in zip(self.index, document, strict=True):
            here = [column for column in map(known.get, block) if column is not None]
            if not here:
                continue
            if len(set(here)) < len(here):
                counts = Counter(here)
                here = list(counts)
                repeated = np.array([1 + log(count) for count in counts.values()], dtype=np.float32)
                weighed = self.idf.take(here) * repeated
            else:
                weighed = self.idf.take(here)
            columns += here
            values.append(weighed / sqrt(float(weighed @ weighed)))
        return Row(columns, np.concatenate(values) if values else np.zeros(0, dtype=np.float32), *self._words(document))

    def _words(self, document: Features) -> tuple[list[int], float]:
        """The columns of the words known, and the weight of all words, unknown ones included."""
        found = list(map(self.index[WORDS].get, set(document[WORDS])))
        known = [position for position in found if position is not None]
        total = float(self.idf.take(known).sum()) + (len(found) - len(known)) * self.unknown
        return known, total

    def blocks(self) -> NDArray[np.int64]:
        """For each column, the block it belongs to."""
        return np.repeat(np.arange(BLOCKS), [len(block) for block in self.index])


@dataclass
class Row:
    """One document in a space."""

    columns: list[int]
    values: Floats
    words: list[int]
    """The columns of its words and pairs of words."""
    total: float
    """The weight of all its words and pairs, those never seen included."""


@dataclass
class Outside:
    """A small logistic model that tells whether a text is about none of the labels."""

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    """One per sign and the bias."""
    threshold: float
    """The score that so many texts of known labels exceed as the model was told to refuse."""
    outsider: int | None
    """The column of the label that stands for everything outside; None when it has no examples."""

    def score(self, signs: NDArray[np.float64]) -> NDArray[np.float64]:
        """From 0 (surely inside) to 1, for rows of signs."""
        value: NDArray[np.float64] = 1 / (
            1 + np.exp(-((signs - self.centre) / self.scale @ self.weights[:-1] + self.weights[-1]))
        )
        return value


_FAMILIAR, _SUPPORTED = 2.0, 0.8
"""How much familiar words, and words that speak for the best label, weigh against the best score.

Found on public data: held-out labels share their words with the others, so no held-out part can teach it.
"""
SPEAKS_FOR = 0.015
"""From this weight on a word speaks for a label."""


def outside_signs(
    scores: NDArray[Any], familiar: NDArray[Any], supported: NDArray[Any], outsider: int | None
) -> NDArray[np.float64]:
    """What `Outside` looks at, for rows of scores.

    `familiar` is how much of the words was seen in training, `supported` how much speaks for the best label.
    """
    inside = scores if outsider is None else np.delete(scores, outsider, axis=1)
    at_home = inside.max(axis=1) + _FAMILIAR * familiar + _SUPPORTED * supported
    against = np.zeros(len(scores)) if outsider is None else scores[:, outsider]
    return np.stack([at_home, against], axis=1).astype(np.float64)


@dataclass
class Verdict:
    """What the model makes of one text."""

    probabilities: Floats
    outside: float
    """How likely it is about none of the labels, from 0 to 1."""
    strange: bool
    """Whether not one of its words was seen in training."""


@dataclass
class LinearModel:
    """Scores for every label, the temperature that turns them into probabilities, and the judge of what is outside."""

    space: Space
    labels: list[str]
    weights: NDArray[np.float16]
    """One row per feature, one column per label."""
    bias: Floats
    temperature: float
    outside: Outside
    meaning: Floats | None = None
    """One row per dimension of a text's vector; None when the model was trained without vectors."""

    def judge(self, document: Features, vector: Floats | None = None) -> Verdict:
        """What it makes of a text; `vector` is what it means, where the model was trained with vectors."""
        row = self.space.row(document)
        scores = self.scores(row)
        if vector is not None and self.meaning is not None:
            scores = scores + vector @ self.meaning
        return Verdict(
            softmax(scores / self.temperature),
            float(self.outside.score(self._signs(row, scores))[0]),
            not row.words,
        )

    def probabilities(self, document: Features) -> NDArray[np.float64]:
        """How likely each label is, whatever may be outside."""
        return softmax(self.scores(self.space.row(document)) / self.temperature)

    def _signs(self, row: Row, scores: Floats) -> NDArray[np.float64]:
        outsider = self.outside.outsider
        others = scores
        if outsider is not None:
            others = scores.copy()
            others[outsider] = -np.inf
        idf = self.space.idf[row.words]
        speaking = idf[self.says(row.words, int(others.argmax())) > SPEAKS_FOR]
        share = 1 / row.total if row.total else 0.0
        return outside_signs(scores[None], np.array([idf.sum() * share]), np.array([speaking.sum() * share]), outsider)

    def says(self, columns: list[int] | NDArray[np.int64], label: int) -> NDArray[np.float16]:
        """What these features say for a label."""
        return self.weights[columns, label]

    def scores(self, row: Row) -> Floats:
        """One score per label, higher is likelier."""
        if not row.columns:
            return self.bias
        gathered: Floats = row.values @ self.weights[row.columns].astype(np.float32)
        return gathered + self.bias

    def save(self, folder: Path) -> None:
        np.savez(
            folder / _FILE,
            weights=self.weights,
            bias=self.bias,
            idf=self.space.idf,
            numbers=np.array(
                [
                    self.temperature,
                    self.space.unknown,
                    self.outside.threshold,
                    -1 if self.outside.outsider is None else self.outside.outsider,
                ]
            ),
            outside=np.concatenate([self.outside.centre, self.outside.scale, self.outside.weights]),
            features=_packed("\0".join("\n".join(block) for block in self.space.index)),
            labels=_packed("\n".join(self.labels)),
            meaning=np.zeros((0, len(self.labels)), dtype=np.float32) if self.meaning is None else self.meaning,
        )

    @classmethod
    def load(cls, folder: Path) -> LinearModel:
        with np.load(folder / _FILE, allow_pickle=False) as stored:
            temperature, unknown, threshold, outsider = (float(number) for number in stored["numbers"])
            space = Space(_indexed(stored["features"].tobytes().decode()), stored["idf"], unknown)
            judge = stored["outside"]
            size = (len(judge) - 1) // 3
            outside = Outside(
                judge[:size],
                judge[size : 2 * size],
                judge[2 * size :],
                threshold,
                None if outsider < 0 else int(outsider),
            )
            labels = stored["labels"].tobytes().decode().split("\n")
            meaning = stored["meaning"]
            learnt = meaning if len(meaning) else None
            return cls(space, labels, stored["weights"], stored["bias"], temperature, outside, learnt)


def _packed(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _indexed(packed: str) -> tuple[dict[str, int], ...]:
    index: list[dict[str, int]] = []
    at = 0
    for block in packed.split("\0"):
        names = block.split("\n") if block else []
        index.append({name: at + position for position, name in enumerate(names)})
        at += len(names)
    return tuple(index)


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    total: NDArray[Any] = shifted / shifted.sum(axis=-1, keepdims=True)
    return total
