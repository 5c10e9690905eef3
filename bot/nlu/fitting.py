"""Fits the linear model: the only code here that needs scikit-learn and scipy, and only while training."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.apart import by_helper
from bot.nlu.features import BLOCKS, Features, features
from bot.nlu.linear import SPEAKS_FOR, WORDS, LinearModel, Outside, Space, outside_signs, softmax
from bot.nlu.normalise import normalise

WEIGHTS = (1.3, 1.0, 0.5, 1.0)
"""How much each block counts, words being the measure."""
_COST = 0.5
_TOLERANCE = 0.1
_PATIENCE = 4
"""Rounds through the examples."""
_FOLDS = 3
_MANY = 3000
"""From so many examples on, features seen once are dropped and one fold in five is held out instead of three."""
_FIRST_SHARE = 0.8
"""Of the labels: a core fits these while the other does what is held out, and then the rest."""
_HIDDEN_LABELS = 6
"""One label in so many plays the part of the unknown while a fold is held out."""

_OTHER = -1
"""Stands for all labels that are not asked for."""


def fit(
    documents: Sequence[Features],
    labels: Sequence[str],
    *,
    refuse: float,
    outside_label: str,
    vectors: NDArray[np.float32] | None = None,
) -> LinearModel:
    """Train on documents and their labels, at least two of them.

    `refuse` is the share of texts with a known label that may be taken for outside ones; examples of
    `outside_label`, if there are any, teach what is outside too. `vectors` say what each document means, a row each.
    """
    names = sorted(set(labels))
    number = {name: position for position, name in enumerate(names)}
    many = len(documents) >= _MANY
    # The words of a label's name are one more example of it: `gift_wrap` says much when examples are few.
    told = [*documents, *(features(spoken(name)) for name in names)]
    target = np.array([number[label] for label in (*labels, *names)])
    least = 2 if many else 1
    space, matrix, totals = _weighed(told, least)
    familiarity = _Familiarity(matrix, totals, space, least)
    matrix = matrix if vectors is None else _beside(matrix, vectors)

    folds = _folds(target[: len(documents)], 5 if many else _FOLDS)
    rounds = [0] if many else list(range(_FOLDS))
    outsider = number.get(outside_label)
    first = round(len(names) * _FIRST_SHARE) if many else len(names)
    weights_of_first, *parts, weights_of_others = by_helper(
        partial(machine, matrix, target, range(first)),
        *(partial(_held_out, matrix, target, folds, turn, len(names), outsider, familiarity) for turn in rounds),
        partial(machine, matrix, target, range(first, len(names))),
        apart=many,
    )
    weights, bias = (np.concatenate(both, axis=-1) for both in zip(weights_of_first, weights_of_others, strict=True))
    width = len(space.idf)
    known = np.concatenate([part.known for part in parts])
    scores = np.concatenate([part.scores for part in parts])
    seen = np.concatenate([part.seen for part in parts])
    outside = np.concatenate([part.outside for part in parts])
    return LinearModel(
        space,
        names,
        (weights[:width] * np.asarray(WEIGHTS)[space.blocks(), None]).astype(np.float16),
        bias.astype(np.float32),
        _temperature(scores, target[known]),
        _judge(seen, outside, refuse, outsider),
        None if vectors is None else weights[width:].astype(np.float32),
    )


def _beside(matrix: Any, vectors: NDArray[np.float32]) -> Any:
    """The rows with their vectors behind them; rows without one, those of the labels' names, have none."""
    from scipy.sparse import csr_matrix, hstack

    padded = np.zeros((matrix.shape[0], vectors.shape[1]))
    padded[: len(vectors)] = vectors
    return hstack([matrix, csr_matrix(padded)], format="csr")


def spoken(label: str) -> str:
    """A label as words: `faq/return_window` says "return window"."""
    return normalise(re.sub(r"[\W_]+", " ", label.rpartition("/")[2] or label))


def _weighed(documents: Sequence[Features], least: int) -> tuple[Space, Any, NDArray[np.float64]]:
    """The space of features that occur in at least so many documents, the documents as its rows, their words' weight.

    The rows are what `Space.row` makes of each document, its blocks multiplied by `WEIGHTS`.
    """
    from scipy.sparse import hstack

    blocks = [_Block.of([document[number] for document in documents], least) for number in range(BLOCKS)]
    starts = np.cumsum([0, *(len(block.names) for block in blocks)])
    index = tuple(
        {name: int(start) + position for position, name in enumerate(block.names)}
        for start, block in zip(starts, blocks, strict=False)
    )
    space = Space(index, np.concatenate([block.idf for block in blocks]), _unknown(len(documents)))
    rows = hstack([block.rows * weight for block, weight in zip(blocks, WEIGHTS, strict=True)], format="csr")
    return space, rows, blocks[WORDS].totals


