"""Which known wordings are like a text: an index that answers at once, without a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from bot.nlu.normalise import is_han, normalise
from bot.nlu.words import stem, units

_MOST_UNITS = 60
_COMMON = 0.5
"""A sign that more than this share of the wordings have tells nothing."""


@dataclass(frozen=True)
class Like:
    """A wording, whose it is, and how like it is: from 0 to 1."""

    text: str
    label: str
    score: float


def signs(text: str) -> frozenset[str]:
    """What a wording is compared by: its words or characters, and which of them are neighbours."""
    pieces = [stem(piece) for piece in units(normalise(text))[:_MOST_UNITS] if any(map(str.isalnum, piece))]
    pairs = (f"{one} {other}" for one, other in pairwise(pieces))
    return frozenset([*pieces, *pairs]) or frozenset([normalise(text)])


class Likeness:
    """Wordings and their labels; the same wording may have several."""

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        self._texts: list[str] = []
        self._labels: list[str] = []
        found: dict[str, list[int]] = defaultdict(list)
        lengths: list[frozenset[str]] = []
        for number, (text, label) in enumerate(known):
            self._texts.append(text)
            self._labels.append(label)
            of_this = signs(text)
            lengths.append(of_this)
            for sign in of_this:
                found[sign].append(number)
        self._size = len(self._texts)
        self._numbers = {label: number for number, label in enumerate(dict.fromkeys(self._labels))}
        self._owners = np.array([self._numbers[label] for label in self._labels], dtype=np.int32)
        self._rows: dict[str, NDArray[np.int32]] = {sign: np.array(rows, np.int32) for sign, rows in found.items()}
        weigh = self._weight
        squares = [sum(weigh(sign) ** 2 for sign in of_this) for of_this in lengths]
        self._lengths = np.sqrt(np.array(squares, dtype=np.float64)) if squares else np.zeros(0)

    def __len__(self) -> int:
        return self._size

    def nearest(self, text: str, most: int = 5, *, apart_from: Sequence[str] = ()) -> list[Like]:
        """The wordings most like a text, best first; none of these labels."""
        if not self._size:
            return []
        of_this = signs(text)
        scores = np.zeros(self._size)
        square = 0.0
        for sign in of_this:
            weight = self._weight(sign)
            square += weight**2
            rows = self._rows.get(sign)
            if rows is not None and len(rows) <= max(_COMMON * self._size, 50):
                scores[rows] += weight**2
        scores /= np.maximum(self._lengths * sqrt(square), 1e-9)
        if apart_from:
            numbers = [self._numbers[label] for label in apart_from if label in self._numbers]
            scores[np.isin(self._owners, numbers)] = 0.0
        best = min(self._size, most)
        order = np.argpartition(-scores, best - 1)[:best]
        order = order[np.lexsort((order, -scores[order]))]
        return [
            Like(self._texts[number], self._labels[number], round(float(min(scores[number], 1.0)), 3))
            for number in order
            if scores[number] > 0
        ]

    def _weight(self, sign: str) -> float:
        rows = self._rows.get(sign)
        rarity = log((1 + self._size) / (1 + (0 if rows is None else len(rows)))) + 1
        return rarity * (1.0 if " " in sign or not is_han(sign[:1] or " ") else 0.8)


def groups(texts: Sequence[str], *, like: float = 0.5) -> list[list[int]]:
    """The texts, by their places, in groups of what says nearly the same; each group begins with its first."""
    kept: list[frozenset[str]] = []
    members: list[list[int]] = []
    holders: dict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        of_this = signs(text)
        shared: dict[int, int] = defaultdict(int)
        for sign in of_this:
            for group in holders[sign]:
                shared[group] += 1
        scored = [(count / sqrt(len(of_this) * len(kept[group])), -group) for group, count in shared.items()]
        best = max(scored, default=(0.0, 0))
        if best[0] >= like:
            members[-best[1]].append(number)
            continue
        for sign in of_this:
            holders[sign].append(len(members))
        members.append([number])
        kept.append(of_this)
    return members
