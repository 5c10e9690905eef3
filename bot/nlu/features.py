"""What the classifier sees of a message: characters, words, pairs of words and ideas, one space for both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise

from bot.nlu.concepts import ideas
from bot.nlu.normalise import is_han
from bot.nlu.words import stem, units

Features = tuple[list[str], ...]
"""The features of a text, a list per block, with repetitions."""

Span = tuple[int, int, str]
"""Where an entity stands in a normalised text, and its kind."""

BLOCKS = 4
"""Characters; neighbouring units; units with a gap; ideas. Each is weighed and normalised on its own."""

_DIGIT = re.compile(r"\d")
_STOPS = frozenset(".,!?;")
_LONGEST_GRAM = 5
_MOST_UNITS = 120
_MOST_IDEAS = 20

_KINDS = (
    "order_number", "tracking_number", "phone", "phone_tail", "code", "rma", "amount", "date", "time", "store", "city",
    "product", "category", "size", "service", "reason", "payment_method", "region",
)  # fmt: skip
# A private letter per kind of entity: it can never be typed into, or confused with, a word.
_MARKS = {kind: chr(0xE000 + index) for index, kind in enumerate(_KINDS)}
_MARK_LETTERS = frozenset(_MARKS.values())


def masked(text: str, spans: Iterable[Span]) -> str:
    """The normalised text with each entity replaced by a letter for its kind."""
    pieces: list[str] = []
    at = 0
    for start, end, kind in spans:
        mark = _MARKS.get(kind)
        if start < at or mark is None:
            continue
        pieces += [text[at:start], f" {mark} "]
        at = end
    pieces.append(text[at:])
    return "".join(pieces)


def features(text: str, spans: Sequence[Span] = ()) -> Features:
    """The features of a normalised text; entities count as their kind, except in the block of characters."""
    folded = _DIGIT.sub("0", text)
    pieces = units(folded)[:_MOST_UNITS]
    words = units(_DIGIT.sub("0", masked(text, spans)))[:_MOST_UNITS] if spans else pieces
    stems = [stem(word) for word in words if word not in _STOPS]
    sequence = ["^", *stems, "$"]
    pairs = [f"{first} {second}" for first, second in pairwise(sequence)]
    skips = [f"{first}_{second}" for gap in (2, 3) for first, second in zip(sequence, sequence[gap:], strict=False)]
    return _character_grams(pieces), stems + pairs, skips, _ideas(stems)


def _ideas(stems: Sequence[str]) -> list[str]:
    """The ideas and the kinds of entities, and which of them come together."""
    found = ideas(stems) + [unit for unit in stems if unit in _MARK_LETTERS]
    together = [f"{first}&{second}" for first, second in combinations(sorted(set(found))[:_MOST_IDEAS], 2)]
    return found + together


@lru_cache(maxsize=20_000)
def _word_grams(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        padded[start : start + size]
        for size in range(1, _LONGEST_GRAM + 1)
        for start in range(len(padded) - size + 1)
        if padded[start : start + size] != " "
    )


def _character_grams(pieces: Sequence[str]) -> list[str]:
    grams: list[str] = []
    run = ""
    for piece in [*pieces, ""]:
        if len(piece) == 1 and is_han(piece):
            run += piece
            continue
        if run:
            grams += run
            bordered = f"<{run}>"
            grams += [bordered[index : index + 2] for index in range(len(bordered) - 1)]
            run = ""
        if piece:
            grams += _word_grams(piece)
    return grams
