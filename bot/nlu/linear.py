"""One linear model over sparse text features: fitted with scikit-learn, applied with numpy alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.features import BLOCKS, Features

_BLOCK_WEIGHTS = (1.0, 1.0, 0.5)
_FOLDS = 3


@dataclass
class Space:
    """The features known from training, with their weights (inverse document frequency)."""

    index: dict[str, int]
    idf: NDArray[np.float32]

    @classmethod
    def of(cls, documents: Sequence[Features]) -> Space:
        counts: Counter[str] = Counter()
        for document in documents:
            for number, block in enumerate(document):
                counts.update({f"{number}{feature}" for feature in block})
        index = {feature: position for position, feature in enumerate(sorted(counts))}
        idf = np.empty(len(index), dtype=np.float32)
        for feature, position in index.items():
            idf[position] = log((1 + len(documents)) / (1 + counts[feature])) + 1
        return cls(index, idf)

    def row(self, document: Features) -> tuple[list[int], list[float]]:
        """Columns and values of a document; each block has length one before it is weighed."""
        columns: list[int] = []
        values: list[float] = []
        for number in range(BLOCKS):
            block: list[tuple[int, float]] = []
            for feature, count in Counter(document[number]).items():
                position = self.index.get(f"{number}{feature}")
                if position is not None:
                    block.append((position, (1 + log(count)) * float(self.idf[position])))
            length = sqrt(sum(value * value for _, value in block))
            if length:
                scale = _BLOCK_WEIGHTS[number] / length
                columns += [position for position, _ in block]
                values += [value * scale for _, value in block]
        return columns, values


@dataclass
class LinearModel:
    """Scores for every label, and the temperature that turns them into probabilities."""

    space: Space
    labels: list[str]
    weights: NDArray[np.float32]
    """One row per feature, one column per label."""
    bias: NDArray[np.float32]
    temperature: float

    def scores(self, document: Features) -> NDArray[np.float32]:
        columns, values = self.space.row(document)
        if not columns:
            return self.bias
        gathered: NDArray[np.float32] = np.asarray(values, dtype=np.float32) @ self.weights[columns] + self.bias
        return gathered

    def probabilities(self, document: Features) -> NDArray[np.float32]:
        return softmax(self.scores(document) / self.temperature)

    def save(self, folder: Path) -> None:
        np.savez(
            folder / "linear.npz",
            weights=self.weights,
            bias=self.bias,
            idf=self.space.idf,
            temperature=np.float32(self.temperature),
            features=np.frombuffer("\n".join(self.space.index).encode(), dtype=np.uint8),
            labels=np.frombuffer("\n".join(self.labels).encode(), dtype=np.uint8),
        )

    @classmethod
    def load(cls, folder: Path) -> LinearModel:
        with np.load(folder / "linear.npz", allow_pickle=False) as stored:
            names = stored["features"].tobytes().decode().split("\n")
            space = Space({name: position for position, name in enumerate(names)}, stored["idf"])
            labels = stored["labels"].tobytes().decode().split("\n")
            return cls(space, labels, stored["weights"], stored["bias"], float(stored["temperature"]))


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    total: NDArray[Any] = shifted / shifted.sum(axis=-1, keepdims=True)
    return total


def fit(documents: Sequence[Features], labels: Sequence[str]) -> LinearModel:
    """Train on documents and their labels; at least two labels are needed."""
    from scipy.sparse import csr_matrix
    from sklearn.svm import LinearSVC

    space = Space.of(documents)
    rows = [space.row(document) for document in documents]
    lengths = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    matrix = csr_matrix(
        (
            np.concatenate([np.asarray(values, dtype=np.float64) for _, values in rows]),
            np.concatenate([np.asarray(columns, dtype=np.int32) for columns, _ in rows]),
            lengths,
        ),
        shape=(len(rows), len(space.index)),
    )
    names = sorted(set(labels))
    known = {name: number for number, name in enumerate(names)}
    target = np.array([known[label] for label in labels])

    def scores(train: Any, test: Any, wanted: Any) -> NDArray[Any]:
        model = LinearSVC(C=0.5, random_state=0).fit(train, wanted)
        found = model.decision_function(test)
        if found.ndim == 1:
            found = np.stack([-found, found], axis=1)
        padded = np.full((test.shape[0], len(names)), -2.0)
        padded[:, model.classes_] = found
        return padded

    fold = _folds(target)
    held_out = np.zeros((len(target), len(names)))
    for number in range(_FOLDS):
        if (fold == number).any() and len(set(target[fold != number])) > 1:
            held_out[fold == number] = scores(matrix[fold != number], matrix[fold == number], target[fold != number])
    model = LinearSVC(C=0.5, random_state=0).fit(matrix, target)
    weights, bias = model.coef_.T, model.intercept_
    if len(names) == 2:
        weights, bias = np.concatenate([-weights, weights], axis=1), np.concatenate([-bias, bias])
    return LinearModel(
        space,
        names,
        np.ascontiguousarray(weights, dtype=np.float32),
        np.asarray(bias, dtype=np.float32),
        _temperature(held_out, target),
    )


def _folds(target: NDArray[Any]) -> NDArray[Any]:
    """A fold per example; the examples of a label are dealt out in turn."""
    fold = np.zeros(len(target), dtype=np.int64)
    for label in np.unique(target):
        members = np.flatnonzero(target == label)
        fold[members] = (np.arange(len(members)) + label) % _FOLDS
    return fold


def _temperature(scores: NDArray[Any], target: NDArray[Any]) -> float:
    """The divisor under which held-out labels are most likely."""
    best = (float("inf"), 1.0)
    for temperature in np.geomspace(0.05, 2.0, 40):
        chosen = softmax(scores / temperature)[np.arange(len(target)), target]
        best = min(best, (float(-np.log(chosen + 1e-12).mean()), float(temperature)))
    return best[1]