@dataclass
class _Block:
    """One block of the features of all documents."""

    names: list[str]
    """The features that are kept, sorted."""
    idf: NDArray[np.float32]
    """Their weights."""
    rows: Any
    """Documents by kept features, each row of length one."""
    totals: NDArray[np.float64]
    """For each document the weight of all its features, those not kept included."""

    @classmethod
    def of(cls, lists: Sequence[list[str]], least: int) -> _Block:
        from scipy.sparse import csr_matrix

        numbers: dict[str, int] = defaultdict(count().__next__)
        written = np.fromiter(map(numbers.__getitem__, chain.from_iterable(lists)), dtype=np.int64)
        owners = np.repeat(np.arange(len(lists)), [len(found) for found in lists])
        places, counts = np.unique(owners * len(numbers) + written, return_counts=True)
        owners, features_found = np.divmod(places, max(len(numbers), 1))
        occurrences = np.bincount(features_found, minlength=len(numbers))
        idf = np.log((1 + len(lists)) / (1 + occurrences)) + 1
        names = [name for name in sorted(numbers) if occurrences[numbers[name]] >= least]
        kept = [numbers[name] for name in names]
        columns = np.full(len(numbers), -1)
        columns[kept] = np.arange(len(kept))
        known = columns[features_found] >= 0
        weighed = np.where(known, idf[features_found], _unknown(len(lists))).astype(np.float64)
        totals = np.bincount(owners, weighed, minlength=len(lists)).astype(np.float64)
        owners, features_found = owners[known], features_found[known]
        values = (1 + np.log(counts[known])) * idf[features_found]
        lengths = np.sqrt(np.bincount(owners, values**2, minlength=len(lists)))
        places = (owners, columns[features_found])
        rows = csr_matrix((values / lengths[owners], places), shape=(len(lists), len(names)))
        return cls(names, idf[kept].astype(np.float32), rows, totals)


def _unknown(documents: int) -> float:
    """The weight of a feature never seen: what it would be for a single example."""
    return log((1 + documents) / 2) + 1


