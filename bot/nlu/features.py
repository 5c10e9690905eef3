"""What the classifier sees of a message: characters, words and pairs of words, in one space for both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.nlu.normalise import is_han
from bot.nlu.words import units

BLOCKS = 3
"""Characters, neighbouring units, units with a gap: each is weighed and normalised on its own."""

_DIGIT = re.compile(r"\d")
_LONGEST_GRAM = 5
_MOST_UNITS = 120
_SUFFIXES = ("'s", "ing", "ied", "ies", "ed", "es", "ly", "s")
_SHORTEST_STEM = 3


def masked(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """The normalised text with each entity replaced by a word for its kind, such as `0order_number`."""
    pieces: list[str] = []
    at = 0
    for start, end, kind in spans:
        if start < at:
            continue
        pieces += [text[at:start], f" {_MARKS.get(kind, '')} "]
        at = end
    pieces.append(text[at:])
    return "".join(pieces)


# A private letter per kind of entity: it can never be typed into, or confused with, a word.
_MARKS = {
    kind: chr(0xE000 + index)
    for index, kind in enumerate(
        ["order_number", "tracking_number", "phone", "phone_tail", "code", "rma", "amount", "date", "time", "store", "city", "product", "category", "size", "service", "reason", "payment_method", "region"]
    )
}


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without its commonest endings; crude, and the same in training and use."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            word = word[: -len(suffix)]
            break
    if len(word) > _SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "aeiouls":
        return word[:-1]
    return word[:-1] if len(word) > _SHORTEST_STEM and word.endswith("e") else word


@lru_cache(maxsize=20_000)
def _word_grams(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        padded[start : start + size]
        for size in range(1, _LONGEST_GRAM + 1)
        for start in range(len(padded) - size + 1)
        if padded[start : start + size] != " "
    )


Features = tuple[list[str], ...]


def features(text: str, spans: Sequence[tuple[int, int, str]] = ()) -> Features:
    """The features of a normalised text, a list per block, with repetitions."""
    pieces = units(_DIGIT.sub("0", text))[:_MOST_UNITS]
    characters = _character_grams(pieces)
    words = units(_DIGIT.sub("0", masked(text, spans)))[:_MOST_UNITS] if spans else pieces
    sequence = ["^", *(stem(word) for word in words if word not in ".,!?;"), "$"]
    pairs = [f"{first} {second}" for first, second in zip(sequence, sequence[1:], strict=False)]
    skips = [f"{first}_{second}" for gap in (2, 3) for first, second in zip(sequence, sequence[gap:], strict=False)]
    return characters, sequence[1:-1] + pairs, skips


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