class _Familiarity:
    """How much of a text's words a part of the examples has seen, and how much speaks for a label."""

    def __init__(self, matrix: Any, totals: NDArray[np.float64], space: Space, least: int) -> None:
        """`totals` is the weight of each row's words, those outside the space included."""
        self._columns = np.flatnonzero(space.blocks() == WORDS)
        self._weights = space.idf[self._columns].astype(np.float64)
        self._present = matrix[:, self._columns].astype(bool).astype(np.float64)
        self._totals = np.maximum(totals, 1e-9)
        self._least = least

    def of(self, rows: NDArray[np.int64], *, trained_on: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The share of familiar words, for each of these rows."""
        counts = np.asarray(self._present[trained_on].sum(axis=0)).ravel()
        known = self._present[rows] @ (self._weights * (counts >= self._least))
        share: NDArray[np.float64] = known / self._totals[rows]
        return share

    def support(
        self, rows: NDArray[np.int64], best: NDArray[np.int64], weights: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """The share of words that speak for the best label, for each of these rows."""
        share = np.zeros(len(rows))
        for label in np.unique(best):
            chosen = best == label
            speaking = weights[self._columns, label] > SPEAKS_FOR
            share[chosen] = self._present[rows[chosen]] @ (self._weights * speaking) / self._totals[rows[chosen]]
        return share


def machine(matrix: Any, target: NDArray[np.int64], labels: range) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights, a column per label of these, and biases; a label without an example scores like a rejected one.

    Each label is told from all others, asked for or not, whose examples are `target`.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    weights = np.zeros((matrix.shape[1], len(labels)), dtype=np.float32)
    bias = np.full(len(labels), -1, dtype=np.float32)
    told = np.where((target >= labels.start) & (target < labels.stop), target, _OTHER)
    present = np.unique(told)
    if len(present) < 2:
        return weights, bias
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough is as good: it is calibrated afterwards
        found = LinearSVC(C=_COST, tol=_TOLERANCE, max_iter=_PATIENCE, random_state=0).fit(matrix, told)
    columns, offsets = found.coef_.T, found.intercept_
    if len(present) == 2:  # scikit-learn keeps only the second's
        columns, offsets = np.concatenate([-columns, columns], axis=1), np.concatenate([-offsets, offsets])
    asked = present != _OTHER
    places = present[asked] - labels.start
    weights[:, places], bias[places] = columns[:, asked], offsets[asked]
    return weights, bias


@dataclass
class _HeldOut:
    """What machines made of examples that they did not see."""

    known: NDArray[np.int64]
    """Examples of labels the machines know."""
    scores: NDArray[np.float64]
    """The scores of these."""
    seen: NDArray[np.float64]
    """What the judge of outside texts looks at, for these and for examples of hidden labels."""
    outside: NDArray[np.bool_]
    """Which of `seen` are outside."""


def _held_out(
    matrix: Any,
    target: NDArray[np.int64],
    folds: NDArray[np.int64],
    turn: int,
    labels: int,
    outsider: int | None,
    familiarity: _Familiarity,
) -> _HeldOut:
    """Train without a fold, and without some labels at all: their examples play what nobody thought of."""
    hidden = np.array([label for label in range(labels) if label % _HIDDEN_LABELS == turn and label != outsider])
    if labels - len(hidden) < 3:
        hidden = hidden[:0]
    left_out = np.zeros(len(target), dtype=bool)
    left_out[: len(folds)] = folds == turn
    strange = np.isin(target, hidden)
    trained_on = ~left_out & ~strange
    weights, bias = machine(matrix[trained_on], target[trained_on], range(labels))
    known = np.flatnonzero(left_out & ~strange)
    both = np.concatenate([known, np.flatnonzero(strange[: len(folds)])])
    scores = matrix[both] @ weights + bias
    visible = np.setdiff1d(np.arange(labels), [*hidden, *([] if outsider is None else [outsider])])
    best = visible[scores[:, visible].argmax(axis=1)]
    signs = outside_signs(
        scores,
        familiarity.of(both, trained_on=trained_on),
        familiarity.support(both, best, weights),
        outsider,
    )
    outside = np.concatenate([target[known] == outsider, np.ones(len(both) - len(known), dtype=bool)])
    return _HeldOut(known, scores[: len(known)], signs, outside)


def _folds(target: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """A fold per example; the examples of a label are dealt out in turn."""
    folds = np.zeros(len(target), dtype=np.int64)
    for label in np.unique(target):
        members = np.flatnonzero(target == label)
        folds[members] = (np.arange(len(members)) + label) % count
    return folds


def _temperature(scores: NDArray[Any], target: NDArray[np.int64]) -> float:
    """The divisor under which held-out labels are most likely."""
    if not len(target):
        return 1.0
    best = (float("inf"), 1.0)
    for temperature in np.geomspace(0.05, 2.0, 60):
        chosen = softmax(scores / temperature)[np.arange(len(target)), target]
        best = min(best, (float(-np.log(chosen + 1e-12).mean()), float(temperature)))
    return best[1]


def _judge(seen: NDArray[np.float64], outside: NDArray[np.bool_], refuse: float, outsider: int | None) -> Outside:
    """Fit the logistic model of what is outside (Newton's method), and the threshold that refuses as few as asked."""
    centre, scale = seen.mean(axis=0), seen.std(axis=0) + 1e-9
    inputs = np.concatenate([(seen - centre) / scale, np.ones((len(seen), 1))], axis=1)
    weights = np.zeros(inputs.shape[1])
    # Both sides count alike, however many labels were hidden.
    share = max(outside.mean(), 1e-9)
    importance = np.where(outside, 0.5 / share, 0.5 / max(1 - share, 1e-9))
    for _ in range(20):
        guess = 1 / (1 + np.exp(-inputs @ weights))
        gradient = inputs.T @ (importance * (guess - outside)) + weights
        curvature = (inputs * (importance * guess * (1 - guess))[:, None]).T @ inputs + np.eye(len(weights))
        weights -= np.linalg.solve(curvature, gradient)
    guess = 1 / (1 + np.exp(-inputs @ weights))
    inside = guess[~outside]
    threshold = float(np.quantile(inside, 1 - refuse)) if len(inside) else 1.0
    return Outside(centre, scale, weights, threshold, outsider)
